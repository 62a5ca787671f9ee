import type { LoggedRoot, RetentionLog, RootMove } from '../state-store.ts';
import type { ItemTable } from './item-table.ts';
import { retentionKey, retentionPartition, rootOfRetentionKey } from './items.ts';

/** The retention log of one scope: an item each time that a root is added, deleted by TTL. */
export class RetentionItems implements RetentionLog {
  readonly #table: ItemTable;
  readonly #scope: string;

  constructor(table: ItemTable, scope: string) {
    this.#table = table;
    this.#scope = scope;
  }

  async add(root: string, until: number, move?: RootMove): Promise<void> {
    const expires = { N: String(Math.ceil(until / 1000)) };
    const how = move && { move: { S: JSON.stringify(move) } };
    await this.#table.put({ ...retentionKey(this.#scope, Date.now(), root), expires, ...how });
  }

  async roots(): Promise<string[]> {
    const roots: string[] = [];
    const now = Date.now() / 1000;
    for await (const items of this.#table.query(retentionPartition(this.#scope))) {
      // TTL deletes late: an entry past its time no longer counts.
      for (const item of items) if (Number(item.expires?.N) >= now) roots.push(rootOfRetentionKey(item.sk?.S ?? ''));
    }
    return roots;
  }

  async recent(limit: number): Promise<LoggedRoot[]> {
    const now = Date.now() / 1000;
    const items = await this.#table.newest(retentionPartition(this.#scope), limit);
    return items
      .filter(({ expires }) => Number(expires?.N) >= now)
      .map(({ sk, move }) => ({
        root: rootOfRetentionKey(sk?.S ?? ''),
        at: Number.parseInt(sk?.S ?? '', 10),
        move: move?.S === undefined ? null : (JSON.parse(move.S) as RootMove),
      }));
  }
}
