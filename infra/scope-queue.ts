import { Duration } from 'aws-cdk-lib';
import { Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { literalPrefix, prefixesOf } from '../lib/files/keys/glob-prefix.ts';
import { LOG_PREFIXES, lakeFoldersOf } from '../lib/files/keys/lake-table.ts';
import { RESULTS_PREFIX } from '../lib/files/keys/quarantine-key.ts';
import { acknowledgeQueues } from './acknowledge.ts';

export interface ScopeQueueProps {
  readonly bucket: IBucket;
  /** Of the scope's sources. */
  readonly globs: readonly string[];
  /** Timeout of the function that works on the messages. */
  readonly functionTimeout: Duration;
}

/** Characters of prefixes in a rule's pattern, of which EventBridge takes 2,048 in all. */
const MOST_CHARACTERS = 1_200;

/** For so long a batch is gathered. */
const BATCHING_SECONDS = 5;

/** Which keys a rule takes: a tenant's events are of its own folders, and not every tenant's. */
function keysOf(globs: readonly string[]): object[] {
  const logs = globs.filter(glob => /parquet|\*$/i.test(glob)).flatMap(logsAbove);
  const prefixes = prefixesOf([...globs, ...logs]).map(prefix => ({ prefix }));
  const few = JSON.stringify(prefixes).length <= MOST_CHARACTERS;
  if (few && prefixes.length > 0 && prefixes.every(({ prefix }) => prefix !== '')) return prefixes;
  // What graphdrop writes itself is nothing to look at.
  return [{ 'anything-but': { prefix: RESULTS_PREFIX } }];
}

/** Lists the places of a table's log by which a source's files may be those of a table: it may stand in any folder above them. */
function logsAbove(glob: string): string[] {
  return lakeFoldersOf(literalPrefix(glob)).flatMap(folder => LOG_PREFIXES.map(prefix => `${folder}${prefix}`));
}

/**
 * The way of one scope's events from the bucket to a function: rule, queue, and one dead-letter queue for what EventBridge
 * can't deliver and what the function can't do.
 *
 * Messages say "look at this key", so a standard queue will do: order and duplicates don't matter.
 */
export class ScopeQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetterQueue: Queue;

  constructor(scope: Construct, id: string, props: ScopeQueueProps) {
    super(scope, id);
    this.deadLetterQueue = new Queue(this, 'DeadLetters', {
      retentionPeriod: Duration.days(14),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
    });
    this.queue = new Queue(this, 'Queue', {
      // A dead letter's age counts from when it was first sent: what is left of its 14 days is for people.
      retentionPeriod: Duration.days(4),
      // AWS' advice for functions: a batch must not be seen again while it is gathered, or a throttled invocation of it is retried.
      visibilityTimeout: Duration.seconds(props.functionTimeout.toSeconds() * 6 + BATCHING_SECONDS),
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: 10 },
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
    });
    new Rule(this, 'Rule', {
      description: `Objects put in or deleted from the bucket, for ${this.node.path}`,
      eventPattern: {
        source: ['aws.s3'],
        // An archived object that was rejected as such can be read once it is restored.
        detailType: ['Object Created', 'Object Deleted', 'Object Restore Completed'],
        detail: {
          bucket: { name: [props.bucket.bucketName] },
          object: { key: keysOf(props.globs) },
        },
      },
      targets: [new SqsQueue(this.queue, { deadLetterQueue: this.deadLetterQueue })],
    });
  }

  /** Has the function work on the messages, many at a time: thousands of small files become one transaction. */
  consumeWith(target: IFunction, maxConcurrency: number): EventSourceMapping {
    const mapping = new EventSourceMapping(this, 'Mapping', {
      target,
      eventSourceArn: this.queue.queueArn,
      batchSize: 1000,
      maxBatchingWindow: Duration.seconds(BATCHING_SECONDS),
      reportBatchItemFailures: true,
      maxConcurrency,
    });
    // As Lambda's own managed policy for queues has them: `grantConsumeMessages` adds two that nothing calls.
    this.queue.grant(target, 'sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes');
    acknowledgeQueues(this.deadLetterQueue, mapping);
    return mapping;
  }
}
