import { GraphdropError } from '../graph/errors.ts';
import type { FenceCheck } from './fence.ts';
import type { Count, Statement } from './statement.ts';

export interface CommitInput {
  readonly fence: FenceCheck;
  readonly statements: readonly Statement[];
  /** True: a row that isn't found is no reason to stop (the graph is being brought back to what the files say). */
  readonly tolerant: boolean;
  /** Milliseconds after which the server gives the transaction up; shorter than the lease. */
  readonly timeoutMs: number;
  /** Settles when the next tree is stored and proposed; only then is COMMIT sent. */
  readonly stored: Promise<void>;
  /** Called before COMMIT with the keys of endpoints, by table, that had to be made (or will have to): may still refuse. */
  readonly review: (made: ReadonlyMap<string, readonly unknown[]>) => Promise<void>;
  /** Called before COMMIT is sent. */
  readonly beforeCommit?: () => Promise<void>;
}

/** Somebody changed managed rows by hand: rows that the state says are there were not found. Nothing was applied. */
export class GraphDriftError extends GraphdropError {
  readonly code = 'GRAPH_DRIFT';
  override readonly retryable = true;
}

/** The transaction's fate is unknown: the connection was lost around COMMIT. Only the fence's root can tell. */
export class CommitUnknownError extends GraphdropError {
  readonly code = 'COMMIT_UNKNOWN';
  override readonly retryable = true;
}

/**
 * What a batch's statements say they did: rows by kind, and keys of endpoints made by table.
 *
 * @throws GraphDriftError, unless `tolerant`
 */
export function tally(statements: readonly Statement[], answers: readonly unknown[], tolerant: boolean) {
  const counts = new Map<Count, number>();
  const made = new Map<string, unknown[]>();
  statements.forEach((statement, index) => {
    const answer = answers[index];
    const list = Array.isArray(answer) ? answer : null;
    const count = list === null ? Number(answer) : list.length;
    if (statement.result === 'rows' && count !== statement.rows.length && !tolerant) {
      throw new GraphDriftError(
        `${statement.table}: ${count} of ${statement.rows.length} rows were found (${statement.counts}); the graph was changed by hand`,
      );
    }
    if (list !== null) made.set(statement.table, [...(made.get(statement.table) ?? []), ...list]);
    counts.set(statement.counts, (counts.get(statement.counts) ?? 0) + count);
  });
  return { counts, made };
}
