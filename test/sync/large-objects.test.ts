import { describe, expect } from 'vitest';
import { freshRoot } from './fresh-root.ts';
import type { World } from './world.ts';
import { it } from './world-test.ts';

const rows = (from: number, to: number, age = 1) =>
  Array.from({ length: to - from }, (_, i) => ({ id: from + i, name: `n${from + i}`, age }));

/** A worker whose transactions apply at most ten rows. */
const small = (world: World) => world.worker({ limits: { maxRowsPerTransaction: 10 } });

describe('an object with more changed rows than a transaction may apply', () => {
  it('is applied in slices, and so are its replacement and its deletion', async ({ world }) => {
    const key = 'people/a.ndjson';
    await world.put(key, rows(0, 45));
    expect(await world.sync([key], small(world))).toMatchObject({ applied: 1, nodesUpserted: 45, transactions: 5 });
    expect(await world.people()).toHaveLength(45);
    expect(await world.root()).toBe(await freshRoot(world));

    await world.put(key, [...rows(0, 20), ...rows(20, 40, 2), ...rows(100, 105)]); // 20 change, 5 go, 5 come
    expect(await world.sync([key], small(world))).toMatchObject({
      nodesUpserted: 25,
      nodesDeleted: 5,
      transactions: 3,
    });
    expect(await world.people()).toHaveLength(45);
    expect((await world.people()).filter(({ age }) => age === 2)).toHaveLength(20);
    expect(await world.root()).toBe(await freshRoot(world));

    await world.put(key, rows(0, 3));
    expect(await world.sync([key], small(world))).toMatchObject({ nodesDeleted: 42, transactions: 5 });
    expect(await world.people()).toEqual(rows(0, 3));

    await world.put(key, rows(0, 30));
    await world.sync([key], small(world));
    await world.delete(key);
    expect(await world.sync([key], small(world))).toMatchObject({ applied: 1, nodesDeleted: 30, transactions: 3 });
    expect(await world.people()).toEqual([]);
    expect(await world.root()).toBe('');
  });

  it('is continued by whoever looks next when a worker dies between two slices', async ({ world }) => {
    const key = 'people/a.ndjson';
    await world.put(key, rows(0, 35));
    let accepted = 0;
    const mortal = world.worker({
      limits: { maxRowsPerTransaction: 10, leaseMs: 300 },
      observe: step => {
        if (step === 'accepted' && ++accepted === 2) throw Object.assign(new Error('killed'), { code: 'KILLED' });
      },
    });
    await expect(world.sync([key], mortal)).rejects.toThrow('killed');
    expect(await world.people()).toHaveLength(20);
    expect(await world.sync([key], small(world))).toMatchObject({ applied: 1, nodesUpserted: 15, transactions: 2 });
    expect(await world.people()).toHaveLength(35);
    expect(await world.root()).toBe(await freshRoot(world));
  });

  it('may be put anew between two slices', async ({ world }) => {
    const key = 'people/a.ndjson';
    await world.put(key, rows(0, 35));
    let accepted = 0;
    const mortal = world.worker({
      limits: { maxRowsPerTransaction: 10 },
      observe: step => {
        if (step === 'accepted' && ++accepted === 2) throw Object.assign(new Error('killed'), { code: 'KILLED' });
      },
    });
    await expect(world.sync([key], mortal)).rejects.toThrow('killed');
    await world.drop(key, rows(10, 15, 2));
    expect(await world.people()).toEqual(rows(10, 15, 2));
    expect(await world.root()).toBe(await freshRoot(world));
  });

  it('keeps its edges between nodes whatever the slices are', async ({ world }) => {
    const key = 'knows/a.ndjson';
    await world.drop('people/a.ndjson', rows(0, 10));
    const ring = (step: number) => rows(0, 30).map(({ id }) => ({ id: `e${id}`, from: id, to: (id + step) % 30 }));
    await world.put(key, ring(1));
    await world.sync([key], small(world));
    await world.put(key, ring(2)); // every edge moves
    await world.sync([key], small(world));
    expect((await world.knows()).map(({ from, to }) => [from, to])).toEqual(
      ring(2)
        .map(({ from, to }) => [from, to])
        .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
    );
    await world.put(key, ring(2).slice(0, 2));
    await world.sync([key], small(world));
    expect(await world.knows()).toHaveLength(2);
    expect(await world.people()).toEqual(rows(0, 10));
  });
});

describe('many small objects', () => {
  it('go in one transaction', async ({ world }) => {
    const keys = Array.from({ length: 40 }, (_, i) => `people/${i}.ndjson`);
    for (const [i, key] of keys.entries()) await world.put(key, rows(i, i + 1));
    expect(await world.sync(keys)).toMatchObject({ applied: 40, nodesUpserted: 40, transactions: 1 });
  });

  it('are cut where a transaction is full, and none of them is split', async ({ world }) => {
    const keys = Array.from({ length: 5 }, (_, i) => `people/${i}.ndjson`);
    for (const [i, key] of keys.entries()) await world.put(key, rows(i * 6, i * 6 + 6));
    expect(await world.sync(keys, small(world))).toMatchObject({ applied: 5, nodesUpserted: 30, transactions: 5 });
  });
});
