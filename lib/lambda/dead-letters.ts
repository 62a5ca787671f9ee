import { GetQueueAttributesCommand, type QueueAttributeName } from '@aws-sdk/client-sqs';
import { sqsClient } from './clients.ts';

/** A dead-letter queue. */
interface DeadLetterQueue {
  readonly url: string;
  readonly arn: string;
}

/** Finds the dead-letter queue of a queue; null: it has none. */
export async function deadLetterQueue(queueUrl: string): Promise<DeadLetterQueue | null> {
  const { RedrivePolicy = '{}' } = await queueAttributes(queueUrl, 'RedrivePolicy');
  const { deadLetterTargetArn: arn } = JSON.parse(RedrivePolicy) as { readonly deadLetterTargetArn?: string };
  // It is in the same account and region: SQS takes no other.
  return arn === undefined
    ? null
    : { arn, url: `${queueUrl.slice(0, queueUrl.lastIndexOf('/') + 1)}${arn.split(':').pop()}` };
}

/** Counts, roughly as SQS does, the messages in the dead-letter queue of a queue; null: it has none. */
export async function countDeadLetters(queueUrl: string): Promise<number | null> {
  const queue = await deadLetterQueue(queueUrl);
  return queue === null ? null : await countMessages(queue.url);
}

/** Counts the messages of a queue, roughly as SQS does. */
async function countMessages(queueUrl: string): Promise<number> {
  const { ApproximateNumberOfMessages = 0 } = await queueAttributes(queueUrl, 'ApproximateNumberOfMessages');
  return Number(ApproximateNumberOfMessages);
}

/** Reads some attributes of a queue. */
export async function queueAttributes<Name extends QueueAttributeName>(
  QueueUrl: string,
  ...AttributeNames: readonly Name[]
): Promise<{ readonly [name in Name]?: string }> {
  const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...AttributeNames] });
  return (await sqsClient().send(command)).Attributes ?? {};
}
