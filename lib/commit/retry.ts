/**
 * What to do about each error: one table of error, remedy in a batch's own transaction, remedy before there is one; and the wait.
 * How a remedy changes the next batch, and how often it is tried, is in batch-policy.ts.
 */
import { CommitUnknownError } from '../neo4j/commit-result.ts';
import { classOf, type ErrorClass } from '../neo4j/error-class.ts';
import { isPassing } from '../state/aws-errors.ts';
import { type Patience, retry } from '../state/backoff.ts';
import { ScopeBusyError } from './lease.ts';

/**
 * What to do about work that failed.
 * - `again`: nothing is wrong with the work, the same may succeed (transient errors, a lost connection, a lost lease).
 * - `smaller`: the transaction was too large for the server.
 * - `tolerate`: the graph isn't what the state says: merge instead of create, and accept missing rows.
 * - `poison`: the database refuses something in the batch itself: find the object and reject it.
 * - `isolate`: the server fails, at everything or at one object's content: try it alone, and go on without it.
 * - `recover`: the tracked state lacks nodes: begin it anew from the files.
 * - `stop`: only a person can help (credentials, unknown or read-only database): everything waits.
 */
export type Remedy = 'again' | 'smaller' | 'tolerate' | 'poison' | 'isolate' | 'recover' | 'stop';

interface Row {
  /** Whether the row is that of an error. */
  readonly is: (error: unknown) => boolean;
  readonly inBatch: Remedy;
  /** What fails before a batch's transaction is no fault of what is in the batch. */
  readonly before: Remedy;
}

/** The first row that an error matches decides. Without any: `stop`. */
const REMEDIES: readonly Row[] = [
  { is: code('GRAPH_DRIFT'), inBatch: 'tolerate', before: 'tolerate' },
  { is: code('MISSING_NODE'), inBatch: 'recover', before: 'recover' },
  { is: database('refused'), inBatch: 'poison', before: 'stop' },
  { is: database('too large'), inBatch: 'smaller', before: 'again' },
  { is: database('passing'), inBatch: 'again', before: 'again' },
  { is: database('exists'), inBatch: 'again', before: 'again' },
  { is: database('faulty server'), inBatch: 'isolate', before: 'again' },
  // Stryker disable StringLiteral: without these two rows the answer is the same; they stand here for the table to be whole.
  { is: database('credentials'), inBatch: 'stop', before: 'stop' },
  { is: database('person'), inBatch: 'stop', before: 'stop' },
  // Stryker restore StringLiteral
  // Errors of ours that say it of themselves: a stale fence, a lost lease, a store that can't be reached.
  {
    is: error => (error as { readonly retryable?: unknown } | null)?.retryable === true,
    inBatch: 'again',
    before: 'again',
  },
  // AWS errors that the SDK's own retries didn't outlast.
  { is: isPassing, inBatch: 'again', before: 'again' },
];

/** The wait before the next try, by remedy; null: none. */
export const WAIT: Readonly<Record<Remedy, Omit<Patience, 'tries'> | null>> = {
  again: { firstWaitMs: 200, longestWaitMs: 10_000 },
  isolate: { firstWaitMs: 200, longestWaitMs: 10_000 },
  smaller: null,
  tolerate: null,
  poison: null,
  recover: null,
  stop: null,
};

/** Finds the remedy for an error. @param inBatch whether a batch's own transaction failed */
export function remedyFor(error: unknown, inBatch: boolean): Remedy {
  // The commit turned out not to have happened (else nothing would be left to do): its cause decides.
  if (error instanceof CommitUnknownError) return remedyFor(error.cause, inBatch);
  const row = REMEDIES.find(({ is }) => is(error));
  return row === undefined ? 'stop' : inBatch ? row.inBatch : row.before;
}

function code(wanted: string): Row['is'] {
  return error => (error as { readonly code?: unknown } | null)?.code === wanted;
}

function database(wanted: ErrorClass): Row['is'] {
  return error => classOf(error) === wanted;
}

/**
 * Repeats work that may be done twice, while it fails for passing reasons: another worker's lease is one.
 *
 * @param tries in all
 * @throws the last error, or the first that no retry helps
 */
export async function retryPassing<T>(tries: number, work: () => Promise<T>): Promise<T> {
  return await retry(work, mayPass, { tries, firstWaitMs: 200, longestWaitMs: 5_000 });
}

function mayPass(error: unknown): boolean {
  const isClosed = error instanceof ScopeBusyError && error.reason !== 'held';
  return !isClosed && remedyFor(error, false) === 'again';
}
