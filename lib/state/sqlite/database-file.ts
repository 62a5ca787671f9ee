import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { GraphdropError, StoreUnavailableError } from '../../errors.ts';

/**
 * Tables of the state: what items.ts says of DynamoDB's items, by columns. Head and status are JSON: their fields are never looked
 * for. `WITHOUT ROWID` keeps rows in the order of their key.
 */
const SCHEMA = `
CREATE TABLE IF NOT EXISTS heads (scope TEXT PRIMARY KEY, epoch INTEGER NOT NULL, head TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS nodes (scope TEXT, hash TEXT, text TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (scope, hash)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS roots (
  number INTEGER PRIMARY KEY AUTOINCREMENT, scope TEXT NOT NULL, root TEXT NOT NULL, at INTEGER NOT NULL, until INTEGER NOT NULL, move TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS roots_of_scope ON roots (scope, number);
CREATE TABLE IF NOT EXISTS statuses (scope TEXT, key BLOB, status TEXT NOT NULL, PRIMARY KEY (scope, key)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS positions (scope TEXT, work TEXT, position BLOB NOT NULL, PRIMARY KEY (scope, work)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS memos (
  scope TEXT, source TEXT, hash TEXT, at INTEGER NOT NULL, until INTEGER NOT NULL, result BLOB NOT NULL, PRIMARY KEY (scope, source, hash)
) STRICT;
CREATE TABLE IF NOT EXISTS deployments (
  number INTEGER PRIMARY KEY AUTOINCREMENT, scope TEXT NOT NULL, id TEXT NOT NULL, settings TEXT NOT NULL, UNIQUE (scope, id)
) STRICT;
`;

/** Milliseconds that a write waits for another process's. Each is of some milliseconds. */
const BUSY_MS = 10_000;

const BUSY = new Set([5, 6]);

/** The file isn't one of graphdrop's state, or can't be opened. */
class StateFileError extends GraphdropError {
  readonly code = 'STATE_FILE';

  constructor(path: string, cause: unknown) {
    super(
      `${path} can't be opened as tracked state (${(cause as Error).message}): see to its permissions and the disk. If it is damaged, ` +
        "delete it and start 'graphdrop dev' with --take-over: the state is made anew from the files",
      { cause },
    );
  }
}

/** One SQLite file that several processes may use at a time. */
export class DatabaseFile {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  /** Opens the file; makes it, and its folder, where there is none. @throws StateFileError */
  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true });
    try {
      this.#database = new DatabaseSync(path, { timeout: BUSY_MS });
      // With FULL what a write has said is on the disk, also when the power goes: a root must not come to Neo4j before its nodes.
      this.#database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; ${SCHEMA}`);
    } catch (error) {
      throw new StateFileError(path, error);
    }
  }

  /** Runs a statement. @returns how many rows it changed */
  run(sql: string, ...values: readonly SQLInputValue[]): number {
    return this.#told(() => Number(this.#prepared(sql).run(...values).changes));
  }

  /** Reads the first row; undefined: there is none. */
  get<Row>(sql: string, ...values: readonly SQLInputValue[]): Row | undefined {
    return this.#told(() => this.#prepared(sql).get(...values)) as Row | undefined;
  }

  /** Reads all rows. */
  all<Row>(sql: string, ...values: readonly SQLInputValue[]): Row[] {
    return this.#told(() => this.#prepared(sql).all(...values)) as Row[];
  }

  /** Does work in one transaction, which no other process's write comes between. */
  transaction<T>(work: () => T): T {
    return this.#told(() => {
      this.#database.exec('BEGIN IMMEDIATE');
      try {
        const result = work();
        this.#database.exec('COMMIT');
        return result;
      } catch (error) {
        if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
        throw error;
      }
    });
  }

  close(): void {
    this.#statements.clear();
    if (this.#database.isOpen) this.#database.close();
  }

  #prepared(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #told<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      const { errcode, message } = error as { readonly errcode?: number; readonly message?: string };
      if (errcode === undefined || !BUSY.has(errcode & 0xff)) throw error;
      throw new StoreUnavailableError(`the state's file is in use by another process: ${message}`, { cause: error });
    }
  }
}
