import type { ListedNode, NodePage, NodeStore } from '../state-store.ts';
import type { StoredNode } from '../tree-node.ts';
import type { DatabaseFile } from './database-file.ts';

const NODES_OF_PAGE = 500;

/** The tree nodes of one scope, a row each. */
export class SqliteNodes implements NodeStore {
  readonly #file: DatabaseFile;
  readonly #scope: string;

  constructor(file: DatabaseFile, scope: string) {
    this.#file = file;
    this.#scope = scope;
  }

  async find(hashes: readonly string[]): Promise<Map<string, string>> {
    const sql = 'SELECT hash, text FROM nodes WHERE scope = ?1 AND hash IN (SELECT value FROM json_each(?2))';
    const rows = this.#file.all<{ hash: string; text: string }>(sql, this.#scope, JSON.stringify(hashes));
    return new Map(rows.map(({ hash, text }) => [hash, text]));
  }

  async put(nodes: readonly StoredNode[]): Promise<void> {
    if (nodes.length === 0) return;
    const sql = 'INSERT INTO nodes VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET at = excluded.at';
    this.#file.transaction(() => {
      const at = Date.now();
      for (const { hash, text } of nodes) this.#file.run(sql, this.#scope, hash, text, at);
    });
  }

  async *list(after = ''): AsyncGenerator<NodePage> {
    const sql = 'SELECT hash, at FROM nodes WHERE scope = ? AND hash > ? ORDER BY hash LIMIT ?';
    for (let position: string | null = after; position !== null; ) {
      const nodes: ListedNode[] = this.#file.all(sql, this.#scope, position, NODES_OF_PAGE);
      position = nodes.length < NODES_OF_PAGE ? null : (nodes.at(-1)?.hash ?? null);
      yield { nodes, position };
    }
  }

  async delete({ hash, at }: ListedNode): Promise<boolean> {
    return this.#file.run('DELETE FROM nodes WHERE scope = ? AND hash = ? AND at = ?', this.#scope, hash, at) > 0;
  }
}
