import pMap from 'p-map';
import { listedLooks } from '../bucket/listed-looks.ts';
import { headObject, type ObjectLook } from '../bucket/objects.ts';
import { isSameContent, isSameVersion } from '../bucket/same-version.ts';
import type { LatestVersion } from '../files/object-store.ts';
import type { ObjectChange } from '../reconcile/object-diff.ts';
import type { Scope } from '../scope.ts';

/**
 * Looks again, under the lease, at objects that were read before: at all together, and at each by itself for which that isn't enough.
 *
 * @param renew renews the lease
 * @returns keys of objects that have changed since they were read
 */
export async function changedMeanwhile(
  scope: Scope,
  changes: readonly ObjectChange[],
  renew: () => Promise<void>,
): Promise<ReadonlySet<string>> {
  scope.lakes.forget();
  const keys = changes.map(({ key }) => key);
  const listed = await listedLooks(scope, keys, renew);
  const open = changes.filter(change => !isLatest(listed.get(change.key), change));
  const look = async (change: ObjectChange): Promise<string | null> => {
    await renew();
    return isPresent(await headObject(scope, change.key), change) ? null : change.key;
  };
  const changed = await pMap(open, look, { concurrency: 32 });
  return new Set(changed.filter(key => key !== null));
}

/**
 * Tells whether a listing shows that an object is as it was read. Only a version's id says so: equal bytes may be put again with
 * another content type, which no listing tells.
 */
function isLatest(listed: LatestVersion | null | undefined, { version, rejection }: ObjectChange): boolean {
  if (listed === undefined || rejection?.by === 'table') return false;
  const name = rejection === undefined ? version : rejection.version;
  if (name === null) return listed === null;
  return name?.versionId !== undefined && listed !== null && isSameVersion(listed, name);
}

/** The same content will do, but what is in force under a rejected version may be another each time that one is put. */
function isPresent(head: ObjectLook | null, { version, rejection }: ObjectChange): boolean {
  if ((head?.table !== undefined) !== (rejection?.by === 'table')) return false;
  if (rejection?.version !== undefined) return head !== null && isSameVersion(head, rejection.version);
  return isSameContent(head, version);
}
