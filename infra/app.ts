/**
 * The CDK app: one stack with one GraphDrop. CDK context (`-c name=value`, or cdk.json) says what is in it:
 *
 * - `graph`: path of the flow module
 * - `stack`: name of the stack, default `graphdrop`
 * - `contexts`: JSON, by context name `{ "database": "...", "secret": "name of the secret", "secretKey": "ARN of its KMS key" }`,
 *   each optional
 * - `queryAccess`: `read` (default), or `write`: whether callers of the query function may ask for write access
 * - `queryUrl`: `true` gives the query function a URL for users of the database, `iam` one for IAM identities; default `false`
 * - `queryConcurrency`: most queries at a time, or `false`; default 10 with a URL, else `false`
 * - `redact`: `true` keeps values of records out of logs, events and statuses; default `false`
 * - `tracing`, `metrics`, `dashboard`: `true` for traces in X-Ray, for metrics of each scope, and for a CloudWatch dashboard; default
 *   `false`
 * - `removalPolicy`: `retain` (default), or `destroy`: deleting the stack deletes the files, the state and the rows too
 * - `bucket`: name of an existing bucket; its objects stay in any case
 * - `bucketKey`: ARN of the KMS key that bucket's objects are encrypted with, if it isn't AWS' own
 * - `table`: name of the state table that a stack before left, together with its `bucket`: this one goes on where it was
 * - `autoDeleteObjects`: `true` has `destroy` delete all objects of the bucket the stack made, too; default `false`: a bucket that isn't
 *   empty keeps the stack from going
 * - `takeOver`: `true` takes scopes over that another stack holds
 */
import { App, CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Table } from 'aws-cdk-lib/aws-dynamodb';
import { Key } from 'aws-cdk-lib/aws-kms';
import { FunctionUrlAuthType } from 'aws-cdk-lib/aws-lambda';
import { Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { type ContextProps, GraphDrop, loadFlow } from './graph-drop.ts';

const app = new App();
const setting = (name: string): unknown => app.node.tryGetContext(name);
const text = (name: string, fallback: string): string => String(setting(name) ?? fallback);

const flow = await loadFlow(text('graph', 'examples/flights/flow.ts'));
const stack = new Stack(app, text('stack', 'graphdrop'), {
  description: 'Files dropped in S3, reconciled into a Neo4j graph',
});
const removalPolicy = removalPolicyOf(text('removalPolicy', 'retain'));
const [bucket, bucketKey, table] = [text('bucket', ''), text('bucketKey', ''), text('table', '')];
const queryConcurrency = text('queryConcurrency', '');

const graph = new GraphDrop(stack, 'GraphDrop', {
  flow,
  contexts: contextsOf(setting('contexts')),
  removalPolicy,
  queryAccess: text('queryAccess', 'read') as 'read' | 'write',
  ...(text('queryUrl', '') === 'iam'
    ? { queryUrl: true, queryUrlAuth: FunctionUrlAuthType.AWS_IAM }
    : { queryUrl: yes('queryUrl', false) }),
  ...(queryConcurrency && { queryConcurrency: queryConcurrency !== 'false' && Number(queryConcurrency) }),
  takeOver: yes('takeOver', false),
  redact: yes('redact', false),
  tracing: yes('tracing', false),
  metrics: yes('metrics', false),
  dashboard: yes('dashboard', false),
  autoDeleteObjects: yes('autoDeleteObjects', false),
  ...(table && { table: Table.fromTableName(stack, 'GivenTable', table) }),
  ...(bucket && {
    bucket: Bucket.fromBucketAttributes(stack, 'GivenBucket', {
      bucketName: bucket,
      ...(bucketKey && { encryptionKey: Key.fromKeyArn(stack, 'GivenBucketKey', bucketKey) }),
    }) as IBucket,
  }),
});
// There is one GraphDrop in the stack: its outputs need no hash in their names.
for (const output of graph.node.findAll()) if (output instanceof CfnOutput) output.overrideLogicalId(output.node.id);

function yes(name: string, fallback: boolean): boolean {
  const value = text(name, String(fallback));
  if (value === 'true' || value === 'false') return value === 'true';
  throw new Error(`${name} is '${value}': use true or false`);
}

function removalPolicyOf(name: string): RemovalPolicy.RETAIN | RemovalPolicy.DESTROY {
  if (name === 'retain') return RemovalPolicy.RETAIN;
  if (name === 'destroy') return RemovalPolicy.DESTROY;
  throw new Error(`removalPolicy is '${name}': use retain or destroy`);
}

/** From the command line it is text; from cdk.json it is an object already. */
function contextsOf(given: unknown): Record<string, ContextProps> {
  const contexts = (typeof given === 'string' ? JSON.parse(given) : (given ?? {})) as Record<
    string,
    { readonly secret?: string; readonly secretKey?: string; readonly database?: string }
  >;
  const withSecrets = Object.entries(contexts).map(([name, { secret, secretKey, ...rest }]) => [
    name,
    {
      ...rest,
      ...(secret && { secret: Secret.fromSecretNameV2(stack, `Secret-${name}`, secret) }),
      ...(secretKey && { secretKey: Key.fromKeyArn(stack, `SecretKey-${name}`, secretKey) }),
    },
  ]);
  return Object.fromEntries(withSecrets);
}
