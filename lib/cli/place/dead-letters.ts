import { DeleteMessageCommand, type Message, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { sqsClient } from '../../lambda/clients.ts';
import { deadLetterQueue } from '../../lambda/dead-letters.ts';

/** SQS' own limit. */
const MESSAGES_OF_CALL = 10;

/** Seconds in which those of a call must be moved: later they would be received once more. */
const MOVED_IN_SECONDS = 60;

/** Moves the dead letters of a queue back to it. @returns how many there were */
export async function moveDeadLetters(queueUrl: string): Promise<number> {
  const from = (await deadLetterQueue(queueUrl))?.url;
  if (from === undefined) return 0;
  for (let moved = 0; ; ) {
    const messages = await receive(from);
    if (messages.length === 0) return moved;
    await Promise.all(messages.map(message => move(message, from, queueUrl)));
    moved += messages.length;
  }
}

async function receive(QueueUrl: string): Promise<Message[]> {
  const command = new ReceiveMessageCommand({
    QueueUrl,
    MaxNumberOfMessages: MESSAGES_OF_CALL,
    VisibilityTimeout: MOVED_IN_SECONDS,
    // Without waiting, SQS asks some of its servers only.
    WaitTimeSeconds: 1,
  });
  return (await sqsClient().send(command)).Messages ?? [];
}

/** Sends a message before it deletes it: one that is in both queues is a look too many, and one in neither a look that is lost. */
async function move({ Body, ReceiptHandle }: Message, from: string, to: string): Promise<void> {
  await sqsClient().send(new SendMessageCommand({ QueueUrl: to, MessageBody: Body }));
  await sqsClient().send(new DeleteMessageCommand({ QueueUrl: from, ReceiptHandle }));
}
