import { DeleteMessageBatchCommand, SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { GraphdropError } from '../errors.ts';
import { sqsClient } from './clients.ts';
import { packed } from './packed.ts';
import type { ResyncChain } from './resync-chain.ts';
import type { PutBack } from './s3-event.ts';

/** SQS took some messages of a batch and not others. */
export class QueueError extends GraphdropError {
  readonly code = 'QUEUE';
  override readonly retryable = true;
}

const MESSAGES_PER_CALL = 10;
/** A call takes 256 KB in all. A key is 1,024 bytes at most, six times that when every character is escaped. */
const MOST_KEYS = { items: 100, bytes: 24_000 };

/** Asks for objects to be looked at. @param putBack what was done about them before. Default: nothing */
export async function sendKeys(
  queueUrl: string,
  bucket: string,
  keys: readonly string[],
  delaySeconds = 0,
  putBack: PutBack = {},
): Promise<void> {
  await sendBodies(queueUrl, [...bodiesOf(bucket, keys, putBack)], delaySeconds);
}

/** Deletes messages that are done, before the invocation that received them ends. */
export async function deleteMessages(queueUrl: string, receipts: readonly string[]): Promise<void> {
  for (const chunk of chunks(receipts, MESSAGES_PER_CALL)) {
    const Entries = chunk.map((ReceiptHandle, i) => ({ Id: String(i), ReceiptHandle }));
    // One that isn't deleted comes once more, and finds its objects up to date.
    await sqsClient().send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
  }
}

/** Asks for a resync, or for its next part. @param chain what the part before says. Default: it begins */
export async function sendResync(
  queueUrl: string,
  context: string,
  { confirm, queued, position, attempt }: ResyncChain = {},
  delaySeconds = 0,
): Promise<void> {
  await sendBodies(
    queueUrl,
    [JSON.stringify({ resync: true, context, confirm, queued, position, attempt })],
    delaySeconds,
  );
}

async function sendBodies(queueUrl: string, bodies: readonly string[], delaySeconds: number): Promise<void> {
  for (const chunk of chunks(bodies, MESSAGES_PER_CALL)) {
    const { Failed = [] } = await sqsClient().send(
      new SendMessageBatchCommand({
        QueueUrl: queueUrl,
        Entries: chunk.map((MessageBody, i) => ({ Id: String(i), MessageBody, DelaySeconds: delaySeconds })),
      }),
    );
    if (Failed.length > 0) {
      throw new QueueError(
        `SQS refused ${Failed.length} messages to ${queueUrl}: ${Failed[0]?.Message ?? 'it gave no reason'}; try again, and if that ` +
          "doesn't help see the queue's policy and the function's permissions",
      );
    }
  }
}

/** Messages with as many keys each as fit. */
export function* bodiesOf(
  bucket: string,
  keys: readonly string[],
  { attempt, alone }: PutBack = {},
): Generator<string> {
  const bytesOf = (key: string): number => Buffer.byteLength(JSON.stringify(key)) + 1;
  for (const part of packed(keys, bytesOf, MOST_KEYS)) yield JSON.stringify({ bucket, keys: part, attempt, alone });
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}
