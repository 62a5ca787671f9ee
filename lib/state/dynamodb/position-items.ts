import type { PositionStore } from '../state-store.ts';
import { bytesOf, partsOf } from './byte-parts.ts';
import type { Item, ItemTable } from './item-table.ts';
import { type ItemKey, positionKey, positionPartition } from './items.ts';

/** Positions in parts. */
export class PositionItems implements PositionStore {
  readonly #table: ItemTable;
  readonly #scope: string;

  constructor(table: ItemTable, scope: string) {
    this.#table = table;
    this.#scope = scope;
  }

  async get(work: string): Promise<Uint8Array | null> {
    return bytesOf(await this.#parts(work));
  }

  async put(work: string, position: Uint8Array): Promise<void> {
    await this.#table.writeAll(
      partsOf(position).map((part, n) => ({ PutRequest: { Item: { ...positionKey(this.#scope, work, n), ...part } } })),
    );
  }

  async delete(work: string): Promise<void> {
    const keys = (await this.#parts(work)).map(({ pk, sk }) => ({ pk, sk }) as ItemKey);
    await this.#table.writeAll(keys.map(Key => ({ DeleteRequest: { Key } })));
  }

  async #parts(work: string): Promise<Item[]> {
    const parts: Item[] = [];
    for await (const items of this.#table.query(positionPartition(this.#scope))) {
      parts.push(...items.filter(({ sk }) => sk?.S?.startsWith(`${work}#`)));
    }
    return parts;
  }
}
