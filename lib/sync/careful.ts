import { headObject } from '../bucket/objects.ts';
import { isSameReading, isSameVersion } from '../bucket/same-version.ts';
import type { ObjectHead } from '../files/object-store.ts';
import { RejectedObjectError } from '../files/rejection.ts';
import type { Scope } from '../scope.ts';
import type { ObjectStatus } from '../state/object-status.ts';
import { rejectedStatus } from './note-status.ts';
import { syncObjects } from './sync.ts';
import type { SyncReport } from './sync-report.ts';

/** Workers that may die of one version of an object, read by one source, before it is rejected. */
const MOST_DEATHS = 3;

/**
 * Syncs an object that a worker may have died of: out of memory, or out of time. Its status says so before it is read, and no more
 * when that has ended in whatever way but by the worker's death. What has killed three workers is rejected with that reason, until it
 * or the flow changes.
 *
 * @throws what `syncObjects` does
 */
export async function syncCarefully(scope: Scope, key: string, deadline: number): Promise<SyncReport> {
  const head = await headObject(scope, key).catch(() => null);
  const fingerprint = scope.sourceOf(key)?.fingerprint;
  if (head === null || fingerprint === undefined) return await syncObjects(scope, [key], deadline);
  const before = await scope.status.get(key);
  const begun = before?.begun;
  const isOfNow = isSameVersion(begun ?? {}, head) && isSameReading(begun, { etag: head.etag, source: fingerprint });
  const deaths = isOfNow ? (begun?.times ?? 0) : 0;
  if (deaths >= MOST_DEATHS) {
    await scope.status.put(rejectedStatus(scope, key, deadly(scope, key, head, deaths)));
    return await syncObjects(scope, [key], deadline);
  }
  const { etag, versionId } = head;
  const mark = { etag, ...(versionId !== undefined && { versionId }), source: fingerprint, times: deaths + 1 };
  await scope.status.put({ ...(before ?? unknown(key, head, fingerprint)), begun: mark });
  try {
    return await syncObjects(scope, [key], deadline);
  } finally {
    await unmark(scope, key).catch(() => {}); // counted once too often is no harm
  }
}

/** Takes the mark away, where no new status has replaced it. */
async function unmark(scope: Scope, key: string): Promise<void> {
  const status = await scope.status.get(key);
  if (status?.begun === undefined) return;
  const { begun: _, ...rest } = status;
  await scope.status.put(rest);
}

function unknown(key: string, { etag, versionId }: ObjectHead, source: string): ObjectStatus {
  const reason = 'it is being read once more: messages with it came back, as they do when a worker dies';
  const version = { etag, ...(versionId !== undefined && { versionId }) };
  return { key, state: 'unread', ...version, source, reason, at: new Date().toISOString() };
}

function deadly(scope: Scope, key: string, { etag, versionId }: ObjectHead, deaths: number): RejectedObjectError {
  const problem =
    `${deaths} workers died while they read it: out of memory, or out of time; give the functions more memorySize or a longer timeout ` +
    'and put it again, or split it';
  const options = { by: 'worker', version: { etag, versionId } } as const;
  return new RejectedObjectError({ bucket: scope.objects.bucket, key }, [{ problem }], options);
}
