import { headObject, isUpToDate, readVersion, versionsOf } from './bucket.ts';
import { RejectedObjectError } from './graph/errors.ts';
import type { ObjectChange } from './object-edit.ts';
import type { ObjectVersion, VersionName } from './object-version.ts';
import type { Scope } from './scope.ts';
import type { ObjectEntry } from './state/object-entry.ts';

/** Older versions that are read in search of an acceptable one, before the object is left as it is tracked. */
const MAX_VERSIONS = 100;

/**
 * What is in force of an object whose newest version is rejected: the newest one before it that its source accepts. A delete
 * marker among them ends the search: the object is gone. So what is in force follows from the bucket's versions, not from
 * which of them somebody happened to look at. Where no older version is left in the bucket, an object stays as it is
 * tracked; slices of a version that is not acceptable go.
 *
 * @param sure whether that is so: no commit is under way that may replace what is tracked. If not, what is in force is
 *   returned also if it seems to be tracked, to be compared with the lease held
 * @param below the oldest version that is known not to do; undefined: none can be told
 * @returns null: the object is as tracked state has it
 */
export async function fallBack(
  scope: Scope,
  key: string,
  rejection: RejectedObjectError,
  tracked: ObjectEntry | undefined,
  sure: boolean,
  below: VersionName | undefined = rejection.version,
): Promise<ObjectChange | null> {
  const found = below === undefined ? undefined : await versionBelow(scope, key, below, sure ? tracked : undefined);
  const version = found === undefined ? (tracked?.etag ? 'tracked' : null) : found;
  if (version === 'tracked') return null;
  if (version === null && tracked === undefined && (sure || found === undefined)) return null;
  return { key, version, rejection };
}

/** @returns null: it was deleted before; undefined: no version before is acceptable */
async function versionBelow(
  scope: Scope,
  key: string,
  below: VersionName,
  tracked: ObjectEntry | undefined,
): Promise<ObjectVersion | null | 'tracked' | undefined> {
  let older = false;
  let tries = 0;
  for await (const { versionId, etag, deleted } of versionsOf(scope, key)) {
    if (!older) {
      older = versionId === below.versionId && etag === below.etag;
      continue;
    }
    if (deleted) return null;
    if (tracked?.etag === etag && isUpToDate(scope, key, await headObject(scope, key, versionId), tracked)) {
      return 'tracked';
    }
    if (++tries > MAX_VERSIONS) break;
    const version = await readVersion(scope, key, versionId).catch(unlessRejected);
    if (version !== null) return version;
  }
  return undefined;
}

export function unlessRejected(error: unknown): null {
  if (error instanceof RejectedObjectError) return null;
  throw error;
}
