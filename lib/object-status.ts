import type { RejectedObjectError } from './graph/errors.ts';
import type { ObjectVersion } from './object-version.ts';
import type { Scope } from './scope.ts';
import { listSkipped } from './skipped-records.ts';
import type { ObjectEntry } from './state/object-entry.ts';

/**
 * Notes for people that an object is in the graph as its entry says (null: that it is gone), and lists the records that were
 * left out of it.
 *
 * @param version the version that was read, if it was
 */
export async function noteApplied(
  scope: Scope,
  key: string,
  entry: ObjectEntry | null,
  version?: ObjectVersion | null,
): Promise<void> {
  const skipped = await listSkipped(scope, key, entry, version);
  if (skipped !== null) scope.log({ level: 'warn', event: 'records-skipped', scope: scope.name, key, ...skipped });
  await scope.status.put({
    key,
    state: entry === null ? 'deleted' : 'applied',
    etag: entry?.etag ?? '',
    source: entry?.source ?? '',
    rows: entry?.rows ?? 0,
    ...(skipped !== null && { skipped }),
    at: new Date().toISOString(),
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
      ? status === null || status.state === 'deleted'
      : status?.state === 'applied' && status.etag === entry.etag && status.source === entry.source;
  if (!right) await noteApplied(scope, key, entry, version);
}

/**
 * Notes and logs why an object's newest version was rejected.
 *
 * @param entry of the version that the graph has instead; null: none
 * @param version that version, if it was read
 */
export async function noteRejected(
  scope: Scope,
  key: string,
  { message: reason, problems, lines, counts, by, version: refused }: RejectedObjectError,
  entry: ObjectEntry | null,
  version?: ObjectVersion | null,
): Promise<void> {
  const { name, bucket } = scope;
  scope.log({ level: 'warn', event: 'object-rejected', scope: name, bucket, key, reason, lines, counts });
  const skipped = await listSkipped(scope, key, entry, version);
  await scope.status.put({
    key,
    state: 'rejected',
    ...(entry?.etag && { inForce: entry.etag, inForceSource: entry.source }),
    etag: refused?.etag ?? '',
    ...(refused?.versionId !== undefined && { versionId: refused.versionId }),
    source: scope.sourceOf(key)?.fingerprint ?? '',
    by,
    reason,
    problems,
    lines,
    counts,
    ...(skipped !== null && { skipped }),
    at: new Date().toISOString(),
  });
}
