/** Promise: equal content gives an equal root and an equal graph, whatever the history. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Scope } from '../../lib/scope.ts';
import { freshRoot } from './fresh-root.ts';
import { ALL_KEYS, type Happening, history } from './people-histories.ts';
import { modelOf, type PeopleRecord } from './people-model.ts';
import { World } from './world.ts';

/** More of them make a soak: `GRAPHDROP_RUNS=500`. A failure tells its seed and path; `GRAPHDROP_SEED` repeats it. */
const runs = {
  numRuns: Number(process.env.GRAPHDROP_RUNS ?? 15),
  ...(process.env.GRAPHDROP_SEED && { seed: Number(process.env.GRAPHDROP_SEED) }),
  interruptAfterTimeLimit: 600_000,
};

/** Rows of a transaction: one row at a time, slices of most objects, everything at once. */
const maxRows = fc.constantFrom(1, 3, 20_000);

/** A world in which a history happens, and what the graph must be after each look at the bucket. */
class Life {
  readonly #world: World;
  readonly #workers: readonly Scope[];
  /** What is in the bucket; null: a version that is not acceptable. */
  readonly #bucket = new Map<string, readonly PeopleRecord[] | null>();
  /** Of each object in the bucket the newest version that is acceptable. */
  readonly #good = new Map<string, readonly PeopleRecord[]>();
  /** The same, as it was when the object was last looked at. */
  readonly #seen = new Map<string, readonly PeopleRecord[]>();

  constructor(world: World, maxRowsPerTransaction: number) {
    this.#world = world;
    this.#workers = [0, 1].map(() => world.worker({ limits: { leaseWaitMs: 60_000, maxRowsPerTransaction } }));
  }

  async happens(happening: Happening): Promise<void> {
    if (happening.kind === 'sync') await this.sync(happening.workers);
    else if (happening.kind === 'put') await this.#put(happening.key, happening.records);
    else if (happening.kind === 'spoil') await this.#put(happening.key, null);
    else await this.#delete(happening.key);
  }

  /** Events are delivered to workers at the same time. */
  async sync(deliveries: readonly (readonly string[])[]): Promise<void> {
    const reports = await Promise.all(deliveries.map((keys, i) => this.#world.sync(keys, this.#workers[i])));
    for (const { unsettled, replaced, rejected } of reports) {
      expect({ unsettled, replaced }).toEqual({ unsettled: [], replaced: false });
      for (const { key } of rejected) expect(this.#bucket.get(key)).toBeNull();
    }
    for (const key of deliveries.flat()) {
      const content = this.#good.get(key);
      if (content === undefined) this.#seen.delete(key);
      else this.#seen.set(key, content);
    }
    expect(await this.#world.graph()).toEqual(modelOf(this.#seen, this.#world.labels.person));
  }

  /** Puts the versions in force back in place of what was rejected: for the graph, that is nothing new. */
  async correct(): Promise<void> {
    for (const [key, content] of this.#bucket) {
      const good = this.#good.get(key);
      if (content !== null) continue;
      if (good === undefined) await this.#delete(key);
      else await this.#put(key, good);
    }
    expect(await this.#world.sync(ALL_KEYS)).toMatchObject({ skipped: ALL_KEYS.length, transactions: 0 });
  }

  async #put(key: string, records: readonly PeopleRecord[] | null): Promise<void> {
    this.#bucket.set(key, records);
    if (records !== null) this.#good.set(key, records);
    await this.#world.put(key, records ?? 'not acceptable');
  }

  async #delete(key: string): Promise<void> {
    this.#bucket.delete(key);
    this.#good.delete(key);
    await this.#world.delete(key);
  }
}

describe('at rest', () => {
  test('graph and root follow from the bucket’s content, whatever happened before', { timeout: 900_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(history, maxRows, async (happenings, rows) => {
        const world = await World.create();
        try {
          const life = new Life(world, rows);
          for (const happening of happenings) await life.happens(happening);
          await life.sync([ALL_KEYS.slice(0, 5), ALL_KEYS.slice(3).reverse()]);
          await life.correct();
          expect(await world.root()).toBe(await freshRoot(world));
        } finally {
          await world.close();
        }
      }),
      runs,
    );
  });

  test('two orders of the same events lead to one root', async () => {
    const files: [string, object[]][] = [
      ['people/a.ndjson', [{ id: 'ada', name: 'Ada' }]],
      ['people/b.ndjson', [{ id: 'ada', name: 'Ada L' }]],
      ['knows/a.ndjson', [{ id: 'k', from: 'ada', to: 'bob' }]],
      ['knows/b.ndjson', [{ id: 'k', from: 'bob', to: 'ada' }]],
    ];
    const world = await World.create();
    for (const [key, records] of files) await world.drop(key, records);
    const [root, graph] = [await world.root(), await world.graph()];
    for (const [key] of files) await world.remove(key);
    expect(await world.root()).toBe('');
    for (const [key, records] of files.reverse()) await world.drop(key, records);
    expect(await world.root()).toBe(root);
    expect(await world.graph()).toEqual(graph);
    await world.close();
  });
});
