import pMap from 'p-map';
import { headObject, isUpToDate, readObject } from './bucket.ts';
import { commitChanges } from './committer.ts';
import { RejectedObjectError } from './graph/errors.ts';
import type { Problem, ProblemCount } from './graph/problems.ts';
import { ScopeBusyError } from './lease.ts';
import type { Count } from './neo4j/statement.ts';
import type { ObjectChange } from './object-edit.ts';
import { noteApplied, noteRejected, noteUpToDate } from './object-status.ts';
import type { VersionName } from './object-version.ts';
import type { Scope } from './scope.ts';
import type { Head } from './state/head.ts';
import { MissingNodeError } from './state/node-table.ts';
import { trackedEntries } from './tracked-entries.ts';
import { fallBack } from './version-in-force.ts';

/** What a sync did. */
export interface SyncReport {
  /** The scope, `<context>@<database>`. */
  readonly scope: string;
  /** Objects looked at. */
  objects: number;
  /** Of them: nothing to do. */
  skipped: number;
  /** Of them: applied, deletions too. */
  applied: number;
  /** Rows that the applied objects declare. */
  rowsDeclared: number;
  /** Declarations of the applied objects that a later one of the same row in the same object replaced. */
  rowsReplaced: number;
  /** Records of the applied objects that were left out: their source says `onInvalid: 'skip'`. */
  recordsSkipped: number;
  nodesUpserted: number;
  nodesDeleted: number;
  relationsUpserted: number;
  relationsDeleted: number;
  /** Neo4j transactions that were committed. */
  transactions: number;
  rejected: Rejection[];
  /** Objects that could not be looked at, whatever is tried again at once: nothing was done about them. */
  unread: Unread[];
  /** Objects that kept changing while they were read, or for which time was up: to be looked at again. */
  readonly unsettled: string[];
  /** The database was found to be restored or wiped: a resync must follow. */
  replaced: boolean;
}

export interface Rejection {
  readonly key: string;
  readonly reason: string;
  /** The first 20 by line. */
  readonly problems: readonly Problem[];
  /** The same as `key:line field: problem, got ..., expected ...`. */
  readonly lines: readonly string[];
  /** All problems by kind. */
  readonly counts: readonly ProblemCount[];
}

export interface Unread {
  readonly key: string;
  readonly reason: string;
}

/** Objects read at once: parsing keeps one core busy, the rest is waiting for S3. */
const PARALLEL_READS = 8;

/** Times an object that changes while it is read is read again before it is left to a later look. */
const MAX_ROUNDS = 4;

/**
 * Makes the graph follow some objects, as they are now. Level-triggered: calling it late, twice or in another order
 * changes nothing.
 *
 * One that can't be read (no permission, an archived storage class, a function that throws something retryable) keeps no other
 * from being applied; it is told as `unread`.
 *
 * @param deadline ms since 1970: what is under way then is finished, the rest is left. Default: none
 * @throws ScopeBusyError while another worker commits; otherwise the error that kept a batch from being applied. What
 *   was applied before stays applied.
 */
export async function syncObjects(
  scope: Scope,
  keys: Iterable<string>,
  deadline = Number.POSITIVE_INFINITY,
): Promise<SyncReport> {
  const report = emptyReport(scope.name);
  let open = [...new Set(keys)];
  report.objects = open.length;
  for (let round = 0; open.length > 0; round += 1) {
    if (round === MAX_ROUNDS || (round > 0 && Date.now() >= deadline)) {
      report.unsettled.push(...open);
      break;
    }
    open = await syncOnce(scope, open, report, deadline);
    report.rejected = report.rejected.filter(({ key }) => !open.includes(key));
  }
  return report;
}

/** @returns keys of objects that changed meanwhile, or for which time was up */
async function syncOnce(
  scope: Scope,
  keys: readonly string[],
  report: SyncReport,
  deadline: number,
): Promise<string[]> {
  const outdated = await outdatedKeys(scope, keys);
  report.skipped += keys.length - outdated.length;
  const stale: string[] = [];
  let changes: ObjectChange[] = [];
  for (let start = 0; start < outdated.length; start += PARALLEL_READS) {
    const window = outdated.slice(start, start + PARALLEL_READS);
    const rejected: Rejected[] = [];
    await pMap(window, async key => {
      try {
        changes.push({ key, version: await readObject(scope, key) });
      } catch (error) {
        if (error instanceof RejectedObjectError) rejected.push({ key, error, below: error.version });
        else report.unread.push(unread(scope, key, error));
      }
    });
    changes.push(...(await reject(scope, rejected, report)));
    const rows = changes.reduce((sum, { version }) => sum + (version?.rows.size ?? 0), 0);
    const rest = outdated.slice(start + PARALLEL_READS);
    const last = rest.length === 0 || Date.now() >= deadline;
    // Rows wait in memory: enough for a full transaction is enough.
    if (rows >= scope.limits.maxRowsPerTransaction || last) {
      stale.push(...(await apply(scope, changes, report, deadline)));
      changes = [];
    }
    if (last) return [...stale, ...rest];
  }
  return stale;
}

/**
 * Leaves out what is up to date, without the lease. The order makes it safe: first the object, then head. If no lease is
 * held and nothing is pending, no commit is in flight that could turn the state back to an older look.
 */
async function outdatedKeys(scope: Scope, keys: readonly string[]): Promise<string[]> {
  // What can't be looked at is not up to date: reading it says why.
  const heads = await pMap(keys, key => headObject(scope, key).catch(() => undefined), { concurrency: 32 });
  const head = await scope.head.read();
  if (!isAtRest(head)) return [...keys];
  const entries = await trackedEntries(scope, head?.root ?? '', keys).catch(unlessMissing);
  if (entries === null) return [...keys]; // whoever has the lease can begin the state anew
  const upToDate = new Set(
    keys.filter((key, i) => {
      const look = heads[i];
      return look !== undefined && isUpToDate(scope, key, look, entries.get(key));
    }),
  );
  await pMap(upToDate, key => noteUpToDate(scope, key, entries.get(key) ?? null), { concurrency: 32 });
  return keys.filter(key => !upToDate.has(key));
}

/** Whether no commit is under way, nor could be, of one that looked at objects before. */
function isAtRest(head: Head | null): boolean {
  return head === null || (head.owner === null && head.pending === null);
}

function unlessMissing(error: unknown): null {
  if (error instanceof MissingNodeError) return null;
  throw error;
}

/** Logs it. */
function unread(scope: Scope, key: string, error: unknown): Unread {
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  scope.log({ level: 'error', event: 'object-unread', scope: scope.name, bucket: scope.bucket, key, reason });
  return { key, reason };
}

async function apply(
  scope: Scope,
  changes: readonly ObjectChange[],
  report: SyncReport,
  deadline: number,
): Promise<readonly string[]> {
  if (changes.length === 0) return [];
  const outcome = await commitChanges(scope, changes, [], deadline);
  const given = new Map(changes.map(change => [change.key, change]));
  for (const [key, { changed, entry }] of outcome.applied) {
    const { version, rejection } = given.get(key) ?? {};
    if (changed) {
      report.applied += 1;
      report.rowsDeclared += entry?.rows ?? 0;
      report.rowsReplaced += version?.replacedRows ?? 0;
      report.recordsSkipped += version?.skipped.length ?? 0;
    } else if (rejection === undefined) report.skipped += 1;
    if (rejection !== undefined) await noteRejected(scope, key, rejection, entry, version);
    else if (changed) await noteApplied(scope, key, entry, version);
    else await noteUpToDate(scope, key, entry, version);
  }
  const refused = [...outcome.rejected].map(([key, error]) => {
    const { version, rejection } = given.get(key) ?? {};
    error.version = version ?? undefined;
    return { key, error: rejection ?? error, below: error.version };
  });
  const stale = await apply(scope, await reject(scope, refused, report), report, deadline);
  report.transactions += outcome.transactions;
  report.replaced ||= outcome.replaced;
  const count = (kind: Count) => outcome.counts.get(kind) ?? 0;
  report.nodesUpserted += count('nodesUpserted');
  report.nodesDeleted += count('nodesDeleted');
  report.relationsUpserted += count('relationsUpserted');
  report.relationsDeleted += count('relationsDeleted');
  if (outcome.failure !== null) throw outcome.failure.error;
  return [...outcome.stale, ...stale];
}

interface Rejected {
  readonly key: string;
  /** Why the newest version was. */
  readonly error: RejectedObjectError;
  /** The oldest version of it that was found not to do. */
  readonly below: VersionName | undefined;
}

/**
 * Notes rejections.
 *
 * @returns what is in force of those objects instead, where tracked state has something else
 */
async function reject(scope: Scope, rejected: readonly Rejected[], report: SyncReport): Promise<ObjectChange[]> {
  if (rejected.length === 0) return [];
  const head = await scope.head.read();
  // What is bad by this worker's code may be good by the one in force.
  const inForce = head?.definition ?? scope.definitionHash;
  if (inForce !== scope.definitionHash) throw new ScopeBusyError(scope.name, 'definition');
  const keys = rejected.map(({ key }) => key);
  const entries = await trackedEntries(scope, head?.root ?? '', keys).catch(unlessMissing);
  const sure = entries !== null && isAtRest(head);
  const changes = await pMap(rejected, async ({ key, error, below }) => {
    const { message: reason, problems, lines, counts } = error;
    report.rejected.push({ key, reason, problems, lines, counts });
    const entry = entries?.get(key);
    try {
      const change = await fallBack(scope, key, error, entry, sure, below);
      if (change === null) await noteRejected(scope, key, error, entry ?? null);
      return change;
    } catch (failure) {
      report.unread.push(unread(scope, key, failure));
      return null;
    }
  });
  return changes.filter(change => change !== null);
}

function emptyReport(scope: string): SyncReport {
  return {
    scope,
    objects: 0,
    skipped: 0,
    applied: 0,
    rowsDeclared: 0,
    rowsReplaced: 0,
    recordsSkipped: 0,
    nodesUpserted: 0,
    nodesDeleted: 0,
    relationsUpserted: 0,
    relationsDeleted: 0,
    transactions: 0,
    rejected: [],
    unread: [],
    unsettled: [],
    replaced: false,
  };
}
