import type { Driver, Node, Result, ResultSummary, Session, Transaction } from 'neo4j-driver';
import type { AccessMode } from './query-policy.ts';
import type { QueryStatement } from './read-statements.ts';
import { EXECUTION_FAILED, StatementError } from './statement-error.ts';

/** Where statements run, and what they may. */
export interface RunnerOptions {
  /** Stays open: it is the caller's. */
  readonly driver: Driver;
  readonly database: string;
  /** With `READ` the server refuses whatever would write. */
  readonly accessMode: AccessMode;
  /** Transactions that must be visible. */
  readonly bookmarks: readonly string[];
  /** Milliseconds after which the server ends a transaction; it looks every 2 seconds or so. */
  readonly timeoutMs: number;
}

/** Takes a statement's result as it comes. What it throws stops the statement. */
export interface ResultSink {
  columns(names: readonly string[]): void;
  record(values: readonly unknown[]): void;
}

/**
 * Code of the error for a statement that commits by itself: the server gives it for nothing else that a statement may be. Never
 * decided by a message, which may repeat what a caller sent.
 */
const NEEDS_IMPLICIT = 'Neo.DatabaseError.Transaction.TransactionStartFailed';
/** The same as a GQL status, of servers that have one for it. https://neo4j.com/docs/status-codes/current/errors/gql-errors/ */
const IMPLICIT_REQUIRED = '25N17';
/** Records that the server sends at a time: they wait in memory, however large they are. */
const FETCH_SIZE = 100;
const NOT_EMPTY =
  'Expected transaction state to be empty when calling transactional subquery. (Transactions committed: 0)';
const LOOK_UP = 'MATCH (n) WHERE elementId(n) IN $ids RETURN n';

/**
 * The statements of one request in one explicit transaction, like the server's HTTP API has them. A statement with
 * `CALL { } IN TRANSACTIONS`, which commits by itself, is run in between: it may follow statements that only read.
 */
export class StatementRunner {
  readonly #session: Session;
  readonly #config: { readonly timeout: number; readonly metadata: object };
  #transaction: Transaction | undefined;
  #wrote = false;
  #begun = false;

  constructor({ driver, database, accessMode, bookmarks, timeoutMs }: RunnerOptions) {
    this.#session = driver.session({
      database,
      defaultAccessMode: accessMode,
      bookmarks: [...bookmarks],
      fetchSize: FETCH_SIZE,
    });
    this.#config = { timeout: timeoutMs, metadata: { app: 'graphdrop', function: 'query' } };
  }

  /** Begins the transaction, if none is open. */
  async begin(): Promise<Transaction> {
    this.#transaction ??= await this.#session.beginTransaction(this.#config);
    this.#begun = true;
    return this.#transaction;
  }

  /** Whether any transaction could be begun. */
  get begun(): boolean {
    return this.#begun;
  }

  async run({ text, parameters }: QueryStatement, sink: ResultSink): Promise<ResultSummary> {
    if (text.trim() === '') {
      // The driver wouldn't send it.
      const message = 'Unexpected end of input: expected CYPHER, EXPLAIN, PROFILE or Query';
      throw new StatementError('Neo.ClientError.Statement.SyntaxError', message);
    }
    const transaction = await this.begin();
    let summary: ResultSummary;
    let records = 0;
    const counting: ResultSink = {
      columns: names => sink.columns(names),
      record: values => {
        records += 1;
        sink.record(values);
      },
    };
    try {
      summary = await stream(transaction.run(text, parameters), counting);
    } catch (error) {
      if (!needsImplicit(error) || records > 0) throw error;
      if (this.#wrote) throw new StatementError(EXECUTION_FAILED, NOT_EMPTY, { cause: error });
      await this.rollback();
      summary = await stream(this.#session.run(text, parameters, this.#config), sink);
    }
    // What a statement that commits by itself has written is no state of the transaction that comes after it.
    this.#wrote ||= this.#transaction !== undefined && summary.counters.containsUpdates();
    return summary;
  }

  /** Finds the nodes with these elementIds, as the transaction sees them. Those it has deleted are left out. */
  async nodes(ids: Iterable<string>, found: (node: Node<bigint>) => void): Promise<void> {
    const record = ([node]: readonly unknown[]) => found(node as Node<bigint>);
    await stream((await this.begin()).run(LOOK_UP, { ids: [...ids] }), { columns: () => {}, record });
  }

  /** Commits. @returns bookmarks of what is committed now */
  async commit(): Promise<readonly string[]> {
    await this.#transaction?.commit();
    return this.#session.lastBookmarks();
  }

  /** Rolls back what isn't committed. Never fails: a transaction whose connection is gone is rolled back by the server. */
  async rollback(): Promise<void> {
    const transaction = this.#transaction;
    this.#transaction = undefined;
    await transaction?.rollback().catch(() => {});
  }

  async close(): Promise<void> {
    await this.#session.close().catch(() => {});
  }
}

function needsImplicit(error: unknown): boolean {
  const { code, gqlStatus } = error as { readonly code?: string; readonly gqlStatus?: string };
  return code === NEEDS_IMPLICIT || gqlStatus === IMPLICIT_REQUIRED;
}

async function stream(result: Result, sink: ResultSink): Promise<ResultSummary> {
  sink.columns(await result.keys());
  for await (const record of result) sink.record([...record.values()]);
  return await result.summary();
}
