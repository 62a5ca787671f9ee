import { gather } from '../gather.ts';
import type { MemoResult, MemoSource, MemoStore } from '../state-store.ts';
import { bytesOf, partsOf } from './byte-parts.ts';
import type { Item, ItemTable, Page } from './item-table.ts';
import {
  hashOfMemoKey,
  type ItemKey,
  memoKey,
  memoPartition,
  memoSourceKey,
  memoSourcePartition,
  NODE_PARTITIONS,
  partKey,
} from './items.ts';

/** Milliseconds between two notes that a source has results. */
const NOTE_MS = 3_600_000;

/** Items deleted between two looks at the clock. */
const ITEMS_AT_ONCE = 1_000;

interface Address {
  readonly source: string;
  readonly hash: string;
}

/** What sources' functions gave, of one scope. */
export class MemoItems implements MemoStore {
  readonly #table: ItemTable;
  readonly #scope: string;
  /** Of each source, when it was noted last, and that note. */
  readonly #noted = new Map<string, { readonly at: number; readonly done: Promise<void> }>();

  constructor(table: ItemTable, scope: string) {
    this.#table = table;
    this.#scope = scope;
  }

  async get(source: string, hash: string): Promise<MemoResult | null> {
    return await this.#get({ source, hash });
  }

  async put(source: string, hash: string, { bytes, until }: MemoResult): Promise<void> {
    // First, so that there is no result of which collection and teardown don't know.
    await this.#note(source);
    await this.#put({ source, hash, bytes, until });
  }

  readonly #get = gather(async (asked: readonly Address[]) => {
    const wanted = new Map(asked.map(address => [idOf(address), address]));
    const first = await this.#table.getAll(
      [...wanted.values()].map(one => memoKey(this.#scope, one.source, one.hash, 0)),
    );
    const others = first.flatMap(({ pk, sk, parts }) =>
      Array.from(
        { length: Number(parts?.N) - 1 },
        (_, n): ItemKey => ({
          pk: { S: pk?.S ?? '' },
          sk: { S: partKey(hashOfMemoKey(sk?.S ?? ''), n + 1) },
        }),
      ),
    );
    const items = [...first, ...(await this.#table.getAll(others))];
    items.sort((a, b) => ((a.sk?.S ?? '') < (b.sk?.S ?? '') ? -1 : 1));
    const found = Map.groupBy(items, ({ pk, sk }) => `${pk?.S} ${hashOfMemoKey(sk?.S ?? '')}`);
    return asked.map(({ source, hash }) =>
      resultOf(found.get(`${memoPartition(this.#scope, source, hash.charAt(0))} ${hash}`) ?? []),
    );
  });

  readonly #put = gather(async (all: readonly (Address & MemoResult)[]) => {
    // One request takes no key twice.
    const results = new Map(all.map(one => [idOf(one), one]));
    const requests = [...results.values()].flatMap(({ source, hash, bytes, until }) =>
      partsOf(bytes).map((part, n) => ({
        PutRequest: {
          Item: {
            ...memoKey(this.#scope, source, hash, n),
            ...part,
            expires: { N: String(Math.ceil(until / 1000)) },
          },
        },
      })),
    );
    await this.#table.writeAll(requests);
    return all.map(() => undefined);
  });

  async #note(source: string): Promise<void> {
    const now = Date.now();
    const noted = this.#noted.get(source);
    if (noted !== undefined && now - noted.at < NOTE_MS) return await noted.done;
    const done = this.#table.put({ ...memoSourceKey(this.#scope, source), at: { N: String(now) } });
    this.#noted.set(source, { at: now, done });
    await done.catch(error => {
      this.#noted.delete(source);
      throw error;
    });
  }

  async sources(): Promise<readonly MemoSource[]> {
    const sources: MemoSource[] = [];
    for await (const items of this.#table.query(memoSourcePartition(this.#scope)))
      sources.push(...items.map(({ sk, at }) => ({ source: sk?.S ?? '', at: Number(at?.N) })));
    return sources;
  }

  async forget(source: string, until: number): Promise<boolean> {
    this.#noted.delete(source);
    for (const first of NODE_PARTITIONS) {
      const partition = memoPartition(this.#scope, source, first);
      for (let start: Item | null | undefined; start !== null; ) {
        const page: Page = await this.#table.skim(partition, ['pk', 'sk'], start ?? null, ITEMS_AT_ONCE);
        await this.#delete(page.items as ItemKey[]);
        start = page.next;
        if (page.items.length > 0 && Date.now() >= until) return false;
      }
    }
    await this.#delete([memoSourceKey(this.#scope, source)]);
    return true;
  }

  async #delete(keys: readonly ItemKey[]): Promise<void> {
    await this.#table.writeAll(keys.map(Key => ({ DeleteRequest: { Key } })));
  }
}

function idOf({ source, hash }: Address): string {
  return `${source}/${hash}`;
}

/** @param items parts of one result, in order */
function resultOf(items: readonly Item[]): MemoResult | null {
  const bytes = bytesOf(items);
  const until = Number(items[0]?.expires?.N) * 1000;
  // TTL deletes late.
  return bytes === null || until < Date.now() ? null : { bytes, until };
}
