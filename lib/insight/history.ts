/** Reads the way from root to root that a scope has come, from its retention log. */
import { GraphdropError } from '../errors.ts';
import type { Scope } from '../scope.ts';
import type { LoggedRoot } from '../state/state-store.ts';
import { EMPTY } from '../state/tree.ts';

/** A batch that was committed. */
export interface CommittedBatch {
  /** The root that it led to. */
  readonly root: string;
  /** The root before; empty: there was none. */
  readonly from: string;
  /** When it was proposed, moments before its commit (ms since 1970). */
  readonly at: number;
  /** Objects in it; 0: it followed from no object (a dropped table, a cleared column). */
  readonly objects: number;
  /** Rows that it changed in tracked state. */
  readonly rows: number;
  /** Milliseconds since the first of its objects was put, where that is known. */
  readonly lagMs?: number;
}

/** No root is retained that was in force at the time that was asked for. */
export class UnknownRootError extends GraphdropError {
  readonly code = 'UNKNOWN_ROOT';
}

/** A batch has two entries in the log: the root before and the root after. */
const ENTRIES_A_BATCH = 2;

/** Batches that are looked through for a time. */
const MAX_BATCHES = 20_000;

/**
 * Lists the last batches, the newest first. Batches that were proposed and never committed aren't among them. The list ends where
 * the log does, or where a restore of database or state broke the way.
 */
export async function committedBatches(scope: Pick<Scope, 'head' | 'state'>, limit = 20): Promise<CommittedBatch[]> {
  const head = await scope.head.read();
  // More are read than are wanted: attempts that failed have entries, too.
  const entries = await scope.state.retentionLog.recent(2 * ENTRIES_A_BATCH * limit);
  return chain(head?.root ?? EMPTY, entries).slice(0, limit);
}

/**
 * Finds the root that was in force at a time.
 *
 * @param at ms since 1970
 * @throws UnknownRootError where the log doesn't reach back so far
 */
export async function rootAt(scope: Pick<Scope, 'name' | 'head' | 'state'>, at: number): Promise<string> {
  const head = await scope.head.read();
  const batches = await committedBatches(scope, MAX_BATCHES);
  let root = head?.root ?? EMPTY;
  for (const batch of batches) {
    if (batch.at <= at) return root;
    root = batch.from;
  }
  // Before its first batch the graph was empty.
  if (root === EMPTY) return EMPTY;
  const oldest = batches.at(-1);
  const since = oldest === undefined ? 'no batch is logged' : `the log begins at ${new Date(oldest.at).toISOString()}`;
  throw new UnknownRootError(
    `${scope.name}: no root is known for ${new Date(at).toISOString()}: ${since}; ask for a later time, or keep roots for longer (stateRetention)`,
  );
}

/** Follows the entries back from a root. */
function chain(from: string, entries: readonly LoggedRoot[]): CommittedBatch[] {
  const batches: CommittedBatch[] = [];
  let wanted = from;
  for (const { root, at, move } of entries) {
    if (root !== wanted || move === null) continue;
    const { from: before, objects, rows, dropped } = move;
    const lag = dropped === undefined ? {} : { lagMs: Math.max(0, at - dropped) };
    batches.push({ root, from: before, at, objects, rows, ...lag });
    wanted = before;
  }
  return batches;
}
