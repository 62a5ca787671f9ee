import type { ListedVersion, VersionName } from '../files/object-store.ts';
import { RejectedObjectError } from '../files/rejection.ts';
import type { ObjectChange } from '../reconcile/object-diff.ts';
import type { Scope } from '../scope.ts';
import type { ObjectEntry } from '../state/object-entry.ts';
import { deathsOf, MOST_DEATHS, markedWhile } from './deadly-version.ts';
import { headObject, readUnguarded, readVersion } from './objects.ts';
import { readInTime } from './read-in-time.ts';
import { isSameVersion, isUpToDate } from './same-version.ts';

/** Older versions that one search reads. */
const MAX_READS = 100;

/** A search for the version in force under a rejected one. */
export interface Search {
  readonly key: string;
  /** Why the newest version is rejected. */
  readonly rejection: RejectedObjectError;
  /** What tracked state has of the object. */
  readonly tracked: ObjectEntry | undefined;
  /**
   * Whether `tracked` is certain: no commit is under way that may replace it. If it isn't, the version in force is returned even if
   * it seems to be tracked already, and compared again under the lease.
   */
  readonly sure: boolean;
  /** Where the database refuses a version: that version, to search below it, and how far the search had come before. */
  readonly refused?: { readonly version: VersionName | undefined; readonly rejectedDownTo: VersionName | undefined };
  /** When to stop (ms since 1970); one version is read in any case. Default: none. */
  readonly deadline?: number;
}

/** The outcome of a search. */
export interface Found {
  /** What is in force; null: the object is as tracked state has it, or the search isn't complete. */
  readonly change: ObjectChange | null;
  /** False: time was up, or too many versions were read. Another search goes on where this one stopped. */
  readonly complete: boolean;
  /**
   * How far down the versions are known to be bad: every version from the newest to this one is rejected by the source. If the
   * search isn't complete, versions that the database refused count too.
   */
  readonly rejectedDownTo: VersionName | undefined;
}

/**
 * Finds what is in force of an object whose newest version is rejected: the newest one before it that its source accepts. A
 * delete marker among them ends the search: the object is gone. So what is in force follows from the bucket's versions alone.
 * Where no acceptable version is left, the object stays as it is tracked; slices of a rejected version are removed.
 * Below a version that lacks rows, the guard has found the one in force already.
 *
 * Versions that the same source rejected at an earlier look are not read again: the object's status says how far down they go.
 */
export async function findInForce(scope: Scope, search: Search): Promise<Found> {
  const { key, rejection, tracked, sure, refused, deadline = Number.POSITIVE_INFINITY } = search;
  const below = refused === undefined ? rejection.version : refused.version;
  // What three workers died of isn't read again either, while the source is the same.
  const byReading = refused === undefined && (rejection.by === 'content' || rejection.by === 'worker');
  let lowest = below;
  let shrunk = refused === undefined && rejection.by === 'shrink' ? rejection : null;
  let reads = 0;
  // Below a version that the database refuses, this look has read one already.
  let advanced = refused !== undefined;
  const knownDownTo = () => (byReading ? lowest : refused?.rejectedDownTo);
  const found = (change: ObjectChange | null): Found => {
    const rejectedDownTo = knownDownTo();
    return { change: change && { ...change, rejectedDownTo }, complete: true, rejectedDownTo };
  };
  // Of a table's file no version is: it must not matter whether the file or the log came first.
  if (rejection.by === 'table') return found(tracked === undefined && sure ? null : { key, version: null, rejection });
  for await (const listed of below === undefined ? [] : versionsBelow(scope, key, below)) {
    const { versionId, etag, deleted } = listed;
    if (deleted) return found(tracked === undefined && sure ? null : { key, version: null, rejection });
    if (shrunk !== null && !isSameVersion(listed, shrunk.inForce ?? {})) continue;
    if (listed.rejected) {
      advanced = false;
    } else {
      if (sure && tracked?.etag === etag) {
        if (isUpToDate(scope, key, await headObject(scope, key, versionId), tracked)) return found(null);
      }
      if (shrunk === null && advanced && (reads === MAX_READS || Date.now() >= deadline)) {
        return { change: null, complete: false, rejectedDownTo: lowest };
      }
      reads += 1;
      advanced = true;
      const readOne = shrunk === null ? readVersion : readUnguarded;
      const read = async () => {
        const reading = readInTime(key, deadline, signal => readOne(scope, key, versionId, { signal }));
        return await reading.catch(error => {
          if (!(error instanceof RejectedObjectError)) throw error;
          if (error.by === 'shrink') shrunk = error;
          return null;
        });
      };
      const version =
        rejection.by === 'worker' ? await unlessDeadly(scope, key, listed, knownDownTo(), read) : await read();
      if (version !== null) return found({ key, version, rejection });
      // That it lacks rows need not stay so: a later look is to read it again.
      if (shrunk !== null) continue;
    }
    lowest = { versionId, etag };
  }
  // Without versions, the slices are all that is left of the rows that the newest one lacks.
  return found(tracked?.etag === '' && shrunk === null ? { key, version: null, rejection } : null);
}

/**
 * Reads a version below one that workers died of, as carefully as that one.
 *
 * @param above the version down to which all are rejected; undefined: it isn't known
 * @returns null also where three workers died of it
 */
async function unlessDeadly<T>(
  scope: Scope,
  key: string,
  version: VersionName,
  above: VersionName | undefined,
  read: () => Promise<T | null>,
): Promise<T | null> {
  const status = await scope.status.get(key);
  if (status === null) return await read();
  if (deathsOf(scope, key, version, status) >= MOST_DEATHS) return null;
  return await markedWhile(scope, key, version, { ...status, rejectedDownTo: above }, read);
}

/**
 * Lists the versions below one. Of those that the object's status knows to be rejected only the oldest is listed, as such.
 */
async function* versionsBelow(
  scope: Scope,
  key: string,
  below: VersionName,
): AsyncGenerator<ListedVersion & { readonly rejected?: true }> {
  let known = await knownRejected(scope, key);
  for (let position: VersionName | null = below; position !== null; ) {
    if (known !== null && isSameVersion(position, known.from)) {
      position = known.to;
      known = null;
      yield { ...position, deleted: false, rejected: true };
    }
    // Without ids, the listing begins with the newest.
    let older = position.versionId !== undefined;
    let next: VersionName | null = null;
    for await (const listed of scope.objects.versions(key, position.versionId)) {
      if (!older) older = isSameVersion(listed, position);
      else if (known !== null && isSameVersion(listed, known.from)) {
        next = listed;
        break;
      } else yield listed;
    }
    position = next;
  }
}

/** Reads from the status which versions need not be read again; null: none is known. */
async function knownRejected(
  scope: Scope,
  key: string,
): Promise<{ readonly from: VersionName; readonly to: VersionName } | null> {
  const status = await scope.status.get(key);
  if (status?.state !== 'rejected' || status.source !== scope.sourceOf(key)?.fingerprint) return null;
  const { etag, versionId, rejectedDownTo: to } = status;
  return versionId === undefined || to === undefined ? null : { from: { etag, versionId }, to };
}
