import { contextOf, databaseOf } from '../scope-name.ts';
import type { DeployedContext, DeploymentSettings, ScopeStore, StateStore } from '../state-store.ts';
import { DatabaseFile } from './database-file.ts';
import { SqliteHead } from './sqlite-head.ts';
import { SqliteMemos } from './sqlite-memos.ts';
import { SqliteNodes } from './sqlite-nodes.ts';
import { SqliteDeployments, SqlitePositions, SqliteRetention, SqliteStatuses } from './sqlite-records.ts';

/** Tracked state in one SQLite file. */
export interface SqliteState extends StateStore {
  /** Closes the file. */
  close(): void;
}

/** Keeps tracked state in a SQLite file, which is made at first use: see database-file.ts for its tables. */
export function sqliteState(path: string): SqliteState {
  const file = new DatabaseFile(path);
  return {
    scope: name => new SqliteScope(file, name),
    contexts: async () => deployedContexts(file),
    close: () => file.close(),
  };
}

/** Rows deleted between two looks at the clock. */
const ROWS_AT_ONCE = 1_000;

class SqliteScope implements ScopeStore {
  readonly head: SqliteHead;
  readonly nodes: SqliteNodes;
  readonly status: SqliteStatuses;
  readonly retentionLog: SqliteRetention;
  readonly deployments: SqliteDeployments;
  readonly positions: SqlitePositions;
  readonly memos: SqliteMemos;
  readonly #file: DatabaseFile;
  readonly #scope: string;

  constructor(file: DatabaseFile, scope: string) {
    this.#file = file;
    this.#scope = scope;
    this.head = new SqliteHead(file, scope);
    this.nodes = new SqliteNodes(file, scope);
    this.status = new SqliteStatuses(file, scope);
    this.retentionLog = new SqliteRetention(file, scope);
    this.deployments = new SqliteDeployments(file, scope);
    this.positions = new SqlitePositions(file, scope);
    this.memos = new SqliteMemos(file, scope);
  }

  async forget(until: number): Promise<boolean> {
    for (const [table, key] of [
      ['nodes', 'hash'],
      ['roots', 'number'],
      ['statuses', 'key'],
      ['positions', 'work'],
      ['memos', 'hash'],
    ]) {
      const some = `SELECT ${key} FROM ${table} WHERE scope = ?1 LIMIT ${ROWS_AT_ONCE}`;
      const sql = `DELETE FROM ${table} WHERE scope = ?1 AND ${key} IN (${some})`;
      while (this.#file.run(sql, this.#scope) > 0) if (Date.now() >= until) return false;
    }
    this.head.bury();
    return true;
  }
}

function deployedContexts(file: DatabaseFile): ReadonlyMap<string, DeployedContext> {
  const rows = file.all<{ scope: string; settings: string }>('SELECT scope, settings FROM deployments ORDER BY number');
  return new Map(
    rows.map(({ scope, settings }) => {
      const { secretId, queueUrl } = JSON.parse(settings) as DeploymentSettings;
      return [contextOf(scope), { secretId, queueUrl, database: databaseOf(scope) }];
    }),
  );
}
