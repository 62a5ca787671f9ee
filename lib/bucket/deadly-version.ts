import type { VersionName } from '../files/object-store.ts';
import type { Scope } from '../scope.ts';
import type { ObjectStatus } from '../state/object-status.ts';
import { isSameReading, isSameVersion } from './same-version.ts';

/** Workers that may die of one version of an object, read by one source, before it is rejected. */
export const MOST_DEATHS = 3;

/** Returns how many workers have died of a version, by the object's status: those that began it and never came to say how it ended. */
export function deathsOf(
  scope: Scope,
  key: string,
  { etag, versionId }: VersionName,
  status: ObjectStatus | null,
): number {
  const begun = status?.begun;
  const isOfNow =
    isSameVersion(begun ?? {}, { etag, versionId }) &&
    isSameReading(begun, { etag, source: scope.sourceOf(key)?.fingerprint });
  return isOfNow ? (begun?.times ?? 0) : 0;
}

/**
 * Works on a version that a worker may die of: out of memory, or out of time. The object's status says so before, and no more when
 * the work has ended in whatever way but by the worker's death.
 *
 * @param status what it says of the object apart from that
 */
export async function markedWhile<T>(
  scope: Scope,
  key: string,
  { etag, versionId }: VersionName,
  status: ObjectStatus,
  work: () => Promise<T>,
): Promise<T> {
  const times = deathsOf(scope, key, { etag, versionId }, status) + 1;
  const source = scope.sourceOf(key)?.fingerprint ?? '';
  await scope.status.put({ ...status, begun: { etag, ...(versionId !== undefined && { versionId }), source, times } });
  try {
    return await work();
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
