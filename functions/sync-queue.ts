import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { GraphdropError } from '../lib/graph/errors.ts';

/** SQS took some messages of a batch and not others. */
export class QueueError extends GraphdropError {
  readonly code = 'QUEUE';
  override readonly retryable = true;
}

const MESSAGES_PER_CALL = 10;
/** Keys are up to 1,024 bytes, six times that when escaped; a call takes 256 KB. */
const KEYS_PER_MESSAGE = 20;

const client = new SQSClient();

/** Asks for objects to be looked at. */
export async function sendKeys(
  queueUrl: string,
  bucket: string,
  keys: readonly string[],
  delaySeconds = 0,
): Promise<void> {
  const bodies = chunks(keys, KEYS_PER_MESSAGE).map(chunk => JSON.stringify({ bucket, keys: chunk }));
  await sendBodies(queueUrl, bodies, delaySeconds);
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
    if (Failed.length > 0) throw new QueueError(`SQS refused ${Failed.length} messages: ${Failed[0]?.Message ?? ''}`);
  }
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}
