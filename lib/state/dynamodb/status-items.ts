import { gather } from '../gather.ts';
import type { ObjectStatus } from '../object-status.ts';
import type { StatusStore } from '../state-store.ts';
import type { Item, ItemTable } from './item-table.ts';
import { statusKey, statusPartition } from './items.ts';

/** The status items of one scope. */
export class StatusItems implements StatusStore {
  readonly #table: ItemTable;
  readonly #scope: string;

  constructor(table: ItemTable, scope: string) {
    this.#table = table;
    this.#scope = scope;
  }

  async put(status: ObjectStatus): Promise<void> {
    await this.#put(status);
  }

  async get(key: string): Promise<ObjectStatus | null> {
    return await this.#get(key);
  }

  async find(keys: readonly string[]): Promise<ReadonlyMap<string, ObjectStatus>> {
    // Half a character is in no key of S3, and DynamoDB may refuse all of a request for one.
    const possible = keys.filter(key => key.isWellFormed());
    const items = await this.#table.getAll(possible.map(key => statusKey(this.#scope, key)));
    const found = items.map(item => JSON.parse(item.status?.S ?? '{}') as ObjectStatus);
    return new Map(found.map(status => [status.key, status]));
  }

  /** Many small objects are told at once: a request each would cost more than all else that is done for them. */
  readonly #put = gather(async (all: readonly ObjectStatus[]) => {
    // One request takes no key twice: the last one wins, as it would one after another.
    const byKey = new Map(all.map(status => [status.key, status]));
    await this.#table.writeAll([...byKey.values()].map(status => ({ PutRequest: { Item: this.#itemOf(status) } })));
    return all.map(() => undefined);
  });

  readonly #get = gather(async (keys: readonly string[]) => {
    const found = await this.find([...new Set(keys)]);
    return keys.map(key => found.get(key) ?? null);
  });

  #itemOf(status: ObjectStatus): Item {
    return { ...statusKey(this.#scope, status.key), status: { S: JSON.stringify(status) } };
  }

  async *list(): AsyncGenerator<ObjectStatus> {
    for await (const items of this.#table.query(statusPartition(this.#scope))) {
      for (const item of items) yield JSON.parse(item.status?.S ?? '{}') as ObjectStatus;
    }
  }
}
