/** MiniStack: S3, SQS, EventBridge, Lambda, CloudFormation and more of AWS, in one local process. */
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { startChildService } from '../../lib/cli/server/child-service.ts';
import { freePort, requireFree } from '../../lib/cli/server/ports.ts';
import { pythonWith } from '../../lib/cli/server/python-venv.ts';
import { type AwsAddress, localAws } from './aws-address.ts';
import { cacheDir, projectDir } from './cache.ts';

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
  /** What its Lambda functions called of AWS: lines of record-calls.mjs. Gone after `stop`. */
  readonly callsFile: string;
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
  const callsFile = join(dir, 'calls.ndjson');
  await writeFile(callsFile, '');
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
      PATH: [await recordingNode(dir), process.env.PATH].join(delimiter),
      GRAPHDROP_CALLS: callsFile,
      TMPDIR: dir,
      PYTHONUNBUFFERED: '1',
      SFN_WAIT_SCALE: '0.05', // a deploy asks every quarter of a second whether its scopes are ready, not every 5
      NODE_COMPILE_CACHE: join(cacheDir, 'compiled'),
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
    callsFile,
    stop: async () => {
      await child.kill(); // in memory: nothing to save
      await removeDir();
    },
  };
}

/** Makes a folder with a `node` that is the project's own and records AWS calls: functions set NODE_OPTIONS themselves. */
async function recordingNode(dir: string): Promise<string> {
  const bin = join(dir, 'bin');
  const node = join(projectDir, 'node_modules', 'node', 'bin', 'node');
  await mkdir(bin);
  const recorder = join(import.meta.dirname, 'record-calls.mjs');
  await writeFile(join(bin, 'node'), `#!/bin/sh\nexec "${node}" --import "${recorder}" "$@"\n`);
  await chmod(join(bin, 'node'), 0o755);
  return bin;
}
