import type { ValueForm } from '../values/column-type.ts';
import type { FenceCheck } from './fence/fence.ts';
import type { Count, Statement } from './statements/statement.ts';

/** A row of a result by column name: integers are bigint, floats number, lists arrays, maps objects. */
export type ResultRow = Record<string, unknown>;

export type Parameters = Readonly<Record<string, unknown>>;

/** Milliseconds that a statement which is repeated may take. */
export const QUERY_MS = 60_000;

/** Milliseconds that a statement may take which makes or drops a constraint or an index, or looks at all rows of a table. */
export const WHOLE_TABLE_MS = 600_000;

/** A batch, and what is done between its statements and its COMMIT. */
export interface CommitInput {
  readonly fence: FenceCheck;
  readonly statements: readonly Statement[];
  /** True: a row that isn't found is no reason to stop (the graph is being brought back to what the files say). */
  readonly tolerant: boolean;
  /** Milliseconds after which the server gives the transaction up; shorter than the lease. */
  readonly timeoutMs: number;
  /** Stores and proposes the next tree. Called while the database works, where the transport can; only then is COMMIT sent. */
  readonly store: () => Promise<void>;
  /** Called once the database has the batch to work on and the next tree is stored: until it answers there is time for something else. */
  readonly onSent?: (() => void) | undefined;
  /** Called before COMMIT with the keys of endpoints, by table, that had to be made (or will have to): may still refuse. */
  readonly review: (made: ReadonlyMap<string, readonly unknown[]>) => Promise<void>;
  /** Called before COMMIT is sent. */
  readonly beforeCommit?: () => Promise<void>;
}

/** A Neo4j database, whatever protocol it is spoken to by. Errors of the server have its `code` (`Neo.ClientError...`). */
export interface GraphDatabase {
  /**
   * Runs a statement in a transaction of its own. For what can be repeated: passing trouble is outlasted for 30 seconds.
   *
   * @param timeoutMs milliseconds that each try may take, answer included. Default 60,000
   */
  query(text: string, parameters?: Parameters, timeoutMs?: number): Promise<ResultRow[]>;

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
