/** Promise: over real databases, a plan of files or of a changed flow is what then happens, foreign edges and statements included. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { graphDiff } from '../../lib/insight/diff.ts';
import { planChanges } from '../../lib/insight/plan.ts';
import { deploy } from '../sync/deploy.ts';
import { type PeopleShape, peopleFlow } from '../sync/people-flow.ts';
import { World } from '../sync/world.ts';
import { files } from './changed-files.ts';
import { changesOf, type GraphRows, sums } from './changed-graph.ts';

const RUNS = 12;

const shape: fc.Arbitrary<Required<PeopleShape>> = fc.record({
  age: fc.boolean(),
  notes: fc.boolean(),
  shout: fc.boolean(),
});

/** Rows of the database by name; of an edge the name doesn't have its ends: it may move. A node with only a key is a stub. */
async function contentOf(world: World): Promise<GraphRows> {
  const { people, notes, knows } = await world.graph();
  const rows = new Map<string, string>();
  const stubs = new Set<string>();
  for (const [label, nodes] of Object.entries({ people, notes })) {
    for (const { id, ...rest } of nodes) {
      const name = JSON.stringify([label, id]);
      if (Object.keys(rest).length > 0) rows.set(name, JSON.stringify(rest, Object.keys(rest).sort()));
      else stubs.add(name);
    }
  }
  for (const { from, to, properties } of knows)
    rows.set(JSON.stringify(['knows', properties.id]), JSON.stringify([from, to, properties.since ?? null]));
  return { rows, stubs };
}

async function constraints(world: World): Promise<string[]> {
  const found = await world.query('SHOW CONSTRAINTS YIELD name RETURN name ORDER BY name');
  return found.map(({ name }) => String(name)).filter(name => name.includes(world.ending));
}

async function write(world: World, key: string, content: readonly object[] | null): Promise<void> {
  if (content === null) await world.delete(key);
  else await world.put(key, content);
}

/** Has a foreign node hold some of the people: they don't go, whatever no file declares. */
async function hold(world: World, ids: readonly (string | number)[]): Promise<void> {
  const text = `MATCH (p:${world.labels.person}) WHERE p.id IN $ids CREATE (p)<-[:HOLDS_${world.name}]-(:Foreign_${world.name})`;
  await world.query(text, { ids });
}

it('holds for any change of files, and of the flow', { timeout: 300_000 }, async () => {
  const held = fc.subarray<string | number>(['a', 'b', 'c']);
  await fc.assert(
    fc.asyncProperty(files, files, held, shape, async (first, second, ids, changed) => {
      const world = await World.create();
      try {
        await deploy(world, { flow: peopleFlow(world.name), code: 'first' });
        const worker = world.worker({ code: 'first' });
        for (const [key, content] of Object.entries(first)) await write(world, key, content);
        await world.sync(Object.keys(first), worker);
        await hold(world, ids);

        const before = await contentOf(world);
        const put = new Map(
          Object.entries(second).map(([key, records]) => [
            key,
            records && Buffer.from(records.map(record => `${JSON.stringify(record)}\n`).join('')),
          ]),
        );
        const plan = await planChanges(worker, { put });
        expect(await contentOf(world)).toEqual(before);
        for (const [key, content] of Object.entries(second)) await write(world, key, content);
        await world.sync(Object.keys(second), worker);
        const after = await contentOf(world);
        expect(sums(plan)).toEqual(changesOf(before, after));
        expect((await graphDiff(worker, plan.root)).tables).toEqual(plan.tables);

        const [flow, names] = [peopleFlow(world.name, '1', changed), await constraints(world)];
        const next = await planChanges(world.worker({ flow, code: 'second' }));
        expect(await contentOf(world)).toEqual(after);
        const deployed = await deploy(world, { flow, code: 'second' });
        expect(sums(next).rows).toEqual(changesOf(after, await contentOf(world)).rows);
        expect((await graphDiff(deployed, next.root)).tables).toEqual(next.tables);
        const gone = names.filter(name => name.includes('Note') && !changed.notes);
        expect(next.schema.map(text => /`(\w+)`/.exec(text)?.[1])).toEqual(gone);
        expect(await constraints(world)).toEqual(names.filter(name => !gone.includes(name)));
        expect(await planChanges(deployed)).toMatchObject({ changes: false, objects: 0, schema: [] });
      } finally {
        await world.close();
      }
    }),
    { numRuns: RUNS },
  );
});
