import { StartMessageMoveTaskCommand } from '@aws-sdk/client-sqs';
import { sqsClient } from '../../lambda/clients.ts';
import { countMessages, deadLetterQueue, queueAttributes } from '../../lambda/dead-letters.ts';

/** Starts to move the dead letters of a queue back to it. @returns how many there were, about */
export async function moveDeadLetters(queueUrl: string): Promise<number> {
  const queue = await deadLetterQueue(queueUrl);
  if (queue === null) return 0;
  const count = await countMessages(queue.url);
  if (count === 0) return 0;
  // Those that EventBridge put there never were in the queue: without the destination they would go nowhere.
  const { QueueArn } = await queueAttributes(queueUrl, 'QueueArn');
  await sqsClient().send(new StartMessageMoveTaskCommand({ SourceArn: queue.arn, DestinationArn: QueueArn }));
  return count;
}
