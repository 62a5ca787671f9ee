import { Duration, Names, RemovalPolicy } from 'aws-cdk-lib';
import { type Alarm, type Dashboard, Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import { type CfnFunction, type FunctionUrl, type IFunction, RecursiveLoop } from 'aws-cdk-lib/aws-lambda';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { definitionMarks } from '../lib/definition/definition.ts';
import type { SyncMetric } from '../lib/lambda/sync-metrics.ts';
import { acknowledgeSchedule } from './acknowledge.ts';
import { Alarms } from './alarms.ts';
import { Backfill } from './backfill.ts';
import { Connection } from './connection.ts';
import { addDashboard } from './dashboard.ts';
import { functionLogGroup, GraphDropFunction, networkOf, type Observed } from './functions.ts';
import { addGarbageCollection, SCHEDULED } from './garbage-collection.ts';
import { addOutputs } from './outputs.ts';
import { type GraphDropProps, type ResolvedProps, resolveProps } from './props/graph-drop-props.ts';
import { QueryFunction } from './query-function.ts';
import { SchemaProvider, SchemaResource } from './schema-resource.ts';
import { ScopeQueue } from './scope-queue.ts';
import { readStatements } from './secret-access.ts';
import { sourceBucket } from './source-bucket.ts';
import { stateTable } from './state-table.ts';
import { statusFunction } from './status-function.ts';
import { grantCommits, grantEvents, grantQuarantine } from './worker-access.ts';

export { type FlowModule, loadFlow } from '../lib/flow-module/load-flow.ts';
export type { ContextProps } from './connection.ts';
export type { GraphDropProps } from './props/graph-drop-props.ts';

/** Where the sync function's metrics are. */
const METRICS: typeof import('../lib/lambda/sync-metrics.ts').METRICS_NAMESPACE = 'graphdrop';

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
  /** To be invoked by hand or from Step Functions: `{ "context": "...", "prefix": "...", "waitSeconds": 0 }`. See docs/status.md. */
  readonly statusFunction: IFunction;
  /** Answers queries: `{ "context": "...", "statements": [{ "statement": "..." }] }`. */
  readonly queryFunction: IFunction;
  /**
   * Has objects looked at, however many: `{}` for all, `{ "prefix": "2026/" }`, or `{ "inventory": { "bucket", "key" } }` with the
   * manifest of an S3 inventory. See docs/backfill.md.
   */
  readonly backfill: IStateMachine;
  /** The URL of the query function, with `queryUrl: true`. */
  readonly queryUrl: FunctionUrl | undefined;
  /** By context: the objects that wait. */
  readonly queues: Readonly<Record<string, IQueue>>;
  /** By context: what could not be delivered or done. Anything in it wants attention: see `alarms`. */
  readonly deadLetterQueues: Readonly<Record<string, IQueue>>;
  /**
   * One a dead-letter queue, when there is anything in it, and those of docs/operations.md for the whole stack. They have no
   * actions: `graph.alarms.forEach(alarm => alarm.addAlarmAction(action))`.
   */
  readonly alarms: readonly Alarm[];
  /** With `dashboard: true`. */
  readonly dashboard: Dashboard | undefined;

  /** Names of the scopes by context, and whether what happens in them is counted. */
  readonly #scopes: Readonly<Record<string, string>>;
  readonly #counts: boolean;

  constructor(scope: Construct, id: string, given: GraphDropProps) {
    super(scope, id);
    const props = resolveProps(given);
    const { flow, maxConcurrency, timeout, removalPolicy } = props;
    const network = networkOf(props);
    const observed: Observed = props;

    props.bucket?.enableEventBridgeNotification();
    // Not RETAIN itself, which would leave an empty bucket and table behind for each first deploy that fails.
    const ofData = removalPolicy === RemovalPolicy.RETAIN ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : removalPolicy;
    this.bucket = props.bucket ?? sourceBucket(this, 'Bucket', ofData, props.autoDeleteObjects);
    this.table = props.table ?? stateTable(this, 'State', { ...props, removalPolicy: ofData });
    const connected = flow.definitions.map(definition => {
      const { context } = definition;
      return { context, definition, connection: new Connection(this, context, props.contexts[context]) };
    });
    const connections = connected.map(({ connection }) => connection);
    const provider = new SchemaProvider(this, 'Schema', {
      table: this.table,
      limits: limitsOf(props),
      network,
      observed,
      connections,
    });

    const scopes = connected.map(({ context, definition, connection }) => {
      const queue = new ScopeQueue(this, `Scope-${context}`, {
        bucket: this.bucket,
        globs: definition.sources.map(({ glob }) => glob),
        functionTimeout: timeout,
      });
      const schema = new SchemaResource(queue, 'Schema', {
        provider,
        connection,
        queue: queue.queue,
        definition,
        graphRemovalPolicy: removalPolicy === RemovalPolicy.DESTROY ? 'destroy' : 'retain',
        takeOver: props.takeOver,
      });
      return { context, connection, definition, queue, schema };
    });

    const worker = {
      flowPath: flow.path,
      environment: {
        ...this.#environment(),
        GRAPHDROP_CODE: flow.code,
        GRAPHDROP_DEFINITIONS: definitionMarks(flow.definitions),
        ...(props.redact && { GRAPHDROP_REDACT: 'true' }),
        ...limitsOf(props),
      },
      memorySize: props.memorySize,
      network,
      observed,
    };
    const sync = new GraphDropFunction(this, 'Sync', {
      ...worker,
      entry: 'sync',
      description: 'graphdrop: reconciles files with the graph',
      timeout,
      environment: { ...worker.environment, ...(props.metrics && { GRAPHDROP_METRICS: this.#service() }) },
      temporaryStorage: props.temporaryStorage,
      scheduled: true,
      // It sends messages to its own queue: Lambda would end a chain of 16 and dead-letter the last.
      recursiveLoop: RecursiveLoop.ALLOW,
    });
    const verify = new GraphDropFunction(this, 'Verify', {
      ...worker,
      entry: 'verify',
      description: 'graphdrop: compares graph, tracked state and bucket, and repairs',
      timeout: Duration.minutes(15),
    });
    this.syncFunction = sync;
    this.verifyFunction = verify;
    grantEvents(sync);
    for (const target of [sync, verify]) {
      grantCommits(target, this.bucket, this.table);
      for (const statement of readStatements(connections)) target.addToRolePolicy(statement);
      for (const { queue } of scopes) queue.queue.grant(target, 'sqs:SendMessage');
    }
    for (const { connection, definition, queue, schema } of scopes) {
      if (definition.sources.some(({ onInvalid }) => onInvalid === 'skip')) {
        grantQuarantine(sync, this.bucket, `${definition.context}@${connection.database}`);
      }
      // New code comes before the definition that it has: who the deploy tells to look at everything can do so at once.
      schema.node.addDependency(sync.node.defaultChild as CfnFunction);
      // Work starts when the schema is there, and stops before a teardown begins.
      queue.consumeWith(sync, maxConcurrency).node.addDependency(schema);
    }
    this.statusFunction = statusFunction(this, 'Status', { ...worker, bucket: this.bucket, table: this.table, scopes });
    this.queues = Object.fromEntries(scopes.map(({ context, queue }) => [context, queue.queue]));
    this.deadLetterQueues = Object.fromEntries(scopes.map(({ context, queue }) => [context, queue.deadLetterQueue]));
    const garbageCollection = addGarbageCollection(this, {
      table: this.table,
      environment: this.#environment(),
      observed,
    });
    this.#scopes = Object.fromEntries(
      scopes.map(({ context, connection }) => [context, `${context}@${connection.database}`]),
    );
    this.#counts = props.metrics;
    const { queues, deadLetterQueues } = this;
    this.alarms = new Alarms(this, 'Alarms', { queues, deadLetterQueues, sync, verify, garbageCollection }).all;

    if (props.resyncSchedule) {
      // By the queues: one scope that can't, or takes long, keeps no other waiting, and has its tries and its dead letters.
      const event = RuleTargetInput.fromObject({ resync: true, queue: true });
      const targets = [new LambdaFunction(sync, { event, ...SCHEDULED })];
      acknowledgeSchedule(new Rule(this, 'Resync', { schedule: props.resyncSchedule, targets }));
    }
    this.backfill = new Backfill(this, 'Backfill', {
      bucket: this.bucket,
      sync,
      maxConcurrency,
      logGroup: functionLogGroup(this, 'BackfillLogs', observed),
    }).stateMachine;
    const query = new QueryFunction(this, 'Query', {
      connections,
      table: this.table,
      settings: props,
      network,
      observed,
    });
    this.queryFunction = query.function;
    this.queryUrl = query.url;
    if (props.dashboard) {
      const functions = [sync, verify, query.function, provider.onEvent, provider.isComplete, garbageCollection];
      const { alarms, table, statusFunction: status } = this;
      this.dashboard = addDashboard(this, 'Dashboard', { alarms, queues, functions, table, status });
    }
    addOutputs(this, {
      bucket: this.bucket,
      table: this.table,
      sync,
      verify,
      status: this.statusFunction,
      ddl: provider.onEvent,
      query: query.function,
      queryUrl: query.url,
      backfill: this.backfill,
    });
  }

  /** Lets somebody drop, replace and delete files. */
  grantDrop(grantee: IGrantable): Grant {
    return this.bucket.grantPut(grantee).combine(this.bucket.grantDelete(grantee));
  }

  /** Lets somebody have objects looked at: by the sync function, and by the state machine for many. */
  grantSync(grantee: IGrantable): Grant {
    return this.syncFunction.grantInvoke(grantee).combine(this.backfill.grantStartExecution(grantee));
  }

  /** Lets somebody ask the graph, as far as `queryAccess` and `queryStatements` go. */
  grantQuery(grantee: IGrantable): Grant {
    return this.queryFunction.grantInvoke(grantee);
  }

  /**
   * What the sync function counts of a context, with `metrics: true`.
   *
   * @param name `ObjectsApplied`, `ObjectsRejected`, `RowsDeclared` or `Transactions`
   * @default Sum of five minutes
   */
  metric(name: SyncMetric, context: string, options?: MetricOptions): Metric {
    const scope = this.#scopes[context];
    if (scope === undefined || !this.#counts)
      throw new Error(
        `${name} of '${context}' isn't counted: contexts are ${Object.keys(this.#scopes).join(', ')}, and "metrics" must be true`,
      );
    const dimensionsMap = { service: this.#service(), scope };
    return new Metric({ namespace: METRICS, metricName: name, dimensionsMap, statistic: 'Sum', ...options });
  }

  /** How many files of a context wait. @default Maximum of five minutes */
  metricWaiting(context: string, options?: MetricOptions): Metric {
    return this.#queue(this.queues, context).metricApproximateNumberOfMessagesVisible({
      statistic: 'Maximum',
      ...options,
    });
  }

  /** For how many seconds the oldest file of a context has waited. @default Maximum of five minutes */
  metricOldest(context: string, options?: MetricOptions): Metric {
    return this.#queue(this.queues, context).metricApproximateAgeOfOldestMessage({ statistic: 'Maximum', ...options });
  }

  /** How many dead letters a context has. @default Maximum of five minutes */
  metricDeadLetters(context: string, options?: MetricOptions): Metric {
    const queue = this.#queue(this.deadLetterQueues, context);
    return queue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', ...options });
  }

  #queue(queues: Readonly<Record<string, IQueue>>, context: string): IQueue {
    const queue = queues[context];
    if (queue === undefined)
      throw new Error(`there is no context '${context}': there are ${Object.keys(queues).join(', ')}`);
    return queue;
  }

  /** Tells this GraphDrop's metrics from others' of the account. */
  #service(): string {
    return Names.uniqueResourceName(this, { maxLength: 100 });
  }

  /** The same for any number of contexts: what they need is in the state table, where their custom resources put it. */
  #environment(): Record<string, string> {
    return {
      GRAPHDROP_BUCKET: this.bucket.bucketName,
      GRAPHDROP_TABLE: this.table.tableName,
    };
  }
}

function limitsOf({ maxRowsPerTransaction, stateRetention, maxRemovedShare }: ResolvedProps): Record<string, string> {
  return {
    ...(maxRowsPerTransaction && { GRAPHDROP_MAX_ROWS_PER_TRANSACTION: String(maxRowsPerTransaction) }),
    ...(maxRemovedShare && { GRAPHDROP_MAX_REMOVED_SHARE: maxRemovedShare.toFixed(9) }),
    ...(stateRetention && { GRAPHDROP_STATE_RETENTION_DAYS: String(stateRetention.toDays()) }),
  };
}
