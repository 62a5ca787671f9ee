/** Threat: an object has more rows than a transaction may have. */
import { describe, expect } from 'vitest';
import { freshRoot } from './fresh-root.ts';
import type { World } from './world.ts';
import { it } from './world-test.ts';

const rows = (from: number, to: number, age = 1) =>
  Array.from({ length: to - from }, (_, i) => ({ id: from + i, name: `n${from + i}`, age }));

/** A worker whose transactions apply at most ten rows. */
const small = (world: World) => world.worker({ limits: { maxRowsPerTransaction: 10 } });

/** A worker that keeps at most five rows of an object in memory, and spools the others. */
const spooling = (world: World) => world.worker({ limits: { maxRowsPerTransaction: 10, maxRowsInMemory: 5 } });

describe.each([
  ['an object with more changed rows than a transaction may apply', small],
  ['an object with more rows than fit in memory', spooling],
])('%s', (_, small) => {
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

  it('is continued by the next worker when one dies between two slices', async ({ world }) => {
    const key = 'people/a.ndjson';
    await world.put(key, rows(0, 35));
    let accepted = 0;
    const mortal = world.worker({
      limits: { ...small(world).limits, leaseMs: 300 },
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
      limits: small(world).limits,
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

it.for([5, 60_000])(
  'an object of large rows takes as many transactions as their bytes ask for, with %i rows in memory',
  async (maxRowsInMemory, { world }) => {
    const worker = world.worker({ limits: { maxBytesPerTransaction: 100_000, maxRowsInMemory } });
    await world.put(
      'people/a.ndjson',
      rows(0, 20).map(row => ({ ...row, name: 'x'.repeat(10_000) })),
    );
    expect(await world.sync(['people/a.ndjson'], worker)).toMatchObject({ nodesUpserted: 20, transactions: 4 });
    expect(await world.root()).toBe(await freshRoot(world));
    await world.delete('people/a.ndjson');
    expect(await world.sync(['people/a.ndjson'], worker)).toMatchObject({ nodesDeleted: 20, transactions: 1 });
  },
);

it('large values that another file gives count as well, where its rows come next', async ({ world }) => {
  const worker = world.worker({ limits: { maxBytesPerTransaction: 100_000 } });
  const large = (letter: string) => rows(0, 20).map(row => ({ ...row, name: letter.repeat(10_000) }));
  await world.put('people/a.ndjson', large('a'));
  await world.put('people/b.ndjson', large('b'));
  await world.sync(['people/a.ndjson', 'people/b.ndjson']);
  await world.delete('people/b.ndjson');
  const { nodesUpserted, nodesDeleted, transactions } = await world.sync(['people/b.ndjson'], worker);
  expect({ nodesUpserted, nodesDeleted }).toEqual({ nodesUpserted: 20, nodesDeleted: 0 });
  expect(transactions).toBeGreaterThan(3);
  const names = (await world.people()).map(({ name }) => String(name));
  expect(names.map(name => name[0])).toEqual(Array(20).fill('a'));
  expect(await world.root()).toBe(await freshRoot(world));
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
