import { GraphdropError } from '../errors.ts';
import type { Scope } from '../scope.ts';
import { syncCarefully } from '../sync/careful.ts';
import { type HeldBack, RESYNC_HELD_BACK } from '../sync/held-back.ts';
import { type ResyncReport, resync } from '../sync/resync.ts';
import { syncObjects } from '../sync/sync.ts';
import type { SyncReport } from '../sync/sync-report.ts';
import { log } from './log.ts';
import { publishNotes, publishRejections } from './rejection-events.ts';
import { isDue, queuedAt, type ResyncChain } from './resync-chain.ts';
import type { SyncRequest } from './s3-event.ts';
import { countSync } from './sync-metrics.ts';
import { sendKeys, sendResync } from './sync-queue.ts';
import type { Worker } from './worker.ts';

/** An event speaks of a bucket or queue that isn't this stack's. */
export class UnknownBucketError extends GraphdropError {
  readonly code = 'UNKNOWN_BUCKET';
}

/** A resync's report, its keys only counted: there may be millions. */
export interface ResyncAnswer extends Omit<ResyncReport, 'outdated' | 'next'> {
  readonly queued: number;
  /** Whether the rest follows by messages of the scope's queue: it takes longer than an invocation has. */
  readonly continues: boolean;
}

/** Seconds until a resync looks again whether a replaced database is back to what the files say. */
const RESYNC_DELAY = 60;

/** Syncs objects of one context, tells about rejections, and asks for a resync where the database was replaced. */
export async function syncContext(
  worker: Worker,
  context: string,
  keys: readonly string[],
  deadline: number,
): Promise<SyncReport> {
  return await reported(worker, context, scope => syncObjects(scope, keys, deadline));
}

/** Syncs an object that a worker may have died of. */
export async function syncAlone(worker: Worker, context: string, key: string, deadline: number): Promise<SyncReport> {
  return await reported(worker, context, scope => syncCarefully(scope, key, deadline));
}

async function reported(
  worker: Worker,
  context: string,
  sync: (scope: Scope) => Promise<SyncReport>,
): Promise<SyncReport> {
  const report = await worker.withScope(context, sync);
  await publishRejections(worker.environment.bucket, report);
  await publishNotes(worker.environment.bucket, report);
  log({
    level: 'info',
    event: 'synced',
    ...report,
    rejected: report.rejected.length,
    noted: report.noted.length,
    unread: report.unread.length,
    unsettled: report.unsettled.length,
  });
  countSync(report);
  if (report.replaced) await sendResync(worker.context(context).queueUrl, context);
  return report;
}

/**
 * Looks at every object of one context, and queues those that are out of date as it finds them. What time is too short for is left
 * to a message.
 */
export async function resyncContext(
  worker: Worker,
  context: string,
  chain: ResyncChain,
  deadline: number,
): Promise<ResyncAnswer> {
  const { queueUrl } = worker.context(context);
  const { bucket } = worker.environment;
  const due = isDue(chain.queued, Date.now());
  let queued = 0;
  const queue = async (keys: readonly string[]): Promise<void> => {
    if (due) await sendKeys(queueUrl, bucket, keys);
    queued += due ? keys.length : 0;
  };
  const { attempt: _, position: from, ...rest } = chain;
  const { confirm: confirmed = false } = rest;
  const report = await worker.withScope(context, scope => resync(scope, { from, deadline, confirmed, queue }));
  const { outdated: __, next, ...found } = report;
  if (next !== null) await sendResync(queueUrl, context, { ...rest, position: next });
  else if (found.again) {
    const again = due ? { ...rest, queued: queuedAt(chain.queued, Date.now()) } : rest;
    await sendResync(queueUrl, context, again, RESYNC_DELAY);
  }
  if (found.heldBack !== null)
    log({ level: 'error', event: RESYNC_HELD_BACK, context, ...told(found.heldBack, context) });
  const answer = { ...found, queued, continues: next !== null };
  log({ level: 'info', event: 'resynced', ...answer });
  return answer;
}

function told(held: HeldBack, context: string): HeldBack & { readonly message: string } {
  const { objects, rows, of } = held;
  const what =
    objects === null
      ? `${rows} of ${of} rows of the graph that no file declares`
      : `${rows} of ${of} rows, of ${objects} objects that the bucket no longer has`;
  const message =
    `the resync would remove ${what}: it waits for a person. Is this the right bucket, and the right database? If they are to go, ` +
    `invoke the sync function with {"resync":true,"context":${JSON.stringify(context)},"confirm":true}`;
  return { ...held, message };
}

/** Returns the keys a request names. @throws UnknownBucketError where one is of another bucket */
export function keysOf({ environment }: Worker, request: SyncRequest & { kind: 'objects' }): string[] {
  const { bucket } = environment;
  const other = request.objects.find(object => object.bucket !== bucket);
  if (other !== undefined) {
    throw new UnknownBucketError(`got an event of bucket ${other.bucket}; this stack follows ${bucket}`);
  }
  return request.objects.map(({ key }) => key);
}
