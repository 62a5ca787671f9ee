import { headObject } from '../bucket/objects.ts';
import { isSameReading } from '../bucket/same-version.ts';
import type { Found } from '../bucket/version-in-force.ts';
import type { Effect } from '../commit/slices.ts';
import type { RejectedObjectError } from '../files/rejection.ts';
import type { ObjectVersion } from '../reconcile/object-version.ts';
import type { Scope } from '../scope.ts';
import type { ObjectEntry } from '../state/object-entry.ts';
import type { ObjectStatus } from '../state/object-status.ts';
import { updateQuarantineList } from './quarantine-list.ts';

/**
 * Notes for people that an object is in the graph as its entry says (null: that it is gone), and lists the records that were
 * left out of it.
 *
 * @param version the version that was read, if it was
 * @param applied what applying it took away and brought
 */
export async function noteApplied(
  scope: Scope,
  key: string,
  entry: ObjectEntry | null,
  version?: ObjectVersion | null,
  { removed = 0, ends }: Partial<Effect> = {},
): Promise<void> {
  const skipped = await updateQuarantineList(scope, key, entry, version);
  const notes = version?.notes ?? [];
  if (notes.length > 0) scope.log({ level: 'warn', event: 'object-noted', scope: scope.name, key, notes });
  if (skipped !== null) scope.log({ level: 'warn', event: 'records-skipped', scope: scope.name, key, ...skipped });
  const now = Date.now();
  const dropped = entry !== null && version?.etag === entry.etag ? version.modified : undefined;
  await scope.status.put({
    key,
    state: entry === null ? 'deleted' : 'applied',
    etag: entry?.etag ?? '',
    source: entry?.source ?? '',
    rows: entry?.rows ?? 0,
    ...(removed > 0 && { removed }),
    ...(ends !== undefined && { undeclaredEnds: ends }),
    ...(skipped !== null && { skipped }),
    ...(notes.length > 0 && { notes }),
    at: new Date(now).toISOString(),
    ...(dropped !== undefined && { lagMs: Math.max(0, now - dropped) }),
  });
}

/**
 * Notes that there was nothing to do. That says something new after a rejected version (it was deleted, or the version
 * before it, which is still in force, was put back), and where a worker died before it noted what it had applied.
 */
export async function noteUpToDate(
  scope: Scope,
  key: string,
  entry: ObjectEntry | null,
  version?: ObjectVersion | null,
): Promise<void> {
  const status = await scope.status.get(key);
  const right =
    entry === null
      ? status === null || status.state === 'deleted' || status.state === 'unmatched'
      : status?.state === 'applied' && isSameReading(status, entry);
  if (!right) await noteApplied(scope, key, entry, version);
}

/**
 * Notes and logs why an object's newest version was rejected.
 *
 * @param entry of the version that the graph has instead; null: none
 * @param version that version, if it was read
 * @param search how far down versions were read
 */
export async function noteRejected(
  scope: Scope,
  key: string,
  error: RejectedObjectError,
  entry: ObjectEntry | null,
  version?: ObjectVersion | null,
  { rejectedDownTo, complete = true }: Partial<Pick<Found, 'rejectedDownTo' | 'complete'>> = {},
): Promise<void> {
  const { name } = scope;
  const { bucket } = scope.objects;
  const { message: reason, lines, counts } = error;
  scope.log({ level: 'warn', event: 'object-rejected', scope: name, bucket, key, reason, lines, counts });
  const skipped = await updateQuarantineList(scope, key, entry, version);
  await scope.status.put({
    ...rejectedStatus(scope, key, error),
    ...(entry?.etag && { inForce: entry.etag, inForceSource: entry.source }),
    rejectedDownTo,
    ...(!complete && { searching: true }),
    ...(skipped !== null && { skipped }),
  });
}

/** Returns the status of an object whose newest version is rejected, without what is in force of it. */
export function rejectedStatus(
  scope: Scope,
  key: string,
  { message: reason, problems, lines, counts, by, version }: RejectedObjectError,
): ObjectStatus {
  return {
    key,
    state: 'rejected',
    etag: version?.etag ?? '',
    ...(version?.versionId !== undefined && { versionId: version.versionId }),
    source: scope.sourceOf(key)?.fingerprint ?? '',
    by,
    reason,
    problems,
    lines,
    counts,
    at: new Date().toISOString(),
  };
}

/** Notes for people why an object could not be read, so that it doesn't keep its scope from settling. */
export async function noteUnread(scope: Scope, key: string, reason: string): Promise<void> {
  const head = await headObject(scope, key).catch(() => null);
  if (head === null) return;
  const { etag, versionId } = head;
  await scope.status.put({
    key,
    state: 'unread',
    etag,
    ...(versionId !== undefined && { versionId }),
    source: scope.sourceOf(key)?.fingerprint ?? '',
    reason,
    at: new Date().toISOString(),
  });
}
