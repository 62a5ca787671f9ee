import { gather } from '../gather.ts';
import type { MemoResult, MemoSource, MemoStore } from '../state-store.ts';
import type { DatabaseFile } from './database-file.ts';

const ROWS_AT_ONCE = 1_000;

/** What sources' functions gave, of one scope: a row each. */
export class SqliteMemos implements MemoStore {
  readonly #file: DatabaseFile;
  readonly #scope: string;

  constructor(file: DatabaseFile, scope: string) {
    this.#file = file;
    this.#scope = scope;
  }

  async get(source: string, hash: string): Promise<MemoResult | null> {
    const sql = 'SELECT result AS bytes, until FROM memos WHERE scope = ? AND source = ? AND hash = ? AND until >= ?';
    return this.#file.get<{ bytes: Uint8Array; until: number }>(sql, this.#scope, source, hash, Date.now()) ?? null;
  }

  async put(source: string, hash: string, result: MemoResult): Promise<void> {
    await this.#put({ source, hash, ...result });
  }

  /** In one transaction: each is a wait for the disk. */
  readonly #put = gather(async (all: readonly (MemoResult & { readonly source: string; readonly hash: string })[]) => {
    const sql =
      'INSERT INTO memos VALUES (?, ?, ?, ?, ?, ?) ' +
      'ON CONFLICT DO UPDATE SET at = excluded.at, until = excluded.until, result = excluded.result';
    return this.#file.transaction(() => {
      for (const { source, hash, bytes, until } of all)
        this.#file.run(sql, this.#scope, source, hash, Date.now(), until, bytes);
      return all.map(() => undefined);
    });
  });

  async sources(): Promise<readonly MemoSource[]> {
    // Nothing else deletes them when their time is over.
    this.#file.run('DELETE FROM memos WHERE scope = ? AND until < ?', this.#scope, Date.now());
    return this.#file.all('SELECT source, MAX(at) AS at FROM memos WHERE scope = ? GROUP BY source', this.#scope);
  }

  async forget(source: string, until: number): Promise<boolean> {
    const some = `SELECT hash FROM memos WHERE scope = ?1 AND source = ?2 LIMIT ${ROWS_AT_ONCE}`;
    const sql = `DELETE FROM memos WHERE scope = ?1 AND source = ?2 AND hash IN (${some})`;
    while (this.#file.run(sql, this.#scope, source) > 0) if (Date.now() >= until) return false;
    return true;
  }
}
