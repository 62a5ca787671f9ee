/** Promise: with another primary key a table is a new table, whatever its old rows and constraints would stand in the way of. */
import { describe, expect } from 'vitest';
import { z } from 'zod';
import { ContextKey, flow } from '../../lib/index.ts';
import { forgetOldRoots } from '../protocol/tracked-nodes.ts';
import { type Deployable, deploy, settle } from './deploy.ts';
import { freshRoot } from './fresh-root.ts';
import type { World } from './world.ts';
import { it } from './world-test.ts';

const Row = z.object({ id: z.string(), email: z.string(), friend: z.string().optional() });

/** People with an edge to a friend, told by the same property. */
function keyedBy(world: World, primaryKey: 'id' | 'email'): Deployable {
  const made = flow(new ContextKey(world.name), graph => {
    const people = graph.nodeTable<{ id: string; email: string }, 'id' | 'email'>(world.labels.person, { primaryKey });
    const knows = graph.relationTable(world.labels.knows, people, people);
    graph.source('*.ndjson', { record: Row }, ({ friend, ...row }) => [
      people.declareRecord(row),
      ...(friend === undefined ? [] : [knows.declareRelation({ fromId: row[primaryKey], toId: friend })]),
    ]);
  });
  return { flow: made, code: primaryKey };
}

/** Two rows of one key each way: neither constraint holds for the other's rows. */
async function load(world: World): Promise<void> {
  await world.put('a.ndjson', [
    { id: '1', email: 'x@y', friend: '2' },
    { id: '2', email: 'x@y' },
    { id: '3', email: 'z@y' },
  ]);
  await world.put('b.ndjson', [{ id: '3', email: 'w@y', friend: 'stub' }]);
}

const byId = [{ id: '1', email: 'x@y' }, { id: '2', email: 'x@y' }, { id: '3', email: 'w@y' }, { id: 'stub' }];
const byEmail = [
  { email: '2' },
  { email: 'stub' },
  { id: '2', email: 'x@y' },
  { id: '3', email: 'w@y' },
  { id: '3', email: 'z@y' },
];

async function people(world: World): Promise<unknown[]> {
  return [...(await world.people())].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

async function constraints(world: World): Promise<unknown[]> {
  const text = 'SHOW CONSTRAINTS YIELD name, labelsOrTypes WHERE $label IN labelsOrTypes RETURN name';
  return (await world.query(text, { label: world.labels.person })).map(({ name }) => name);
}

describe('a table that gets another primary key', () => {
  it('has the rows that the files say, and goes back', async ({ world }) => {
    const { person } = world.labels;
    await load(world);
    await deploy(world, keyedBy(world, 'id'));
    expect(await people(world)).toEqual(byId);
    const rekeyed = await deploy(world, keyedBy(world, 'email'));
    expect(await people(world)).toEqual(byEmail);
    expect(await world.knows()).toHaveLength(2);
    expect(await constraints(world)).toEqual([`coco_uniq_${person}__email`]);
    expect((await rekeyed.head.read())?.root).toBe(await freshRoot(world, keyedBy(world, 'email')));
    const back = await deploy(world, keyedBy(world, 'id'));
    expect(await people(world)).toEqual(byId);
    expect(await constraints(world)).toEqual([`coco_uniq_${person}__id`]);
    expect((await back.head.read())?.root).toBe(await freshRoot(world, keyedBy(world, 'id')));
  });

  for (const forgotten of [false, true])
    it(`has them also in a database that is restored to before${forgotten ? ', which the state has forgotten' : ''}`, async ({
      world,
    }) => {
      const { person } = world.labels;
      await load(world);
      await deploy(world, keyedBy(world, 'id'));
      const [fence] = await world.query('MATCH (f:_Graphdrop {scope: $scope}) RETURN properties(f) AS p', {
        scope: world.worker().name,
      });
      const worker = await deploy(world, keyedBy(world, 'email'));
      if (forgotten) await forgetOldRoots(world);
      // By hand what a restore does: graph, fence and schema as they were, under newer state.
      await world.query(`MATCH (n:${person}) DETACH DELETE n`);
      await world.query(`DROP CONSTRAINT coco_uniq_${person}__email`);
      await world.query(`CREATE CONSTRAINT coco_uniq_${person}__id FOR (n:${person}) REQUIRE n.id IS UNIQUE`);
      await world.query(`UNWIND $rows AS row CREATE (n:${person}) SET n = row`, { rows: byId });
      await world.query('MATCH (f:_Graphdrop {scope: $scope}) SET f = $p', { scope: worker.name, p: fence?.p });
      await settle(world, worker);
      expect(await people(world)).toEqual(byEmail);
      expect(await constraints(world)).toEqual([`coco_uniq_${person}__email`]);
    });
});
