/** What a scope keeps beside its head and its nodes: a row each. */
import type { ObjectStatus } from '../object-status.ts';
import type {
  DeploymentSettings,
  DeploymentStore,
  LoggedRoot,
  PositionStore,
  RetentionLog,
  RootMove,
  StatusStore,
} from '../state-store.ts';
import type { DatabaseFile } from './database-file.ts';

abstract class Records {
  protected readonly file: DatabaseFile;
  protected readonly scope: string;

  constructor(file: DatabaseFile, scope: string) {
    this.file = file;
    this.scope = scope;
  }
}

const STATUSES_OF_PAGE = 500;

/** Statuses by key. Keys are their UTF-8 bytes: in the order of those a bucket lists them. */
export class SqliteStatuses extends Records implements StatusStore {
  async get(key: string): Promise<ObjectStatus | null> {
    const sql = 'SELECT status FROM statuses WHERE scope = ? AND key = ?';
    const row = this.file.get<{ status: string }>(sql, this.scope, Buffer.from(key));
    return row === undefined ? null : (JSON.parse(row.status) as ObjectStatus);
  }

  async find(keys: readonly string[]): Promise<ReadonlyMap<string, ObjectStatus>> {
    const found = await Promise.all(keys.map(async key => [key, await this.get(key)] as const));
    return new Map(found.flatMap(([key, status]) => (status === null ? [] : [[key, status] as const])));
  }

  async put(status: ObjectStatus): Promise<void> {
    const sql = 'INSERT INTO statuses VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET status = excluded.status';
    this.file.run(sql, this.scope, Buffer.from(status.key), JSON.stringify(status));
  }

  async *list(): AsyncGenerator<ObjectStatus> {
    const sql = 'SELECT key, status FROM statuses WHERE scope = ? AND key > ? ORDER BY key LIMIT ?';
    for (let after: Uint8Array | undefined = new Uint8Array(0); after !== undefined; ) {
      const page: { key: Uint8Array; status: string }[] = this.file.all(sql, this.scope, after, STATUSES_OF_PAGE);
      for (const { status } of page) yield JSON.parse(status) as ObjectStatus;
      after = page.at(-1)?.key;
    }
  }
}

/** The retention log: a row each time that a root is added. */
export class SqliteRetention extends Records implements RetentionLog {
  async add(root: string, until: number, move?: RootMove): Promise<void> {
    const sql = 'INSERT INTO roots (scope, root, at, until, move) VALUES (?, ?, ?, ?, ?)';
    this.file.run(sql, this.scope, root, Date.now(), until, move === undefined ? null : JSON.stringify(move));
  }

  async roots(): Promise<string[]> {
    // Nothing else deletes them when their time is over.
    this.file.run('DELETE FROM roots WHERE scope = ? AND until < ?', this.scope, Date.now());
    return this.file
      .all<{ root: string }>('SELECT DISTINCT root FROM roots WHERE scope = ?', this.scope)
      .map(({ root }) => root);
  }

  async recent(limit: number): Promise<LoggedRoot[]> {
    const sql = 'SELECT root, at, move FROM roots WHERE scope = ? AND until >= ? ORDER BY number DESC LIMIT ?';
    return this.file
      .all<{ root: string; at: number; move: string | null }>(sql, this.scope, Date.now(), limit)
      .map(({ root, at, move }) => ({ root, at, move: move === null ? null : (JSON.parse(move) as RootMove) }));
  }
}

/** Positions of long work, whole. */
export class SqlitePositions extends Records implements PositionStore {
  async get(work: string): Promise<Uint8Array | null> {
    const sql = 'SELECT position FROM positions WHERE scope = ? AND work = ?';
    return this.file.get<{ position: Uint8Array }>(sql, this.scope, work)?.position ?? null;
  }

  async put(work: string, position: Uint8Array): Promise<void> {
    const sql = 'INSERT INTO positions VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET position = excluded.position';
    this.file.run(sql, this.scope, work, position);
  }

  async delete(work: string): Promise<void> {
    this.file.run('DELETE FROM positions WHERE scope = ? AND work = ?', this.scope, work);
  }
}

/** Deployments, numbered in the order in which they were put. */
export class SqliteDeployments extends Records implements DeploymentStore {
  async list(): Promise<readonly { readonly id: string; readonly definition: string }[]> {
    const sql = 'SELECT id, settings FROM deployments WHERE scope = ? ORDER BY number';
    const rows = this.file.all<{ id: string; settings: string }>(sql, this.scope);
    return rows.map(({ id, settings }) => ({
      id,
      definition: (JSON.parse(settings) as DeploymentSettings).definition,
    }));
  }

  async put(id: string, settings: DeploymentSettings): Promise<void> {
    this.file.transaction(() => {
      this.file.run('DELETE FROM deployments WHERE scope = ? AND id = ?', this.scope, id);
      const sql = 'INSERT INTO deployments (scope, id, settings) VALUES (?, ?, ?)';
      this.file.run(sql, this.scope, id, JSON.stringify(settings));
    });
  }

  async delete(id: string): Promise<void> {
    this.file.run('DELETE FROM deployments WHERE scope = ? AND id = ?', this.scope, id);
  }
}
