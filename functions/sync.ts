import middy from '@middy/core';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { parseMessageBody, parseRequest, type SyncRequest } from '../lib/files/s3-event.ts';
import { GraphdropError } from '../lib/graph/errors.ts';
import { ScopeBusyError } from '../lib/lease.ts';
import { type ResyncReport, resync } from '../lib/resync.ts';
import { type SyncReport, syncObjects } from '../lib/sync.ts';
import { log } from './log.ts';
import { publishRejections } from './rejection-events.ts';
import { sendKeys, sendResync } from './sync-queue.ts';
import { Worker } from './worker.ts';

/** An event speaks of a bucket that isn't this stack's. */
export class UnknownBucketError extends GraphdropError {
  readonly code = 'UNKNOWN_BUCKET';
}

/** Some objects could not be read; whatever else was asked for is done. */
export class UnreadObjectsError extends GraphdropError {
  readonly code = 'UNREAD_OBJECTS';
  override readonly retryable = true;

  constructor({ scope, unread }: SyncReport) {
    const [first] = unread;
    const more = unread.length > 1 ? ` (and ${unread.length - 1} more: see the log)` : '';
    super(`${scope}: ${first?.key} could not be read: ${first?.reason}${more}`);
  }
}

/** What a direct invocation answers. */
export interface SyncAnswer {
  readonly reports: readonly (SyncReport | ResyncAnswer)[];
}

/** A resync's report, its keys only counted: there may be millions. */
export type ResyncAnswer = Omit<ResyncReport, 'outdated'> & { readonly queued: number };

/** Seconds until messages come back that found another worker committing; random, so that they don't come together. */
const BUSY_DELAY = { min: 3, spread: 12 };

/** Seconds until a resync looks again whether a replaced database is back to what the files say. */
const RESYNC_DELAY = 60;

/** Of the time that an invocation has, what may pass before it begins something new; the rest is for what is under way. */
const SHARE_TO_BEGIN = 2 / 3;

const worker = new Worker();

/**
 * Makes the graph follow objects. Takes SQS batches (EventBridge or direct S3 events, or requests, in the body), the same
 * events bare, `{ bucket, keys }`, and `{ resync: true, context? }`.
 */
export const handler = middy()
  .onError(({ error, event }) => {
    const { name, message, code } = (error ?? {}) as Error & { code?: string };
    log({ level: 'error', event: 'sync-failed', error: { name, message, code }, records: recordsOf(event)?.length });
  })
  .handler(async (event: unknown, invocation: Context): Promise<SQSBatchResponse | SyncAnswer> => {
    const deadline = Date.now() + SHARE_TO_BEGIN * invocation.getRemainingTimeInMillis();
    await worker.refresh();
    const records = recordsOf(event);
    return records === null ? await syncNow(parseRequest(event), deadline) : await syncMessages(records, deadline);
  });

/** A direct invocation: fails as a whole if a scope fails, after all have been tried. */
async function syncNow(request: SyncRequest, deadline: number): Promise<SyncAnswer> {
  const contexts =
    request.kind === 'resync' && request.context !== undefined ? [request.context] : worker.contextNames();
  const settled = await Promise.allSettled(
    contexts.map(context =>
      request.kind === 'resync' ? resyncContext(context) : syncAll(context, keysOf(request), deadline),
    ),
  );
  const failed = settled.find(result => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return { reports: settled.map(result => (result as PromiseFulfilledResult<SyncReport | ResyncAnswer>).value) };
}

/** @throws UnreadObjectsError */
async function syncAll(context: string, keys: readonly string[], deadline: number): Promise<SyncReport> {
  const report = await syncContext(context, keys, deadline);
  if (report.unread.length > 0) throw new UnreadObjectsError(report);
  return report;
}

/** Messages of queues: each scope by itself, so that one that fails leaves the others alone. */
async function syncMessages(records: readonly SQSRecord[], deadline: number): Promise<SQSBatchResponse> {
  const failed = new Set<SQSRecord>();
  const scopes = new Map<string, { messages: Map<SQSRecord, readonly string[]>; resync: boolean }>();
  for (const record of records) {
    try {
      const context = contextOf(record);
      const request = parseMessageBody(record.body);
      const keys = request.kind === 'resync' ? [] : keysOf(request);
      const scope = scopes.get(context) ?? { messages: new Map(), resync: false };
      scopes.set(context, scope);
      if (request.kind === 'resync') scope.resync = true;
      scope.messages.set(record, keys);
    } catch (error) {
      // Nobody can make sense of it: SQS hands it to the dead-letter queue in the end, where a person can.
      log({ level: 'error', event: 'message-refused', message: record.messageId, error: String(error) });
      failed.add(record);
    }
  }
  await Promise.all(
    [...scopes].map(async ([context, { messages, resync: all }]) => {
      try {
        const unread = await syncOrPutBack(context, [...new Set([...messages.values()].flat())], deadline);
        for (const [message, keys] of messages) if (keys.some(key => unread.has(key))) failed.add(message);
        if (all) await resyncOrPutBack(context);
      } catch (error) {
        log({ level: 'error', event: 'scope-failed', context, error: describe(error), messages: messages.size });
        for (const message of messages.keys()) failed.add(message);
      }
    }),
  );
  return { batchItemFailures: [...failed].map(({ messageId }) => ({ itemIdentifier: messageId })) };
}

/**
 * Waiting for another worker must never use up a message's receive count (it would end among the dead letters without
 * anything being wrong), so the keys go back as new messages, later.
 *
 * @returns keys that could not be read
 */
async function syncOrPutBack(context: string, keys: readonly string[], deadline: number): Promise<ReadonlySet<string>> {
  if (keys.length === 0) return new Set();
  const { queueUrl } = worker.context(context);
  const { bucket } = worker.environment;
  try {
    const { unsettled, unread } = await syncContext(context, keys, deadline);
    await sendKeys(queueUrl, bucket, unsettled, delay());
    return new Set(unread.map(({ key }) => key));
  } catch (error) {
    if (!(error instanceof ScopeBusyError)) throw error;
    await sendKeys(queueUrl, bucket, keys, delay());
    log({ level: 'info', event: 'put-back', context, keys: keys.length, reason: error.message });
    return new Set();
  }
}

async function resyncOrPutBack(context: string): Promise<void> {
  try {
    await resyncContext(context);
  } catch (error) {
    // Also a lease that was lost meanwhile: what the resync has done is done, the rest is done by the next.
    if (!(error instanceof GraphdropError && error.retryable)) throw error;
    await sendResync(worker.context(context).queueUrl, context, delay());
  }
}

async function syncContext(context: string, keys: readonly string[], deadline: number): Promise<SyncReport> {
  const report = await worker.withScope(context, scope => syncObjects(scope, keys, deadline));
  await publishRejections(worker.environment.bucket, report);
  log({ level: 'info', event: 'synced', ...report, rejected: report.rejected.length, unread: report.unread.length });
  if (report.replaced) await sendResync(worker.context(context).queueUrl, context);
  return report;
}

async function resyncContext(context: string): Promise<ResyncAnswer> {
  const { queueUrl } = worker.context(context);
  const { outdated, ...found } = await worker.withScope(context, resync);
  await sendKeys(queueUrl, worker.environment.bucket, outdated);
  if (found.again) await sendResync(queueUrl, context, RESYNC_DELAY);
  const answer = { ...found, queued: outdated.length };
  log({ level: 'info', event: 'resynced', ...answer });
  return answer;
}

function keysOf(request: SyncRequest & { kind: 'objects' }): string[] {
  const { bucket } = worker.environment;
  const other = request.objects.find(object => object.bucket !== bucket);
  if (other !== undefined) {
    throw new UnknownBucketError(`got an event of bucket ${other.bucket}; this stack follows ${bucket}`);
  }
  return request.objects.map(({ key }) => key);
}

function contextOf(record: SQSRecord): string {
  const queue = record.eventSourceARN.split(':').pop();
  const found = worker.contextNames().find(name => worker.context(name).queueUrl.split('/').pop() === queue);
  if (found === undefined) throw new UnknownBucketError(`no context has the queue ${record.eventSourceARN}`);
  return found;
}

function recordsOf(event: unknown): SQSRecord[] | null {
  const records = (event as Partial<SQSEvent> | null)?.Records;
  return Array.isArray(records) && records[0]?.eventSource === 'aws:sqs' ? records : null;
}

function delay(): number {
  return BUSY_DELAY.min + Math.floor(Math.random() * BUSY_DELAY.spread);
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
