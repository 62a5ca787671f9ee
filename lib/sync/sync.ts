import pMap from 'p-map';
import { HangingReadError } from '../bucket/read-in-time.ts';
import { findInForce, type Search } from '../bucket/version-in-force.ts';
import { commitChanges } from '../commit/committer.ts';
import { requireOpen, ScopeBusyError } from '../commit/lease.ts';
import { StoreUnavailableError } from '../errors.ts';
import { ObjectUnreadableError } from '../files/object-store.ts';
import { RejectedObjectError } from '../files/rejection.ts';
import type { Count } from '../neo4j/statements/statement.ts';
import type { ObjectChange } from '../reconcile/object-diff.ts';
import type { Scope } from '../scope.ts';
import type { ObjectEntry } from '../state/object-entry.ts';
import { trackedEntries } from '../state/tracked-entries.ts';
import { firstLook, isAtRest } from './first-look.ts';
import { GivenObjects, type NoteObject } from './given-objects.ts';
import { knownRejections } from './known-rejections.ts';
import { filesBesideLogs, movedMeanwhile } from './lake-files.ts';
import { noteApplied, noteRejected, noteUnread, noteUpToDate } from './note-status.ts';
import { ObjectReads, type ObjectToRead, PARALLEL_READS } from './object-reads.ts';
import { emptyReport, type SyncReport, type Unread } from './sync-report.ts';
import { unlessMissing } from './unless-missing.ts';
import { noteUnmatched } from './unmatched-keys.ts';

/** Times an object that changes while it is read is read again before it is left to a later look. */
const MAX_ROUNDS = 4;

/** Milliseconds after which a read that has not ended hangs, or is of an object that is too large for an invocation. */
const HANGS_MS = 30_000;

/** Statuses written at once: the store takes them together. */
const NOTES_AT_ONCE = 200;

/**
 * Makes the graph follow some objects, as they are now. Level-triggered: calling it late, twice or in another order
 * changes nothing.
 *
 * One that can't be read (no permission, an archived storage class, a function that throws something retryable) keeps no other
 * from being applied; it is told as `unread`.
 *
 * @param deadline ms since 1970: what is under way then is finished, the rest is left. Default: none
 * @throws ScopeBusyError while another worker commits, until the deadline, or a deploy or teardown is under way; otherwise the error that kept a batch from being applied. What
 *   was applied before stays applied.
 */
export async function syncObjects(
  scope: Scope,
  keys: Iterable<string>,
  deadline = Number.POSITIVE_INFINITY,
): Promise<SyncReport> {
  // First, so that no object is looked at in vain.
  await requireOpen(scope);
  const report = emptyReport(scope.name);
  const asked = new Set(keys);
  report.unmatched = await noteUnmatched(scope, [...asked]);
  await syncAll(scope, [...asked], report, deadline);
  // Afterwards: beside a log there may be more files than there is time for.
  const beside = await filesBesideLogs(scope, [...asked], deadline);
  await syncAll(
    scope,
    beside.files.filter(key => !asked.has(key)),
    report,
    deadline,
  );
  // Of a file that was looked at for a table's log no message says so.
  const untold = report.unread.map(({ key }) => key).filter(key => !asked.has(key));
  report.unsettled.push(...new Set([...beside.unfinished, ...untold]));
  return report;
}

/** Looks at objects until nothing is left to do about them, or time is up. */
async function syncAll(scope: Scope, keys: readonly string[], report: SyncReport, deadline: number): Promise<void> {
  report.objects += keys.length;
  let open = keys;
  for (let round = 0; open.length > 0; round += 1) {
    if (round === MAX_ROUNDS || (round > 0 && Date.now() >= deadline)) {
      report.unsettled.push(...open);
      break;
    }
    const left = await syncOnce(scope, open, report, deadline);
    report.rejected = report.rejected.filter(({ key }) => !left.includes(key));
    open = left;
  }
}

/** @returns keys of objects that changed meanwhile, or for which time was up */
async function syncOnce(
  scope: Scope,
  keys: readonly string[],
  report: SyncReport,
  deadline: number,
): Promise<string[]> {
  const outdated = await outdatedObjects(scope, keys, report);
  const known = await knownRejections(scope, outdated);
  const stale: string[] = [];
  const bad = [...known].map(([key, error]) => ({ key, error }));
  stale.push(...(await applyAll(scope, [], bad, report, deadline)));
  const unknown = outdated.filter(({ key }) => !known.has(key));
  const reads = new ObjectReads(scope, unknown, deadline);
  try {
    for (let part = await reads.next(); part !== null; part = await reads.next()) {
      const changes: ObjectChange[] = [];
      const rejected: Rejected[] = [];
      for (const read of part) {
        if ('version' in read) changes.push(read);
        else if (read.error instanceof RejectedObjectError) rejected.push({ key: read.key, error: read.error });
        else report.unread.push(await unread(scope, read.key, read.error));
      }
      stale.push(...(await applyAll(scope, changes, rejected, report, deadline, reads)));
    }
    for (const { key, ms, kept } of reads.unfinished) {
      if (kept > 0) advanced(scope, key, kept, report);
      // One that was begun late may only have had no time.
      if (kept > 0 || (ms < HANGS_MS && reads.left.length > 0)) stale.push(key);
      else report.unread.push(await unread(scope, key, new HangingReadError(key, ms)));
    }
    return [...stale, ...reads.left];
  } finally {
    reads.stop();
  }
}

/** Notes that an object was not read to its end, and that the next look has less left to do. */
function advanced(scope: Scope, key: string, results: number, report: SyncReport): void {
  report.advanced.push(key);
  scope.log({ level: 'info', event: 'object-advanced', scope: scope.name, bucket: scope.objects.bucket, key, results });
}

/** Leaves out what is up to date, and notes that it is. */
async function outdatedObjects(
  scope: Scope,
  keys: readonly string[],
  report: SyncReport,
): Promise<readonly ObjectToRead[]> {
  const { upToDate, outdated } = await firstLook(scope, keys);
  const note = async ([key, entry]: readonly [string, ObjectEntry | null]) => {
    const right = await ifReadable(scope, key, report, () => noteUpToDate(scope, key, entry));
    if (right) report.skipped += 1;
  };
  await pMap(upToDate, note, { concurrency: NOTES_AT_ONCE });
  return outdated;
}

/** Does what may have to read an object; tells of it if it can't be read. @returns whether it could */
async function ifReadable(scope: Scope, key: string, report: SyncReport, work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (!(error instanceof ObjectUnreadableError)) throw error;
    report.unread.push(await unread(scope, key, error));
    return false;
  }
}

/** Logs and notes that an object could not be read, or that the database fails at it. */
async function unread(scope: Scope, key: string, error: unknown): Promise<Unread> {
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  scope.log({ level: 'error', event: 'object-unread', scope: scope.name, bucket: scope.objects.bucket, key, reason });
  // The store's trouble says nothing of the object.
  if (!(error instanceof StoreUnavailableError)) await noteUnread(scope, key, reason);
  return { key, reason };
}

/**
 * Applies changes, and what is in force of rejected objects: together, as far as the rows fit in memory.
 *
 * @param reads where more objects come from, for the same lease. Default: nowhere
 */
async function applyAll(
  scope: Scope,
  read: readonly ObjectChange[],
  rejected: readonly Rejected[],
  report: SyncReport,
  deadline: number,
  reads?: ObjectReads,
): Promise<string[]> {
  const stale: string[] = [];
  let changes = [...read];
  let bytes = 0;
  for (let at = 0; at < rejected.length; at += PARALLEL_READS) {
    // What is in force of each may have to be read.
    const found = await reject(scope, rejected.slice(at, at + PARALLEL_READS), report, deadline);
    changes.push(...found);
    bytes += found.reduce((sum, { version }) => sum + (version?.rowBytes ?? 0), 0);
    if (bytes < scope.limits.rowBytesInMemory / 2) continue;
    stale.push(...(await apply(scope, changes, report, deadline, reads)));
    [changes, bytes] = [[], 0];
  }
  return [...stale, ...(await apply(scope, changes, report, deadline, reads))];
}

async function apply(
  scope: Scope,
  changes: readonly ObjectChange[],
  report: SyncReport,
  deadline: number,
  reads?: ObjectReads,
): Promise<readonly string[]> {
  if (changes.length === 0) return [];
  const note: NoteObject = async (key, { changed, entry, removed, ends }, change) => {
    const { version, rejection, rejectedDownTo } = change ?? {};
    await ifReadable(scope, key, report, async () => {
      if (rejection !== undefined) await noteRejected(scope, key, rejection, entry, version, { rejectedDownTo });
      else if (changed) await noteApplied(scope, key, entry, version, { removed, ends });
      else await noteUpToDate(scope, key, entry, version);
    });
  };
  const given = new GivenObjects(changes, note, reads);
  const outcome = await commitChanges(scope, changes, { deadline, supply: given });
  await given.close();
  for (const [key, { changed, entry, removed, ends }] of outcome.applied) {
    const { version, rejection } = given.get(key) ?? {};
    if (changed) {
      report.applied += 1;
      report.rowsDeclared += entry?.rows ?? 0;
      report.rowsRemoved += removed;
      report.endsUndeclared += ends?.count ?? 0;
      report.rowsReplaced += (version?.replacedRows ?? 0) + (version?.spooled?.replaced ?? 0);
      report.recordsSkipped += given.skipped(key);
      if (version != null && version.notes.length > 0) report.noted.push({ key, notes: version.notes });
    } else if (rejection === undefined) report.skipped += 1;
  }
  const committed = [...outcome.applied].map(([key, { entry }]) => ({
    key,
    entry,
    rejection: given.get(key)?.rejection,
  }));
  const moved = await movedMeanwhile(scope, committed);
  const refused = [...outcome.rejected].map(([key, error]) => {
    const { version, rejection, rejectedDownTo } = given.get(key) ?? {};
    const told = rejection !== undefined;
    return { key, error: rejection ?? error, told, refused: { version: version ?? undefined, rejectedDownTo } };
  });
  for (const [key, error] of outcome.setAside) report.unread.push(await unread(scope, key, error));
  const stale = await apply(scope, await reject(scope, refused, report, deadline), report, deadline);
  report.transactions += outcome.transactions;
  report.replaced ||= outcome.replaced;
  const count = (kind: Count) => outcome.counts.get(kind) ?? 0;
  report.nodesUpserted += count('nodesUpserted');
  report.nodesDeleted += count('nodesDeleted');
  report.relationsUpserted += count('relationsUpserted');
  report.relationsDeleted += count('relationsDeleted');
  if (outcome.failure === null) return [...outcome.stale, ...stale, ...moved];
  if (!isOutOfTime(outcome.failure.error, deadline)) throw outcome.failure.error;
  // Only what isn't applied needs to be looked at again.
  const { applied, rejected, setAside } = outcome;
  const done = (key: string): boolean => applied.has(key) || rejected.has(key) || setAside.has(key);
  return [...given.keys.filter(key => !done(key)), ...stale, ...moved];
}

/** Tells whether the lease was waited for until time was up. */
function isOutOfTime(error: unknown, deadline: number): boolean {
  return error instanceof ScopeBusyError && error.reason === 'held' && Number.isFinite(deadline);
}

interface Rejected {
  readonly key: string;
  /** Why the newest version was. */
  readonly error: RejectedObjectError;
  /** Whether the report has it already: the database refuses what is in force below it, too. Default: no */
  readonly told?: boolean;
  /** The version that the database refuses, where that is why. */
  readonly refused?: Search['refused'];
}

/**
 * Notes rejections.
 *
 * @returns what is in force of those objects instead, where tracked state has something else
 */
async function reject(
  scope: Scope,
  rejected: readonly Rejected[],
  report: SyncReport,
  deadline: number,
): Promise<ObjectChange[]> {
  if (rejected.length === 0) return [];
  const head = await scope.head.read();
  // What is bad by this worker's code may be good by the one in force.
  const inForce = head?.definition ?? scope.definitionHash;
  if (inForce !== scope.definitionHash) throw new ScopeBusyError(scope.name, 'definition');
  const keys = rejected.map(({ key }) => key);
  const entries = await trackedEntries(scope, head?.root ?? '', keys).catch(unlessMissing);
  const sure = entries !== null && isAtRest(head);
  const changes = await pMap(rejected, async ({ key, error, told = false, refused }) => {
    const { message: reason, problems, lines, counts } = error;
    if (!told) report.rejected.push({ key, reason, problems, lines, counts });
    const tracked = entries?.get(key);
    try {
      const search = { key, rejection: error, tracked, sure, deadline, ...(refused && { refused }) };
      const found = await findInForce(scope, search);
      if (!found.complete) report.unsettled.push(key);
      if (found.change === null) await noteRejected(scope, key, error, tracked ?? null, undefined, found);
      return found.change;
    } catch (failure) {
      report.unread.push(await unread(scope, key, failure));
      return null;
    }
  });
  return changes.filter(change => change !== null);
}
