import { deathsOf, MOST_DEATHS, markedWhile } from '../bucket/deadly-version.ts';
import { headObject } from '../bucket/objects.ts';
import { isSameVersion } from '../bucket/same-version.ts';
import type { ObjectHead } from '../files/object-store.ts';
import { RejectedObjectError } from '../files/rejection.ts';
import type { Scope } from '../scope.ts';
import type { ObjectStatus } from '../state/object-status.ts';
import { rejectedStatus } from './note-status.ts';
import { syncObjects } from './sync.ts';
import type { SyncReport } from './sync-report.ts';

/**
 * Syncs an object that a worker may have died of, with that noted in its status. What has killed three workers is rejected with that
 * reason, until it or the flow changes; of the versions below it each is read as carefully (see `findInForce`).
 *
 * @throws what `syncObjects` does
 */
export async function syncCarefully(scope: Scope, key: string, deadline: number): Promise<SyncReport> {
  const sync = async () => await syncObjects(scope, [key], deadline);
  const head = await headObject(scope, key).catch(() => null);
  const source = scope.sourceOf(key)?.fingerprint;
  if (head === null || source === undefined) return await sync();
  const status = await scope.status.get(key);
  // It isn't read any more: a mark is of a version below it.
  const isDeadly = status?.state === 'rejected' && status.by === 'worker';
  if (isDeadly && isSameVersion(status, head) && status.source === source) return await sync();
  const deaths = deathsOf(scope, key, head, status);
  if (deaths >= MOST_DEATHS) {
    await scope.status.put(rejectedStatus(scope, key, deadly(scope, key, head, deaths)));
    return await sync();
  }
  return await markedWhile(scope, key, head, status ?? unknown(key, head, source), sync);
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
