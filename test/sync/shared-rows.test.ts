/** Promise: a row that several files declare lives until the last of them drops it, with the values of its winner. */
import { describe, expect } from 'vitest';
import type { World } from './world.ts';
import { it, itOfBuckets } from './world-test.ts';

const ada = { id: 'ada', name: 'Ada' };
const lovelace = { id: 'ada', name: 'Ada Lovelace', age: 36 };
const bob = { id: 'bob', name: 'Bob' };

describe('a row that several objects declare', () => {
  it('lives until its last owner goes', async ({ world }) => {
    const keys = ['people/a.ndjson', 'people/b.ndjson', 'people/c.ndjson'];
    for (const key of keys) await world.put(key, [ada]);
    await world.sync(keys);
    expect(await world.remove('people/b.ndjson')).toMatchObject({ nodesUpserted: 0, nodesDeleted: 0 });
    expect(await world.drop('people/c.ndjson', [bob])).toMatchObject({ nodesUpserted: 1, nodesDeleted: 0 });
    expect(await world.people()).toEqual([ada, bob]);
    expect(await world.remove('people/a.ndjson')).toMatchObject({ nodesDeleted: 1 });
    expect(await world.people()).toEqual([bob]);
  });

  it('is so for edges as well', async ({ world }) => {
    await world.drop('knows/a.ndjson', [{ from: 'ada', to: 'bob', since: 1 }]);
    await world.drop('knows/b.ndjson', [{ from: 'ada', to: 'bob', since: 2 }]);
    expect(await world.knows()).toEqual([world.edge('ada', 'bob', { since: 2 })]);
    await world.remove('knows/b.ndjson');
    expect(await world.knows()).toEqual([world.edge('ada', 'bob', { since: 1 })]);
    await world.remove('knows/a.ndjson');
    expect(await world.graph()).toEqual({ people: [], notes: [], knows: [] });
  });

  it('lets an edge with a key of its own return to the endpoints that the runner-up says', async ({ world }) => {
    await world.drop('knows/a.ndjson', [{ id: 'k', from: 'ada', to: 'bob' }]);
    await world.drop('knows/b.ndjson', [{ id: 'k', from: 'ada', to: 'cem' }]);
    expect(await world.knows()).toEqual([world.edge('ada', 'cem', { id: 'k' })]);
    await world.remove('knows/b.ndjson');
    expect(await world.knows()).toEqual([world.edge('ada', 'bob', { id: 'k' })]);
    expect(await world.people()).toEqual([{ id: 'ada' }, { id: 'bob' }]);
  });

  it('has the values of the greatest object key, whichever comes first', async ({ world }) => {
    await world.drop('people/b.ndjson', [lovelace]);
    expect(await world.drop('people/a.ndjson', [ada])).toMatchObject({ applied: 1, nodesUpserted: 0 });
    expect(await world.people()).toEqual([lovelace]);
    expect(await world.drop('people/c.ndjson', [ada])).toMatchObject({ nodesUpserted: 1 });
    expect(await world.people()).toEqual([ada]);
  });

  it('has the values of the highest version where the table names a column for it', async ({ world }) => {
    await world.drop('notes/a.ndjson', [{ id: 'n', rev: 9, text: 'nine' }]);
    await world.drop('notes/b.ndjson', [{ id: 'n', rev: 10, text: 'ten' }]);
    await world.drop('notes/c.ndjson', [{ id: 'n', rev: 2, text: 'two' }]);
    expect(await world.notes()).toEqual([{ id: 'n', rev: 10, text: 'ten' }]);
    await world.drop('notes/a.ndjson', [{ id: 'n', rev: 11, text: 'eleven' }]);
    expect(await world.notes()).toEqual([{ id: 'n', rev: 11, text: 'eleven' }]);
    await world.drop('notes/a.ndjson', [{ id: 'n', rev: 1, text: 'one' }]); // the winner falls behind
    expect(await world.notes()).toEqual([{ id: 'n', rev: 10, text: 'ten' }]);
  });
});

describe('when the winner goes, the runner-up’s values come next', () => {
  const two = async (world: World) => {
    await world.drop('people/a.ndjson', [ada, bob]);
    await world.drop('people/b.ndjson', [lovelace]);
    expect(await world.people()).toEqual([lovelace, bob]);
  };

  it('whether it is deleted or only drops the row', async ({ world }) => {
    await two(world);
    await world.drop('people/b.ndjson', []);
    expect(await world.people()).toEqual([ada, bob]);
    await world.drop('people/b.ndjson', [lovelace]);
    await world.remove('people/b.ndjson');
    expect(await world.people()).toEqual([ada, bob]);
  });

  itOfBuckets('also when a newer version of the runner-up waits in the bucket', async ({ world }) => {
    await two(world);
    await world.put('people/a.ndjson', [{ id: 'ada', name: 'Newer' }]);
    await world.remove('people/b.ndjson');
    expect(await world.people()).toEqual([ada, bob]);
    await world.sync(['people/a.ndjson']);
    expect(await world.people()).toEqual([{ id: 'ada', name: 'Newer' }]);
  });

  itOfBuckets('also when that newer version is not acceptable', async ({ world }) => {
    await two(world);
    await world.drop('people/a.ndjson', 'no JSON');
    await world.remove('people/b.ndjson');
    expect(await world.people()).toEqual([ada, bob]);
  });

  it('also when the runner-up is deleted already, and its event comes later', async ({ world }) => {
    await two(world);
    await world.delete('people/a.ndjson');
    await world.remove('people/b.ndjson');
    await world.sync(['people/a.ndjson']);
    expect(await world.people()).toEqual([]);
  });

  it('also when the runner-up changes in the same batch', async ({ world }) => {
    await two(world);
    await world.put('people/a.ndjson', [ada, { ...bob, age: 7 }]); // ada's row as before, the other one new
    await world.delete('people/b.ndjson');
    expect(await world.sync(['people/a.ndjson', 'people/b.ndjson'])).toMatchObject({ transactions: 1 });
    expect(await world.people()).toEqual([ada, { ...bob, age: 7 }]);
  });

  it('also without versions in the bucket: then the runner-up is applied as it is now', async ({ world }) => {
    await two(world);
    await world.forgetOldVersions('people/a.ndjson', [{ id: 'ada', name: 'Newer' }]);
    await world.remove('people/b.ndjson');
    expect(await world.people()).toEqual([{ id: 'ada', name: 'Newer' }]);
    expect(await world.status('people/a.ndjson')).toMatchObject({ state: 'applied', rows: 1 });
    expect(await world.sync(['people/a.ndjson'])).toMatchObject({ skipped: 1 });
  });
});

describe('partitions', () => {
  it('writes nothing when rows move to other files unchanged', async ({ world }) => {
    const rows = Array.from({ length: 40 }, (_, i) => ({ id: i, name: `n${i}` }));
    await world.drop('people/all.ndjson', rows);
    for (const part of [0, 1, 2, 3]) {
      await world.put(
        `people/${part}.ndjson`,
        rows.filter(({ id }) => id % 4 === part),
      );
    }
    await world.delete('people/all.ndjson');
    const keys = ['people/all.ndjson', ...[0, 1, 2, 3].map(part => `people/${part}.ndjson`)];
    expect(await world.sync(keys)).toMatchObject({ applied: 5, nodesUpserted: 0, nodesDeleted: 0 });
    expect(await world.people()).toHaveLength(40);
  });

  it('reads no runner-up again that says the same as the winner did', async ({ world }) => {
    await world.drop('people/a.ndjson', [ada, bob]);
    await world.drop('people/b.ndjson', [ada]);
    await world.delete('people/b.ndjson');
    const steps: string[] = [];
    await world.sync(['people/b.ndjson'], world.worker({ observe: step => void steps.push(step) }));
    expect(steps.filter(step => step === 'leased')).toHaveLength(1); // files are read without the lease
    expect(await world.people()).toEqual([ada, bob]);
  });
});
