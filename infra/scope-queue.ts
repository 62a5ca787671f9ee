import { Duration } from 'aws-cdk-lib';
import { Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { RESULTS_PREFIX } from '../lib/graph/results.ts';

export interface ScopeQueueProps {
  readonly bucket: IBucket;
  /** Timeout of the function that works on the messages. */
  readonly functionTimeout: Duration;
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
      // AWS' advice for functions: a batch must not be seen again while a throttled invocation of it is retried.
      visibilityTimeout: Duration.seconds(props.functionTimeout.toSeconds() * 6),
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: 10 },
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
    });
    new Rule(this, 'Rule', {
      description: `Objects put in or deleted from the bucket, for ${this.node.path}`,
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created', 'Object Deleted'],
        detail: {
          bucket: { name: [props.bucket.bucketName] },
          // What graphdrop writes itself is nothing to look at.
          object: { key: [{ 'anything-but': { prefix: RESULTS_PREFIX } }] },
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
      maxBatchingWindow: Duration.seconds(5),
      reportBatchItemFailures: true,
      maxConcurrency,
    });
    this.queue.grantConsumeMessages(target);
    return mapping;
  }
}
