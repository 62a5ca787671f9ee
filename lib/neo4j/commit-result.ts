import { GraphdropError } from '../errors.ts';
import type { Count, Statement } from './statements/statement.ts';

/** Rows that the state says are there were not found: managed rows were changed by hand. Nothing was applied. */
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
 * Counts what a batch's statements did: rows by kind, and keys of endpoints made, by table.
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
