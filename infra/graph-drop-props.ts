import type { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
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
   * Memory of the sync and verify functions in MB, 256 to 10,240. Their share of CPU grows along; 1,769 is one core.
   *
   * @default 1769
   */
  readonly memorySize?: number;

  /**
   * Longest run of the sync function, 30 seconds to 15 minutes. Work beyond it is continued by the next message. Other
   * functions have times of their own.
   *
   * @default Duration.minutes(5)
   */
  readonly timeout?: Duration;

  /**
   * Where the functions that reach a database run, if that isn't on the internet: sync, verify, query, and the two of the
   * custom resource. What they need there is in docs/operations.md.
   *
   * @default - outside of any VPC
   */
  readonly vpc?: IVpc;

  /**
   * The subnets of the `vpc` to run in. They need a way to AWS' services.
   *
   * @default - private ones with a way out
   */
  readonly vpcSubnets?: SubnetSelection;

  /**
   * Security groups of those functions in the `vpc`: what the database's own group lets in.
   *
   * @default - a new one for each function, which allows all that goes out
   */
  readonly securityGroups?: readonly ISecurityGroup[];

  /**
   * Whether the query function has a URL: Neo4j's HTTP API (`POST /db/{databaseName}/tx/commit`) on the internet, for who
   * has credentials of the database. The URL itself is open: the function demands and checks them.
   *
   * @default false
   */
  readonly queryUrl?: boolean;

  /**
   * Most queries at a time, of everybody: so many invocations are reserved for the query function, and it gets no more. A URL
   * is open to the internet, so this is what strangers can cost, and can keep from others. AWS wants 100 invocations of an
   * account unreserved; an account that has no more can't reserve any: `false` reserves nothing and limits nothing.
   *
   * @default 10 with `queryUrl`, else false
   */
  readonly queryConcurrency?: number | false;

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

  /**
   * Changed rows that one Neo4j transaction applies, 100 to 100,000. Each takes 3 to 7 KB of the server's memory; an object with
   * more is applied in slices. A transaction that turns out too large for the server is split anyway.
   *
   * @default 20000
   */
  readonly maxRowsPerTransaction?: number;

  /**
   * For how long the tracked state of the past is kept, 1 to 365 days: a database that is restored to a time within it is
   * brought up to date by the difference, one that is older by looking at every file again.
   *
   * @default Duration.days(7)
   */
  readonly stateRetention?: Duration;
}
