/** Deploys the project's own CDK app with the real CDK command line, against a local stand-in for AWS. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PutBucketTaggingCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceExistsException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { type AwsAddress, clientConfig } from './aws-address.ts';
import { cacheDir, projectDir } from './cache.ts';
import type { Neo4jAddress } from './neo4j.ts';

export interface StackOptions {
  readonly aws: AwsAddress;
  /** The flow module. @default cdk.json's */
  readonly graph?: string;
  /** Name of the stack. @default 'graphdrop' */
  readonly stack?: string;
  /** By context. @default database `neo4j` and secret `graphdrop/<context>` */
  readonly contexts?: Readonly<Record<string, { readonly database?: string; readonly secret?: string }>>;
  /** Whether the query function has a URL. @default false */
  readonly queryUrl?: boolean;
  /** @default 'destroy' */
  readonly removalPolicy?: 'retain' | 'destroy';
  /** The CDK app, as a command. @default cdk.json's */
  readonly app?: string;
  /** Further settings of the app. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Where the parts of a deployed stack are. */
export interface DeployedStack {
  readonly bucket: string;
  readonly table: string;
  readonly functions: { readonly [name in 'sync' | 'ddl' | 'verify' | 'query']: string };
  /** The query function's, if it was asked for. */
  readonly queryUrl: string | undefined;
}

/** Stores (or replaces) what a context's functions need to reach its database. Must be there before the stack is deployed. */
export async function createConnectionSecret(
  aws: AwsAddress,
  context: string,
  { boltUri, username, password }: Pick<Neo4jAddress, 'boltUri' | 'username' | 'password'>,
): Promise<void> {
  const secrets = new SecretsManagerClient(clientConfig(aws));
  const SecretString = JSON.stringify({ uri: boltUri, username, password });
  const name = `graphdrop/${context}`;
  try {
    await secrets.send(new CreateSecretCommand({ Name: name, SecretString }));
  } catch (error) {
    if (!(error instanceof ResourceExistsException)) throw error;
    await secrets.send(new PutSecretValueCommand({ SecretId: name, SecretString }));
  }
  secrets.destroy();
}

/** `cdk bootstrap`: once for a stand-in, before the first deploy. Who comes while it is under way waits for its end. */
export async function bootstrap(aws: AwsAddress): Promise<void> {
  const secrets = new SecretsManagerClient(clientConfig(aws));
  const Name = 'graphdrop-test/bootstrap';
  try {
    // A secret is made once, however many stacks ask at the same time.
    await secrets.send(new CreateSecretCommand({ Name, SecretString: 'under way' }));
    await cdk({ aws }, ['bootstrap', `aws://000000000000/${aws.region}`]);
    await secrets.send(new PutSecretValueCommand({ SecretId: Name, SecretString: 'done' }));
  } catch (error) {
    if (!(error instanceof ResourceExistsException)) throw error;
    for (let end = ''; end !== 'done'; await sleep(200)) {
      end = (await secrets.send(new GetSecretValueCommand({ SecretId: Name }))).SecretString ?? '';
    }
  } finally {
    secrets.destroy();
  }
}

/** `cdk deploy`: creates the stack or updates it. */
export async function deployStack(options: StackOptions): Promise<DeployedStack> {
  const dir = await mkdtemp(join(tmpdir(), 'graphdrop-deploy-'));
  try {
    const outputsFile = join(dir, 'outputs.json');
    await cdk(options, ['deploy', '--all', '--require-approval', 'never', '--outputs-file', outputsFile]);
    const outputs = JSON.parse(await readFile(outputsFile, 'utf8')) as Record<string, Record<string, string>>;
    const deployed = partsOf(Object.values(outputs)[0] ?? {});
    if (emptiesBucket(options)) await tagForEmptying(options.aws, deployed.bucket);
    return deployed;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** `cdk destroy`, for which the stack's name is enough: an assembly with nothing in it spares making the whole again. */
export async function destroyStack({ aws, stack = 'graphdrop' }: StackOptions): Promise<void> {
  const app = await mkdtemp(join(tmpdir(), 'graphdrop-empty-'));
  const properties = { templateFile: 'template.json' };
  const artifact = {
    type: 'aws:cloudformation:stack',
    environment: 'aws://unknown-account/unknown-region',
    properties,
  };
  try {
    await writeFile(
      join(app, 'manifest.json'),
      JSON.stringify({ version: '36.0.0', artifacts: { [stack]: artifact } }),
    );
    await writeFile(join(app, 'template.json'), '{}');
    await cdk({ aws, app }, ['destroy', '--all', '--force']);
  } finally {
    await rm(app, { recursive: true, force: true });
  }
}

function partsOf(outputs: Readonly<Record<string, string>>): DeployedStack {
  const output = (name: string): string => {
    const value = outputs[name];
    if (value === undefined) throw new Error(`the stack has no output ${name}: ${Object.keys(outputs).join(', ')}`);
    return value;
  };
  return {
    bucket: output('BucketName'),
    table: output('TableName'),
    functions: {
      sync: output('SyncFunctionName'),
      ddl: output('DdlFunctionName'),
      verify: output('VerifyFunctionName'),
      query: output('QueryFunctionName'),
    },
    queryUrl: outputs.QueryUrl,
  };
}

/** Whether the bucket is the stack's own, and goes with all that is in it. */
function emptiesBucket({ app, removalPolicy = 'destroy', settings }: StackOptions): boolean {
  return app === undefined && removalPolicy === 'destroy' && !settings?.bucket;
}

/** MiniStack doesn't apply a bucket's tags; without this one CDK's own function refuses to empty the bucket on destroy. */
async function tagForEmptying(aws: AwsAddress, Bucket: string): Promise<void> {
  const s3 = new S3Client({ ...clientConfig(aws), forcePathStyle: true });
  const TagSet = [{ Key: 'aws-cdk:auto-delete-objects', Value: 'true' }];
  await s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }));
  s3.destroy();
}

/** Runs the CDK command line with this stack's settings; it reads nothing of this machine's own AWS configuration. */
async function cdk(options: StackOptions, args: readonly string[]): Promise<void> {
  const { aws, app, graph, stack, contexts, queryUrl, removalPolicy = 'destroy' } = options;
  const output = await mkdtemp(join(tmpdir(), 'graphdrop-assembly-'));
  const settings = {
    ...options.settings,
    graph,
    stack,
    removalPolicy,
    autoDeleteObjects: emptiesBucket(options) && 'true',
    queryUrl: queryUrl && 'true',
    contexts: contexts && JSON.stringify(contexts),
  };
  const context = Object.entries(settings).flatMap(([name, value]) => (value ? ['-c', `${name}=${value}`] : []));
  const bin = join(projectDir, 'node_modules', '.bin');
  const env = {
    HOME: output,
    // `node infra/app.ts` and esbuild are the project's own
    PATH: [bin, process.env.PATH].join(delimiter),
    TMPDIR: tmpdir(),
    AWS_ENDPOINT_URL: aws.endpoint,
    AWS_REGION: aws.region,
    AWS_ACCESS_KEY_ID: aws.accessKeyId,
    AWS_SECRET_ACCESS_KEY: aws.secretAccessKey,
    AWS_EC2_METADATA_DISABLED: 'true',
    CDK_DISABLE_CLI_TELEMETRY: 'true',
    NODE_COMPILE_CACHE: join(cacheDir, 'compiled'),
  };
  const all = [
    '--require',
    join(import.meta.dirname, 'quick-polls.cjs'),
    join(bin, 'cdk'),
    ...args,
    ...(app ? ['--app', app] : []),
    ...context,
    '--output',
    output,
    '--no-notices',
    '--no-color',
    '--ci',
  ];
  try {
    await new Promise<void>((resolve, reject) => {
      execFile(
        join(bin, 'node'),
        all,
        { cwd: projectDir, env, maxBuffer: 64 * 1024 * 1024 },
        (error, stdout, stderr) => {
          const end = `${stdout}${stderr}`.trim().split('\n').slice(-1000).join('\n');
          if (error) reject(new Error(`cdk ${args[0]} failed:\n${end}`));
          else resolve();
        },
      );
    });
  } finally {
    await rm(output, { recursive: true, force: true });
  }
}
