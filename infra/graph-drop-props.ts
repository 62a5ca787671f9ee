import type { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import type { Schedule } from 'aws-cdk-lib/aws-events';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ContextProps } from './connection.ts';
import type { FlowModule } from './load-flow.ts';

export interface GraphDropProps {
  /** What `await loadFlow('path/to/flow.ts')` gives. */
  readonly flow: FlowModule;

  /**
   * Connections by name of the flow's ContextKeys.
   *
   * @default - each context reads the existing secret `graphdrop/<context>` and uses the database `neo4j`
   */
  readonly contexts?: Readonly<Record<string, ContextProps>>;

  /**
   * An existing bucket. It should be versioned: of a row that several objects declare, the next in line is read by
   * version. EventBridge notifications are turned on.
   *
   * @default - a new one: versioned, encrypted, private, TLS only
   */
  readonly bucket?: IBucket;

  /**
   * The state table of a deployment before, which kept it: this one goes on where that one was, on the same `bucket`. Of one
   * GraphDrop at a time.
   *
   * @default - a new one
   */
  readonly table?: ITable;

  /**
   * Take scopes over that another state holds: for a stack or construct with another name, deployed before the old one is
   * deleted. The graph is then made what this one's bucket says, and the other's deletion leaves it alone. If this one
   * goes first, the other has its scopes again.
   *
   * @default false: a scope that another state holds makes the deploy fail
   */
  readonly takeOver?: boolean;

  /**
   * What becomes of the new bucket, of the tracked state and of the managed part of the graph when the stack is deleted. They
   * go or stay together: the state without the graph, or the graph without the state, is of no use. A first deploy that
   * fails leaves nothing behind in any case.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy.RETAIN | RemovalPolicy.DESTROY;

  /**
   * Whether deleting the stack also deletes all objects of the new bucket; otherwise one that isn't empty makes it fail.
   * Only with `removalPolicy: RemovalPolicy.DESTROY`.
   *
   * @default false
   */
  readonly autoDeleteObjects?: boolean;

  /**
   * Memory of the sync function in MB. Its share of CPU grows along; 1,769 is one core.
   *
   * @default 1769
   */
  readonly memorySize?: number;

  /**
   * Longest run of the sync function. Work beyond it is continued by the next message.
   *
   * @default Duration.minutes(5)
   */
  readonly timeout?: Duration;

  /**
   * Where the functions run, to reach a database that isn't on the internet.
   *
   * @default - outside of any VPC
   */
  readonly vpc?: IVpc;

  /**
   * Whether the query function has a URL: Neo4j's HTTP API (`POST /db/{databaseName}/tx/commit`) on the internet, for who
   * has credentials of the database. The URL itself is open: the function demands and checks them.
   *
   * @default false
   */
  readonly queryUrl?: boolean;

  /**
   * How often every object is looked at again, for whatever no event told. Costs one look-up an object; `false`: never.
   *
   * @default Schedule.rate(Duration.days(1))
   */
  readonly resyncSchedule?: Schedule | false;

  /**
   * Most sync functions at work for one scope. One commits at a time; a second one parses meanwhile.
   *
   * @default 2
   */
  readonly maxConcurrency?: number;
}
