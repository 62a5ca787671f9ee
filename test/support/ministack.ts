/** MiniStack: S3, SQS, EventBridge, Lambda, CloudFormation and more of AWS, in one local process. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type AwsAddress, localAws } from './aws-address.ts';
import { projectDir } from './cache.ts';
import { startChildService } from './child-service.ts';
import { freePort, requireFree } from './ports.ts';
import { pythonWith } from './python-venv.ts';

const version = '1.5.33';
/** What the Lambda runtime of Python brings along, and CDK's handler of bucket notifications expects. */
const botoVersion = '1.43.106';

export interface MiniStackOptions {
  /** @default a free port */
  readonly port?: number;
  /** Variables of its process. It hands them on to every Lambda function, whose own variables win. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface MiniStackServer extends AwsAddress {
  /** Its log, which holds what Lambda functions print. Gone after `stop`. */
  readonly logFile: string;
  stop(): Promise<void>;
}

/**
 * Starts an empty MiniStack and resolves when it answers.
 *
 * It runs Lambda code as child processes with the first `node` of its PATH, so the project's own Node 24 comes first
 * there; `NODE_PATH` gives them the AWS SDK that the Lambda runtime brings along, which CDK's own handlers expect.
 */
export async function startMiniStack(options: MiniStackOptions = {}): Promise<MiniStackServer> {
  const port = options.port ?? (await freePort());
  await requireFree(port, 'MiniStack');
  const python = await pythonWith(`ministack-${version}-boto3-${botoVersion}`, [
    `ministack==${version}`,
    `boto3==${botoVersion}`,
  ]);
  const dir = await mkdtemp(join(tmpdir(), 'graphdrop-ministack-'));
  const removeDir = (): Promise<void> => rm(dir, { recursive: true, force: true });
  const address = localAws(port);
  const modules = join(projectDir, 'node_modules');
  const logFile = join(dir, 'console.log');
  const child = await startChildService({
    name: 'MiniStack',
    command: python,
    args: ['-m', 'ministack'],
    env: {
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      MINISTACK_REGION: address.region,
      AWS_DEFAULT_REGION: address.region,
      NODE_PATH: modules,
      PATH: [join(modules, 'node', 'bin'), process.env.PATH].join(delimiter),
      TMPDIR: dir,
      PYTHONUNBUFFERED: '1',
      ...options.env,
    },
    cwd: dir,
    tempDir: dir,
    logFile,
    ready: async () => (await fetch(`${address.endpoint}/_ministack/health`)).ok,
  }).catch(async error => {
    await removeDir();
    throw error;
  });
  return {
    ...address,
    logFile,
    stop: async () => {
      await child.kill(); // in memory: nothing to save
      await removeDir();
    },
  };
}
