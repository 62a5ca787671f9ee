/** Threat: the database refuses one object of a batch. */
import { describe, expect } from 'vitest';
import { syncObjects } from '../../lib/sync/sync.ts';
import { withArchived } from './archived.ts';
import type { World } from './world.ts';
import { it, itOfBuckets } from './world-test.ts';

/** A constraint of the user's own: what violates it is refused by the database, whatever the files' schema says. */
const namesAreUnique = async (world: World) => {
  const { person } = world.labels;
  await world.query(`CREATE CONSTRAINT ${world.name} FOR (n:${person}) REQUIRE n.name IS UNIQUE`);
};

const key = (n: number) => `people/${n}.ndjson`;
const persons = (ids: readonly number[]) => ids.map(id => ({ id, name: `n${id}` }));
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);

describe('an object that the database refuses', () => {
  it('is rejected with the database’s reason, and all others of its batch are applied', async ({ world }) => {
    await namesAreUnique(world);
    for (const n of numbers(9)) if (n !== 5) await world.put(key(n), persons([n]));
    await world.put(key(5), [
      { id: 50, name: 'same' },
      { id: 51, name: 'same' },
    ]);
    const report = await world.sync(numbers(9).map(key));
    expect(report).toMatchObject({ applied: 8, rejected: [{ key: key(5) }] });
    expect(report.rejected[0]?.reason).toMatch(/the database refuses it: .*already exists/);
    expect(await world.people()).toEqual(persons([0, 1, 2, 3, 4, 6, 7, 8]));
    expect(await world.status(key(5))).toMatchObject({ state: 'rejected', ...report.rejected[0] });
  });

  it('is found among several, wherever they stand', async ({ world }) => {
    await namesAreUnique(world);
    await world.drop('people/first.ndjson', persons([100]));
    for (const n of numbers(7)) {
      const bad = n === 0 || n === 3 || n === 6;
      await world.put(key(n), bad ? [{ id: n, name: 'n100' }] : persons([n]));
    }
    const report = await world.sync(numbers(7).map(key));
    expect(report.rejected.map(rejection => rejection.key).sort()).toEqual([key(0), key(3), key(6)]);
    expect(await world.people()).toEqual(persons([1, 100, 2, 4, 5]));
  });

  it('keeps the rows of its last accepted version', async ({ world }) => {
    await namesAreUnique(world);
    await world.drop(key(0), persons([1, 2]));
    const root = await world.root();
    await world.drop(key(0), [
      { id: 1, name: 'same' },
      { id: 3, name: 'same' },
    ]);
    expect(await world.people()).toEqual(persons([1, 2]));
    expect(await world.root()).toBe(root);
  });

  itOfBuckets('keeps them even if the version is refused when slices of it are applied already', async ({ world }) => {
    await namesAreUnique(world);
    await world.drop(key(0), persons(numbers(4)));
    await world.drop(key(1), [{ id: 'other', name: 'n30' }]);
    await world.put(key(0), persons(numbers(40)));
    const report = await world.sync([key(0)], world.worker({ limits: { maxRowsPerTransaction: 5 } }));
    expect(report.rejected).toMatchObject([{ key: key(0) }]);
    expect((await world.people()).filter(({ id }) => id !== 'other')).toEqual(persons(numbers(4)));
  });

  it('leaves no proposal in head, so that what is up to date is passed over', async ({ world }) => {
    await namesAreUnique(world);
    await world.drop(key(0), persons([1]));
    await world.drop(key(1), [
      { id: 2, name: 'same' },
      { id: 3, name: 'same' },
    ]);
    expect(await world.worker().head.read()).toMatchObject({ holder: null, pending: null, root: await world.root() });
    expect(await world.sync([key(0)])).toMatchObject({ skipped: 1, transactions: 0 });
  });

  it('is rejected also where a row that it leaves keeps its values, for its next winner can’t be read', async ({
    world,
  }) => {
    await namesAreUnique(world);
    await world.drop('people/a.ndjson', [{ id: 1, name: 'of a' }]);
    await world.drop('people/z.ndjson', [{ id: 1, name: 'of z' }]);
    await world.put('people/z.ndjson', [
      { id: 2, name: 'same' },
      { id: 3, name: 'same' },
    ]);
    const worker = world.worker({ ...withArchived(world, ['people/a.ndjson']) });
    expect((await world.sync(['people/z.ndjson'], worker)).rejected).toMatchObject([{ key: 'people/z.ndjson' }]);
    expect(await world.people()).toEqual([{ id: 1, name: 'of z' }]);
  });

  it('is applied as soon as the database takes it', async ({ world }) => {
    await namesAreUnique(world);
    await world.drop(key(0), persons([1]));
    await world.drop(key(1), [{ id: 2, name: 'n1' }]);
    await world.remove(key(0));
    expect(await world.sync([key(1)])).toMatchObject({ applied: 1, rejected: [] });
    expect(await world.people()).toEqual([{ id: 2, name: 'n1' }]);
    expect(await world.status(key(1))).toMatchObject({ state: 'applied' });
  });
});

itOfBuckets(
  'a search through versions that the database refuses ends in time, and goes on another time',
  async ({ world }) => {
    await namesAreUnique(world);
    await world.drop('people/other.ndjson', [{ id: 'other', name: 'same' }]);
    await world.put(key(0), [{ id: 1, name: 'good' }]);
    for (const n of numbers(4)) await world.put(key(0), [{ id: 1, name: 'same', age: n }]);
    let looks = 0;
    for (let open: readonly string[] = [key(0)]; open.length > 0; looks += 1) {
      open = (await syncObjects(world.worker(), open, Date.now())).unsettled;
      expect(looks).toBeLessThan(10);
    }
    expect(looks).toBeGreaterThan(2);
    expect(await world.people()).toContainEqual({ id: 1, name: 'good' });
  },
);
