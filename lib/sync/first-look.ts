import pMap from 'p-map';
import { listedLooks } from '../bucket/listed-looks.ts';
import { headObject, type ObjectLook } from '../bucket/objects.ts';
import { isUpToDate } from '../bucket/same-version.ts';
import type { LatestVersion } from '../files/object-store.ts';
import type { Scope } from '../scope.ts';
import type { Head } from '../state/head.ts';
import type { ObjectEntry } from '../state/object-entry.ts';
import { trackedEntries } from '../state/tracked-entries.ts';
import type { ObjectToRead } from './object-reads.ts';
import { unlessMissing } from './unless-missing.ts';

/**
 * Bytes up to which a listed object is taken for uncompressed, which no listing tells: what is larger is worth a look. Rows beyond an
 * eighth of the memory for them are spooled, whatever they were thought to take.
 */
const SMALL = 512 * 1024;

type Entries = ReadonlyMap<string, ObjectEntry>;

/** What a look at some objects found. */
export interface FirstLook {
  /** Keys of objects that are up to date, with what tracked state has of each. */
  readonly upToDate: ReadonlyMap<string, ObjectEntry | null>;
  readonly outdated: readonly ObjectToRead[];
}

/**
 * Tells which objects are up to date, without the lease. The order makes it safe: first the object, then head. If no lease is
 * held and nothing is pending, no commit is in flight that could turn the state back to an older look.
 *
 * A listing says enough of most that are out of date. What tracked state had when it was listed only tells which those are: what is
 * looked at by itself is compared with what it has afterwards.
 */
export async function firstLook(scope: Scope, keys: readonly string[]): Promise<FirstLook> {
  scope.lakes.forget();
  const listed = await listedLooks(scope, keys);
  const before = listed.size === 0 ? undefined : await entriesAtRest(scope, keys);
  const open = keys.filter(key => before === undefined || !saysEnough(listed.get(key), before?.get(key)));
  // What can't be looked at is not up to date: reading it says why.
  const looks = await pMap(open, async key => await headObject(scope, key).catch(() => undefined), { concurrency: 32 });
  const heads = new Map(open.map((key, index) => [key, looks[index]]));
  const entries = before === undefined || open.length > 0 ? await entriesAtRest(scope, keys) : before;
  const upToDate = new Map<string, ObjectEntry | null>();
  const outdated: ObjectToRead[] = [];
  for (const key of keys) {
    const found = heads.has(key) ? heads.get(key) : (listed.get(key) ?? null);
    const entry = entries?.get(key);
    if (entries !== null && isWhole(found) && isUpToDate(scope, key, found, entry)) upToDate.set(key, entry ?? null);
    else {
      const compareWith = entries === null ? 'tracked' : (entry ?? 'nothing');
      outdated.push({ key, head: found && { contentEncoding: '', ...found }, compareWith });
    }
  }
  return { upToDate, outdated };
}

/** Tells whether no commit is under way, nor could be, of one that looked at objects before. */
export function isAtRest(head: Head | null): boolean {
  return head === null || (head.holder === null && head.pending === null);
}

/** Reads what tracked state has of objects; null: a commit is under way, or the state may be begun anew. */
async function entriesAtRest(scope: Scope, keys: readonly string[]): Promise<Entries | null> {
  const head = await scope.head.read();
  if (!isAtRest(head)) return null;
  return await trackedEntries(scope, head?.root ?? '', keys).catch(unlessMissing);
}

/** Tells whether a listing shows that an object is out of date, or gone, and how large it is. Content type and encoding it doesn't tell. */
function saysEnough(listed: LatestVersion | null | undefined, entry: ObjectEntry | undefined): boolean {
  if (listed === undefined || listed === null) return listed === null;
  return listed.size <= SMALL && listed.etag !== entry?.etag;
}

/** Tells whether a look says all that content is compared by. */
function isWhole(look: ObjectLook | LatestVersion | null | undefined): look is ObjectLook | null {
  return look === null || (look !== undefined && 'contentType' in look);
}
