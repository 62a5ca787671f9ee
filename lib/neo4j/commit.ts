import type { Driver, Transaction } from 'neo4j-driver';
import { GraphdropError } from '../graph/errors.ts';
import { ADVANCE_FENCE, type FenceCheck, fenceParameters, staleFence } from './fence.ts';
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
  /** Called when all statements have succeeded, with the keys of endpoints made by table: may still refuse. */
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
 * Applies a batch in one explicit transaction: the fence first, then all statements, pipelined. Never repeats itself (a
 * driver's managed transaction would, after a lost answer): the caller learns the outcome from the fence.
 *
 * @returns how many rows were written, by kind
 * @throws StaleFenceError, GraphDriftError, CommitUnknownError or the server's own error; nothing was applied but, perhaps,
 *   after CommitUnknownError
 */
export async function commitBatch(driver: Driver, database: string, input: CommitInput): Promise<Map<Count, number>> {
  const { fence, statements } = input;
  // Settled in any case before we leave, so that a failed write of the tree is never an unhandled rejection.
  const stored = input.stored.then(
    () => null,
    (error: unknown) => ({ error }),
  );
  const session = driver.session({ database });
  let transaction: Transaction | undefined;
  try {
    transaction = await session.beginTransaction({
      timeout: input.timeoutMs,
      metadata: { app: 'graphdrop', scope: fence.scope },
    });
    const [advanced, ...answers] = await runAll(transaction, [
      { text: ADVANCE_FENCE, parameters: fenceParameters(fence) },
      ...statements.map(({ text, rows }) => ({ text, parameters: { rows } })),
    ]);
    // Before anything else: what a stale batch's statements say of the graph is nobody's fault.
    if (answerOf(advanced) !== 1n) throw staleFence(fence);
    const { counts, made } = tally(statements, answers.map(answerOf), input.tolerant);
    await input.review(made);
    const failure = await stored;
    if (failure !== null) throw failure.error;
    await input.beforeCommit?.();
    await commit(transaction, fence);
    return counts;
  } catch (error) {
    // Not waited for long: the server gives an open transaction up by its timeout, and a stale one can't commit.
    await transaction?.rollback().catch(() => {});
    throw error;
  } finally {
    await stored;
    await session.close().catch(() => {});
  }
}

async function commit(transaction: Transaction, fence: FenceCheck): Promise<void> {
  try {
    await transaction.commit();
  } catch (error) {
    throw new CommitUnknownError(`${fence.scope}: the answer to COMMIT was lost or an error`, { cause: error });
  }
}

/** Sends all statements without waiting for answers in between; each answers one row with one value `n`. */
async function runAll(
  transaction: Transaction,
  queries: readonly { readonly text: string; readonly parameters: Record<string, unknown> }[],
): Promise<PromiseSettledResult<unknown>[]> {
  return await Promise.allSettled(
    queries.map(async ({ text, parameters }) => (await transaction.run(text, parameters)).records[0]?.get('n')),
  );
}

function answerOf(result: PromiseSettledResult<unknown> | undefined): unknown {
  if (result?.status === 'rejected') throw result.reason;
  return result?.value;
}

function tally(statements: readonly Statement[], answers: readonly unknown[], tolerant: boolean) {
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
