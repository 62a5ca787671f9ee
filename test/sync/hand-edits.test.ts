/** Threat: somebody changes managed rows by hand. */
import { describe, expect } from 'vitest';
import { freshRoot } from './fresh-root.ts';
import { mixedFlow } from './people-flow.ts';
import type { World } from './world.ts';
import { it } from './world-test.ts';

const ada = { id: 'ada', name: 'Ada', age: 36 };
const bob = { id: 'bob', name: 'Bob' };

/** Somebody deletes a node and its edges. */
const killNode = async (world: World, id: string) =>
  await world.query(`MATCH (n:${world.labels.person} {id: $id}) DETACH DELETE n`, { id });

/** Somebody deletes all edges. */
const killEdges = async (world: World) => await world.query(`MATCH ()-[e:${world.labels.knows}]->() DELETE e`);

async function adaKnowsBob(world: World): Promise<void> {
  await world.drop('people/a.ndjson', [ada, bob]);
  await world.drop('knows/a.ndjson', [{ from: 'ada', to: 'bob', since: 1 }]);
}

describe('a node deleted by hand', () => {
  it('comes back when its row changes', async ({ world }) => {
    await world.drop('people/a.ndjson', [ada, bob]);
    await killNode(world, 'ada');
    await world.drop('people/a.ndjson', [{ ...ada, age: 37 }, bob]);
    expect(await world.people()).toEqual([{ ...ada, age: 37 }, bob]);
  });

  it('comes back with its values when an edge of its changes', async ({ world }) => {
    await adaKnowsBob(world);
    await killNode(world, 'ada');
    expect(await world.drop('knows/a.ndjson', [{ from: 'ada', to: 'bob', since: 2 }])).toMatchObject({ applied: 1 });
    expect(await world.people()).toEqual([ada, bob]);
    expect(await world.knows()).toEqual([world.edge('ada', 'bob', { since: 2 })]);
    expect(await world.root()).toBe(await freshRoot(world));
  });

  it('comes back with its values when an edge to it is new', async ({ world }) => {
    await world.drop('people/a.ndjson', [ada, bob]);
    await killNode(world, 'bob');
    await world.drop('knows/a.ndjson', [{ from: 'ada', to: 'bob' }]);
    expect(await world.people()).toEqual([ada, bob]);
  });

  it('comes back with the values of its winner', async ({ world }) => {
    await world.drop('people/a.ndjson', [ada, bob]);
    await world.drop('people/b.ndjson', [{ id: 'ada', name: 'Countess' }]);
    await killNode(world, 'ada');
    await world.drop('knows/a.ndjson', [{ from: 'ada', to: 'bob' }]);
    expect(await world.people()).toEqual([{ id: 'ada', name: 'Countess' }, bob]);
  });

  it('comes back with the values that the same batch gives it', async ({ world }) => {
    await adaKnowsBob(world);
    await killNode(world, 'ada');
    await world.put('people/b.ndjson', [{ id: 'ada', name: 'Countess' }]);
    await world.put('knows/a.ndjson', [{ from: 'ada', to: 'bob', since: 2 }]);
    await world.sync(['people/b.ndjson', 'knows/a.ndjson']);
    expect(await world.people()).toEqual([{ id: 'ada', name: 'Countess' }, bob]);
    expect(await world.knows()).toEqual([world.edge('ada', 'bob', { since: 2 })]);
  });

  it('comes back when the object that declares it is applied in slices', { timeout: 120_000 }, async ({ world }) => {
    const file = (age: number) => Array.from({ length: 12 }, (_, i) => ({ id: `p${i}`, name: 'x', age }));
    const ring = (since: number) => file(0).map(({ id }, i) => ({ from: id, to: `p${(i + 1) % 12}`, since }));
    const worker = world.worker({ flow: mixedFlow(world.name), limits: { maxRowsPerTransaction: 4 } });
    await world.put('mixed/a.ndjson', [...file(1), ...ring(1)]);
    await world.sync(['mixed/a.ndjson'], worker);
    for (const { id } of file(1)) await killNode(world, id);
    await world.put('mixed/a.ndjson', [...file(2), ...ring(2)]);
    await world.sync(['mixed/a.ndjson'], worker);
    expect((await world.people()).every(({ age }) => age === 2)).toBe(true);
    expect(await world.knows()).toHaveLength(12);
  });

  it('comes back with all others, in as many transactions as their values need', async ({ world }) => {
    const people = Array.from({ length: 30 }, (_, i) => ({ id: `p${i}`, name: 'x'.repeat(1_000) }));
    const ring = people.map(({ id }, i) => ({ from: id, to: `p${(i + 1) % 30}` }));
    await world.drop('people/a.ndjson', people);
    await world.query(`MATCH (n:${world.labels.person}) DETACH DELETE n`);
    await world.put('knows/a.ndjson', ring);
    // What each transaction brings back, as the next plan finds it.
    let back = 0;
    let most = 0;
    const worker = world.worker({
      limits: { maxRowsPerTransaction: 30, maxBytesPerTransaction: 12_000 },
      observe: async step => {
        if (step !== 'planned') return;
        const there = (await world.people()).length;
        most = Math.max(most, there - back);
        back = there;
      },
    });
    expect(await world.sync(['knows/a.ndjson'], worker)).toMatchObject({ applied: 1, rejected: [] });
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(12);
    expect(await world.people()).toEqual(people.toSorted((a, b) => (a.id < b.id ? -1 : 1)));
    expect(await world.knows()).toHaveLength(30);
    expect(await world.root()).toBe(await freshRoot(world));
  });

  it('keeps back only the file whose edges need it, where the database refuses its values', async ({ world }) => {
    const { person } = world.labels;
    const people = Array.from({ length: 30 }, (_, i) => ({ id: `p${i}`, name: `name ${i}` }));
    await world.drop('people/a.ndjson', people);
    await world.query(`MATCH (n:${person}) DETACH DELETE n`);
    // Somebody else has a name now, and names are unique.
    await world.query(`CREATE CONSTRAINT ${world.name} FOR (n:${person}) REQUIRE n.name IS UNIQUE`);
    await world.query(`CREATE (:${person} {id: 'theirs', name: 'name 3'})`);
    try {
      const ring = people.map(({ id }, i) => ({ from: id, to: `p${(i + 1) % 30}` }));
      await world.put('knows/a.ndjson', ring);
      await world.put('knows/b.ndjson', ring.slice(10, 12));
      await world.put('people/c.ndjson', [{ id: 'new', name: 'new' }]);
      const worker = world.worker({ limits: { maxRowsPerTransaction: 10 } });
      const report = await world.sync(['knows/a.ndjson', 'knows/b.ndjson', 'people/c.ndjson'], worker);
      expect(report.rejected.map(({ key }) => key)).toEqual(['knows/a.ndjson']);
      expect(report).toMatchObject({ applied: 2, unsettled: [] });
    } finally {
      await world.query(`DROP CONSTRAINT ${world.name}`);
    }
  });

  it('is no hindrance when its row goes', async ({ world }) => {
    await world.drop('people/a.ndjson', [ada, bob]);
    await killNode(world, 'ada');
    expect(await world.drop('people/a.ndjson', [bob])).toMatchObject({ applied: 1, rejected: [] });
    expect(await world.people()).toEqual([bob]);
  });

  it('is no hindrance when its edges go', async ({ world }) => {
    await adaKnowsBob(world);
    await killNode(world, 'bob');
    await world.remove('knows/a.ndjson');
    await world.drop('people/a.ndjson', [ada]);
    expect(await world.graph()).toEqual({ people: [ada], notes: [], knows: [] });
  });

  it('comes back as a stub if it was one', async ({ world }) => {
    await world.drop('knows/a.ndjson', [{ from: 'ada', to: 'bob', since: 1 }]);
    await killNode(world, 'bob');
    await world.drop('knows/a.ndjson', [{ from: 'ada', to: 'bob', since: 2 }]);
    expect(await world.graph()).toEqual({
      people: [{ id: 'ada' }, { id: 'bob' }],
      notes: [],
      knows: [world.edge('ada', 'bob', { since: 2 })],
    });
  });
});

describe('an edge deleted by hand', () => {
  it('comes back when it changes', async ({ world }) => {
    await adaKnowsBob(world);
    await killEdges(world);
    await world.drop('knows/a.ndjson', [{ from: 'ada', to: 'bob', since: 2 }]);
    expect(await world.knows()).toEqual([world.edge('ada', 'bob', { since: 2 })]);
  });

  it('comes back when it moves', async ({ world }) => {
    await world.drop('knows/a.ndjson', [{ id: 'k', from: 'ada', to: 'bob' }]);
    await killEdges(world);
    await world.drop('knows/a.ndjson', [{ id: 'k', from: 'bob', to: 'cem' }]);
    expect(await world.graph()).toEqual({
      people: [{ id: 'bob' }, { id: 'cem' }],
      notes: [],
      knows: [world.edge('bob', 'cem', { id: 'k' })],
    });
  });

  it('is no hindrance when it goes, and its stubs go with it', async ({ world }) => {
    await world.drop('knows/a.ndjson', [{ from: 'ada', to: 'bob' }]);
    await killEdges(world);
    expect(await world.remove('knows/a.ndjson')).toMatchObject({ applied: 1, rejected: [] });
    expect(await world.graph()).toEqual({ people: [], notes: [], knows: [] });
  });
});

describe('what was changed or made by hand', () => {
  it('is as the file says when the row changes', async ({ world }) => {
    await adaKnowsBob(world);
    await world.query(`MATCH (n:${world.labels.person} {id: 'ada'}) SET n.name = 'Eve', n.age = null`);
    await world.drop('people/a.ndjson', [{ ...ada, age: 37 }, bob]);
    expect(await world.people()).toEqual([{ ...ada, age: 37 }, bob]);
  });

  it('goes with the row that it is a copy of', async ({ world }) => {
    await adaKnowsBob(world);
    const { knows } = world.labels;
    await world.query(`MATCH (a)-[e:${knows}]->(b) CREATE (a)-[f:${knows}]->(b) SET f = properties(e)`);
    expect(await world.knows()).toHaveLength(2);
    await world.remove('knows/a.ndjson');
    expect(await world.knows()).toEqual([]);
  });

  it('is taken over where a file declares it afterwards', async ({ world }) => {
    await world.drop('people/a.ndjson', [bob]);
    await world.query(`CREATE (:${world.labels.person} {id: 'ada', name: 'Eve'})`);
    await world.drop('people/a.ndjson', [ada, bob]);
    expect(await world.people()).toEqual([ada, bob]);
  });
});
