import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { GraphdropError } from '../lib/graph/errors.ts';
import { packed } from './packed.ts';

/** SQS took some messages of a batch and not others. */
export class QueueError extends GraphdropError {
  readonly code = 'QUEUE';
  override readonly retryable = true;
}

const MESSAGES_PER_CALL = 10;
/** A call takes 256 KB in all. A key is 1,024 bytes at most, six times that when every character is escaped. */
const MOST_KEYS = { items: 100, bytes: 24_000 };

const client = new SQSClient();

/** Asks for objects to be looked at. */
export async function sendKeys(
  queueUrl: string,
  bucket: string,
  keys: readonly string[],
  delaySeconds = 0,
): Promise<void> {
  await sendBodies(queueUrl, [...bodiesOf(bucket, keys)], delaySeconds);
}

/** Asks for a resync. */
export async function sendResync(queueUrl: string, context: string, delaySeconds = 0): Promise<void> {
  await sendBodies(queueUrl, [JSON.stringify({ resync: true, context })], delaySeconds);
}

async function sendBodies(queueUrl: string, bodies: readonly string[], delaySeconds: number): Promise<void> {
  for (const chunk of chunks(bodies, MESSAGES_PER_CALL)) {
    const { Failed = [] } = await client.send(
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
export function* bodiesOf(bucket: string, keys: readonly string[]): Generator<string> {
  const bytesOf = (key: string): number => Buffer.byteLength(JSON.stringify(key)) + 1;
  for (const part of packed(keys, bytesOf, MOST_KEYS)) yield JSON.stringify({ bucket, keys: part });
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}
