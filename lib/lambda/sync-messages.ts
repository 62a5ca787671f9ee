import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { ScopeBusyError } from '../commit/lease.ts';
import { GraphdropError } from '../errors.ts';
import { describeError, log, warn } from './log.ts';
import { isHopeless, type PutBackReason, putBackDelay } from './put-back.ts';
import { mergedChain, type ResyncChain } from './resync-chain.ts';
import { type PutBack, parseMessageBody } from './s3-event.ts';
import { keysOf, resyncContext, syncAlone, syncContext, UnknownBucketError } from './sync-context.ts';
import { deleteMessages, sendKeys, sendResync } from './sync-queue.ts';
import type { Worker } from './worker.ts';

/**
 * From so many receives on a message is worked on by itself: a worker may have died of it, or of another in its batch, which must
 * then go on.
 */
const RECEIVES_TOGETHER = 2;

/** What a message asks for. */
interface Asked extends PutBack {
  readonly keys: readonly string[];
}

/** Messages of one context, and the resync that any of them ask for. */
interface ContextMessages {
  readonly asked: Map<SQSRecord, Asked>;
  resync: ResyncChain | null;
}

/** Returns the messages of an SQS event; null for another event. */
export function messagesOf(event: unknown): SQSRecord[] | null {
  const records = (event as Partial<SQSEvent> | null)?.Records;
  return Array.isArray(records) && records[0]?.eventSource === 'aws:sqs' ? records : null;
}

/** Works on messages of queues: each context by itself, so that one that fails leaves the others alone. */
export async function syncMessages(
  worker: Worker,
  records: readonly SQSRecord[],
  deadline: number,
): Promise<SQSBatchResponse> {
  const failed = new Set<SQSRecord>();
  const contexts = byContext(worker, records, failed);
  await Promise.all(
    [...contexts].map(async ([context, messages]) => await syncScope(worker, context, messages, deadline, failed)),
  );
  return { batchItemFailures: [...failed].map(({ messageId }) => ({ itemIdentifier: messageId })) };
}

/** Works on the messages of one scope: first on all that nothing is known against, then on the others one by one. */
async function syncScope(
  worker: Worker,
  context: string,
  { asked, resync }: ContextMessages,
  deadline: number,
  failed: Set<SQSRecord>,
): Promise<void> {
  const isAlone = ([record, { alone, keys }]: readonly [SQSRecord, Asked]): boolean =>
    keys.length > 0 && (alone === true || receives(record) > RECEIVES_TOGETHER);
  const alone = [...asked].filter(isAlone);
  const together = new Map([...asked].filter(one => !isAlone(one)));
  const attempt = async (records: readonly SQSRecord[], work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      const messages = records.length;
      log({ level: 'error', event: 'scope-failed', context, error: describeError(error), messages });
      for (const record of records) failed.add(record);
    }
  };
  await attempt([...together.keys()], async () => {
    await syncTogether(worker, context, together, deadline, failed);
    if (resync !== null) await resyncOrPutBack(worker, context, resync, deadline);
  });
  if (alone.length === 0) return;
  // The next may end this process, and with it what it would answer.
  await done(
    worker,
    context,
    [...together.keys()].filter(record => !failed.has(record)),
  );
  for (const [index, [record, one]] of alone.sort(([a], [b]) => receives(a) - receives(b)).entries()) {
    await attempt([record], async () => {
      const late = index > 0 && Date.now() >= deadline;
      const left = new Map(one.keys.map(key => [key, one.attempt ?? 0]));
      const open = await (late
        ? putBack(worker, context, left, 'time', true)
        : syncOneByOne(worker, context, one, deadline));
      if (open.size > 0) failed.add(record);
    });
    if (!failed.has(record)) await done(worker, context, [record]);
  }
}

/** Reads messages by context. Those that can't be understood go to `failed`. */
function byContext(
  worker: Worker,
  records: readonly SQSRecord[],
  failed: Set<SQSRecord>,
): ReadonlyMap<string, ContextMessages> {
  const contexts = new Map<string, ContextMessages>();
  for (const record of records) {
    try {
      const context = contextOf(worker, record);
      const request = parseMessageBody(record.body);
      const asked = request.kind === 'resync' ? { keys: [] } : { ...request, keys: keysOf(worker, request) };
      const messages = contexts.get(context) ?? { asked: new Map(), resync: null };
      contexts.set(context, messages);
      if (request.kind === 'resync') messages.resync = mergedChain(messages.resync, request);
      messages.asked.set(record, asked);
    } catch (error) {
      // SQS hands it to the dead-letter queue in the end, where a person can look at it.
      log({ level: 'error', event: 'message-refused', message: record.messageId, error: describeError(error) });
      failed.add(record);
    }
  }
  return contexts;
}

/** Syncs what messages ask for, all of it at once, or puts it back. */
async function syncTogether(
  worker: Worker,
  context: string,
  messages: ReadonlyMap<SQSRecord, Asked>,
  deadline: number,
  failed: Set<SQSRecord>,
): Promise<void> {
  const attempts = new Map<string, number>();
  for (const { keys, attempt = 0 } of messages.values()) {
    for (const key of keys) attempts.set(key, Math.max(attempt, attempts.get(key) ?? 0));
  }
  const fail = (keys: ReadonlySet<string>): void => {
    for (const [record, asked] of messages) if (asked.keys.some(key => keys.has(key))) failed.add(record);
  };
  if (attempts.size === 0) return;
  try {
    const { unsettled, advanced, unread } = await syncContext(worker, context, [...attempts.keys()], deadline);
    fail(new Set(unread.map(({ key }) => key)));
    // What gets on is not in vain.
    const tried = (key: string): number => (advanced.includes(key) ? 0 : (attempts.get(key) ?? 0));
    fail(await putBack(worker, context, new Map(unsettled.map(key => [key, tried(key)])), 'time'));
  } catch (error) {
    if (!(error instanceof ScopeBusyError)) throw error;
    fail(await putBack(worker, context, attempts, error.reason));
  }
}

/** Syncs objects that a worker may have died of. @returns keys that could not be read, or were put back too often */
async function syncOneByOne(
  worker: Worker,
  context: string,
  { keys, attempt = 0 }: Asked,
  deadline: number,
): Promise<ReadonlySet<string>> {
  const failed: string[] = [];
  const back = async (some: readonly string[], reason: PutBackReason, tried = attempt): Promise<void> => {
    failed.push(...(await putBack(worker, context, new Map(some.map(key => [key, tried])), reason, true)));
  };
  for (const [index, key] of keys.entries()) {
    try {
      if (index > 0 && Date.now() >= deadline) {
        await back(keys.slice(index), 'time');
        break;
      }
      const { unsettled, advanced, unread } = await syncAlone(worker, context, key, deadline);
      failed.push(...unread.map(({ key: one }) => one));
      await back(unsettled, 'time', advanced.length > 0 ? 0 : attempt);
    } catch (error) {
      if (!(error instanceof ScopeBusyError)) throw error;
      await back(keys.slice(index), error.reason);
      break;
    }
  }
  return new Set(failed);
}

/** Sends keys back as new messages, later. @returns those that were put back too often */
async function putBack(
  worker: Worker,
  context: string,
  attempts: ReadonlyMap<string, number>,
  reason: PutBackReason,
  alone = false,
): Promise<ReadonlySet<string>> {
  const { queueUrl } = worker.context(context);
  const { bucket } = worker.environment;
  const byAttempt = Map.groupBy(attempts, ([, attempt]) => attempt);
  const hopeless = new Set<string>();
  for (const [attempt, entries] of byAttempt) {
    const keys = entries.map(([key]) => key);
    if (isHopeless(attempt)) {
      for (const key of keys) hopeless.add(key);
      log({ level: 'error', event: 'put-back-too-often', context, keys: keys.length, reason });
    } else {
      const body = { attempt: attempt + 1, ...(alone && { alone }) } as const;
      await sendKeys(queueUrl, bucket, keys, putBackDelay(reason, attempt), body);
    }
  }
  if (attempts.size > 0) log({ level: 'info', event: 'put-back', context, keys: attempts.size, reason });
  return hopeless;
}

async function resyncOrPutBack(worker: Worker, context: string, chain: ResyncChain, deadline: number): Promise<void> {
  try {
    await resyncContext(worker, context, chain, deadline);
  } catch (error) {
    // Also a lease that was lost meanwhile: what the resync has done is done, the rest is done by the next.
    const { attempt = 0 } = chain;
    if (!(error instanceof GraphdropError && error.retryable) || isHopeless(attempt)) throw error;
    const delay = putBackDelay(error instanceof ScopeBusyError ? error.reason : 'time', attempt);
    await sendResync(worker.context(context).queueUrl, context, { ...chain, attempt: attempt + 1 }, delay);
  }
}

/** Deletes messages that are done. */
async function done(worker: Worker, context: string, records: readonly SQSRecord[]): Promise<void> {
  const receipts = records.flatMap(({ receiptHandle }) => receiptHandle ?? []);
  await deleteMessages(worker.context(context).queueUrl, receipts).catch(error => warn('message-not-deleted', error));
}

function receives({ attributes }: SQSRecord): number {
  return Number(attributes?.ApproximateReceiveCount ?? 1);
}

function contextOf(worker: Worker, record: SQSRecord): string {
  const queue = record.eventSourceARN.split(':').pop();
  const found = worker.contextNames().find(name => worker.context(name).queueUrl.split('/').pop() === queue);
  if (found === undefined) throw new UnknownBucketError(`no context has the queue ${record.eventSourceARN}`);
  return found;
}
