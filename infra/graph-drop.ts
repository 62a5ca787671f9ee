import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { CfnFunction, FunctionUrl, IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { rejectedPrefix } from '../lib/graph/results.ts';
import { acknowledgeObjectAccess } from './acknowledge.ts';
import { Alarms } from './alarms.ts';
import { Connection } from './connection.ts';
import { GraphDropFunction, networkOf } from './functions.ts';
import type { GraphDropProps } from './graph-drop-props.ts';
import { addOutputs } from './outputs.ts';
import { QueryFunction } from './query-function.ts';
import { SchemaProvider, SchemaResource } from './schema-resource.ts';
import { ScopeQueue } from './scope-queue.ts';
import { sourceBucket } from './source-bucket.ts';
import { stateTable, TABLE_ACTIONS } from './state-table.ts';
import { validateProps } from './validate-props.ts';

export type { ContextProps } from './connection.ts';
export type { GraphDropProps } from './graph-drop-props.ts';
export { type FlowModule, loadFlow } from './load-flow.ts';

/** What comes by schedule comes again: one that is an hour late, or refused three times, is left out. */
const SCHEDULED = { retryAttempts: 2, maxEventAge: Duration.hours(1) };

/** Drop files in the bucket; the graph follows. */
export class GraphDrop extends Construct {
  /** Drop files here. */
  readonly bucket: IBucket;
  /** Tracked state. */
  readonly table: ITable;
  /** Also to be invoked by hand: `{ "bucket": "...", "keys": [...] }` or `{ "resync": true }`. */
  readonly syncFunction: IFunction;
  /** To be invoked by hand or from Step Functions: `{ "context": "...", "repair": false }`. See docs/verify.md. */
  readonly verifyFunction: IFunction;
  /** Answers queries: `{ "context": "...", "statements": [{ "statement": "..." }] }`. */
  readonly queryFunction: IFunction;
  /** The URL of the query function, with `queryUrl: true`. */
  readonly queryUrl: FunctionUrl | undefined;
  /** By context: what could not be delivered or done. Anything in it wants attention: see `alarms`. */
  readonly deadLetterQueues: Readonly<Record<string, IQueue>>;
  /**
   * One a dead-letter queue, when there is anything in it, and one for a database that was restored, wiped or swapped. They have
   * no actions: `graph.alarms.forEach(alarm => alarm.addAlarmAction(action))`.
   */
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, props: GraphDropProps) {
    super(scope, id);
    validateProps(props);
    const { flow, maxConcurrency = 2, timeout = Duration.minutes(5) } = props;
    const network = networkOf(props);
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;

    props.bucket?.enableEventBridgeNotification();
    // Not RETAIN itself, which would leave an empty bucket and table behind for each first deploy that fails.
    const ofData = removalPolicy === RemovalPolicy.RETAIN ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : removalPolicy;
    this.bucket = props.bucket ?? sourceBucket(this, 'Bucket', ofData, props.autoDeleteObjects ?? false);
    this.table = props.table ?? stateTable(this, 'State', ofData);
    const provider = new SchemaProvider(this, 'Schema', { table: this.table, network });

    const scopes = flow.definitions.map(definition => {
      const context = definition.context;
      const connection = new Connection(this, context, props.contexts?.[context]);
      const queue = new ScopeQueue(this, `Scope-${context}`, { bucket: this.bucket, functionTimeout: timeout });
      const schema = new SchemaResource(queue, 'Schema', {
        provider,
        connection,
        queue: queue.queue,
        definition,
        graphRemovalPolicy: removalPolicy === RemovalPolicy.DESTROY ? 'destroy' : 'retain',
        takeOver: props.takeOver ?? false,
      });
      return { context, connection, definition, queue, schema };
    });

    const worker = {
      flowPath: flow.path,
      environment: { ...this.#environment(), GRAPHDROP_CODE: flow.code, ...limitsOf(props) },
      memorySize: props.memorySize ?? 1769,
      network,
    };
    const sync = new GraphDropFunction(this, 'Sync', {
      ...worker,
      entry: 'sync',
      description: 'graphdrop: reconciles files with the graph',
      timeout,
    });
    const verify = new GraphDropFunction(this, 'Verify', {
      ...worker,
      entry: 'verify',
      description: 'graphdrop: compares graph, tracked state and bucket, and repairs',
      timeout: Duration.minutes(15),
    });
    this.syncFunction = sync;
    this.verifyFunction = verify;
    this.#grantEvents(sync);
    for (const target of [sync, verify]) {
      this.#grant(target);
      for (const { connection, queue } of scopes) {
        for (const statement of connection.readStatements()) target.addToRolePolicy(statement);
        queue.queue.grantSendMessages(target);
      }
      acknowledgeObjectAccess(target.role as Role, this.bucket);
    }
    for (const { connection, definition, queue, schema } of scopes) {
      if (definition.sources.some(({ onInvalid }) => onInvalid === 'skip')) {
        this.#grantResults(sync, `${definition.context}@${connection.database}`);
      }
      // New code comes before the definition that it has: who the deploy tells to look at everything can do so at once.
      schema.node.addDependency(sync.node.defaultChild as CfnFunction);
      // Work starts when the schema is there, and stops before a teardown begins.
      queue.consumeWith(sync, maxConcurrency).node.addDependency(schema);
    }
    this.deadLetterQueues = Object.fromEntries(scopes.map(({ context, queue }) => [context, queue.deadLetterQueue]));
    this.alarms = new Alarms(this, 'Alarms', { deadLetterQueues: this.deadLetterQueues, workers: [sync, verify] }).all;

    const schedule = props.resyncSchedule ?? Schedule.rate(Duration.days(1));
    if (schedule) {
      const event = RuleTargetInput.fromObject({ resync: true });
      new Rule(this, 'Resync', { schedule, targets: [new LambdaFunction(sync, { event, ...SCHEDULED })] });
    }
    this.#collect();
    const { queryConcurrency = props.queryUrl ? 10 : false } = props;
    const query = new QueryFunction(this, 'Query', {
      connections: scopes.map(({ connection }) => connection),
      table: this.table,
      url: props.queryUrl ?? false,
      concurrency: queryConcurrency || undefined,
      network,
    });
    this.queryFunction = query.function;
    this.queryUrl = query.url;
    addOutputs(this, provider.onEvent.functionName);
  }

  /** What a function that reads objects and commits needs beside secrets and queues. */
  #grant(target: GraphDropFunction): void {
    const { bucket } = this;
    target.addToRolePolicy(
      new PolicyStatement({
        actions: ['s3:GetObject', 's3:GetObjectVersion'],
        resources: [bucket.arnForObjects('*')],
      }),
    );
    target.addToRolePolicy(
      // Without ListBucket a missing object would be "access denied", not "deleted".
      new PolicyStatement({ actions: ['s3:ListBucket', 's3:ListBucketVersions'], resources: [bucket.bucketArn] }),
    );
    bucket.encryptionKey?.grantDecrypt(target);
    this.table.grant(target, ...TABLE_ACTIONS);
  }

  #grantEvents(sync: GraphDropFunction): void {
    sync.addToRolePolicy(
      new PolicyStatement({
        actions: ['events:PutEvents'],
        resources: [Stack.of(this).formatArn({ service: 'events', resource: 'event-bus', resourceName: 'default' })],
        conditions: { StringEquals: { 'events:source': 'graphdrop' } },
      }),
    );
  }

  /** Where a source leaves records out, the sync function lists them in the bucket. */
  #grantResults(sync: GraphDropFunction, scope: string): void {
    const objects = `${rejectedPrefix(scope)}*`;
    const actions = ['s3:PutObject', 's3:DeleteObject'];
    sync.addToRolePolicy(new PolicyStatement({ actions, resources: [this.bucket.arnForObjects(objects)] }));
    this.bucket.encryptionKey?.grant(sync, 'kms:GenerateDataKey');
    if (sync.role) acknowledgeObjectAccess(sync.role as Role, this.bucket, objects);
  }

  /** Once a day: what it deletes is at least a day old. */
  #collect(): void {
    const collect = new GraphDropFunction(this, 'Collect', {
      entry: 'collect',
      description: 'graphdrop: deletes tracked state that nothing needs any more',
      environment: this.#environment(),
      memorySize: 1024,
      timeout: Duration.minutes(15),
      network: {}, // reaches DynamoDB alone
    });
    this.table.grant(collect, ...TABLE_ACTIONS);
    new Rule(this, 'CollectDaily', {
      schedule: Schedule.rate(Duration.days(1)),
      targets: [new LambdaFunction(collect, SCHEDULED)],
    });
  }

  /** The same for any number of contexts: what they need is in the state table, where their custom resources put it. */
  #environment(): Record<string, string> {
    return {
      GRAPHDROP_BUCKET: this.bucket.bucketName,
      GRAPHDROP_TABLE: this.table.tableName,
    };
  }
}

function limitsOf({ maxRowsPerTransaction, stateRetention }: GraphDropProps): Record<string, string> {
  return {
    ...(maxRowsPerTransaction && { GRAPHDROP_MAX_ROWS_PER_TRANSACTION: String(maxRowsPerTransaction) }),
    ...(stateRetention && { GRAPHDROP_STATE_RETENTION_DAYS: String(stateRetention.toDays()) }),
  };
}
