import { RemovalPolicy } from 'aws-cdk-lib';
import type { ITable, WarmThroughput } from 'aws-cdk-lib/aws-dynamodb';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { type Resolved, requireOneOf, requireWhole } from './resolved.ts';

/** Where files and tracked state are, and whether they stay. */
export interface StorageProps {
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
   * Whether the new bucket, the tracked state and the managed part of the graph stay or go when the stack is deleted. They
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
   * What the new state table can take at once, ahead of a first load: an on-demand table grows to its traffic, and takes 4,000 write
   * units a second at first. AWS charges for the growth, once.
   *
   * @default - AWS' own: 12,000 read and 4,000 write units a second
   */
  readonly warmThroughput?: WarmThroughput;

  /**
   * Most write units that the new state table takes in a second, 1 or more: what a runaway load can cost. Beyond it calls are throttled,
   * and wait; a batch whose state can't be written in its transaction's time is split.
   *
   * @default - what the account allows
   */
  readonly maxWriteRequestUnits?: number;
}

/** Those that are left to AWS where they aren't given. */
type OfAws = 'bucket' | 'table' | 'warmThroughput' | 'maxWriteRequestUnits';

/** Checks these properties and fills in defaults. @throws Error that names the value received and the fix */
export function resolveStorageProps(props: StorageProps): Resolved<StorageProps, OfAws> {
  const { bucket, table, removalPolicy = RemovalPolicy.RETAIN, autoDeleteObjects = false } = props;
  const { warmThroughput, maxWriteRequestUnits } = props;
  if (table && !bucket) {
    throw new Error(
      '"table" needs the "bucket" that its state is of: with an empty one everything in the graph would go',
    );
  }
  requireOneOf('removalPolicy', removalPolicy, {
    'RemovalPolicy.RETAIN': RemovalPolicy.RETAIN,
    'RemovalPolicy.DESTROY': RemovalPolicy.DESTROY,
  });
  if (autoDeleteObjects && bucket) {
    throw new Error(
      '"autoDeleteObjects" is for the bucket GraphDrop makes: leave it out, or set it on your own "bucket"',
    );
  }
  if (autoDeleteObjects && removalPolicy !== RemovalPolicy.DESTROY) {
    throw new Error('"autoDeleteObjects" needs removalPolicy: RemovalPolicy.DESTROY, got the default of RETAIN');
  }
  requireWhole('maxWriteRequestUnits', maxWriteRequestUnits, 1, 1_000_000);
  if (table && (warmThroughput || maxWriteRequestUnits !== undefined)) {
    throw new Error(
      `"${warmThroughput ? 'warmThroughput' : 'maxWriteRequestUnits'}" is for the state table GraphDrop makes: set it on your own "table"`,
    );
  }
  return { bucket, table, removalPolicy, autoDeleteObjects, warmThroughput, maxWriteRequestUnits };
}
