import type { RejectedObjectError } from './graph/errors.ts';
import type { Scope } from './scope.ts';
import type { ObjectEntry } from './state/object-entry.ts';

/** Notes for people that an object is in the graph as its entry says; null: that it is gone. */
export async function noteApplied(scope: Scope, key: string, entry: ObjectEntry | null): Promise<void> {
  await scope.status.put({
    key,
    state: entry === null ? 'deleted' : 'applied',
    etag: entry?.etag ?? '',
    source: entry?.source ?? '',
    rows: entry?.rows ?? 0,
    at: new Date().toISOString(),
  });
}

/**
 * Notes that there was nothing to do. That says something new after a rejected version (it was deleted, or the version
 * before it, which is still in force, was put back), and where a worker died before it noted what it had applied.
 */
export async function noteUpToDate(scope: Scope, key: string, entry: ObjectEntry | null): Promise<void> {
  const status = await scope.status.get(key);
  const right =
    entry === null ? status?.state !== 'rejected' : status?.state === 'applied' && status.etag === entry.etag;
  if (!right) await noteApplied(scope, key, entry);
}

/**
 * Notes and logs why an object's newest version was rejected.
 *
 * @param inForce ETag of the version that the graph has instead; undefined: none
 */
export async function noteRejected(
  scope: Scope,
  key: string,
  { message: reason, problems, by, version }: RejectedObjectError,
  inForce: string | undefined,
): Promise<void> {
  const { name, bucket } = scope;
  scope.log({ level: 'warn', event: 'object-rejected', scope: name, bucket, key, reason, problems });
  await scope.status.put({
    key,
    state: 'rejected',
    ...(inForce && { inForce }),
    etag: version?.etag ?? '',
    ...(version?.versionId !== undefined && { versionId: version.versionId }),
    source: scope.sourceOf(key)?.fingerprint ?? '',
    by,
    reason,
    problems,
    at: new Date().toISOString(),
  });
}
