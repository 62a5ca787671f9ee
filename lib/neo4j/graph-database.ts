import type { CommitInput } from './commit.ts';
import type { ValueForm } from './parameter.ts';
import type { Count } from './statement.ts';

/** A row of a result by column name: integers are bigint, floats number, lists arrays, maps objects. */
export type ResultRow = Record<string, unknown>;

export type Parameters = Readonly<Record<string, unknown>>;

/** A Neo4j database, whatever protocol it is spoken to by. Errors of the server have its `code` (`Neo.ClientError...`). */
export interface GraphDatabase {
  /** Runs a statement in a transaction of its own. For what can be repeated: passing trouble is outlasted for a while. */
  query(text: string, parameters?: Parameters): Promise<ResultRow[]>;

  /** Runs a statement in a transaction of its own that lasts 20 seconds at most, and never twice. */
  queryOnce(text: string, parameters?: Parameters): Promise<ResultRow[]>;

  /** What it takes as values of rows: asked of the server once. */
  valueForm(): Promise<ValueForm>;

  /**
   * For graphdrop's own batches: applies one in one transaction, the fence first, then all statements. Never repeats
   * itself: the caller learns the outcome from the fence.
   *
   * @returns how many rows were written, by kind
   * @throws StaleFenceError, GraphDriftError, CommitUnknownError or the server's own error; nothing was applied but, perhaps,
   *   after CommitUnknownError
   */
  commit(input: CommitInput): Promise<Map<Count, number>>;
}
