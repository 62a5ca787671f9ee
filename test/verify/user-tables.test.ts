/** Promise: in tables that the user manages, declared rows are verified and everything else is left alone. */
import { expect } from 'vitest';
import { z } from 'zod';
import { ContextKey, type Flow, flow } from '../../lib/index.ts';
import type { World } from '../sync/world.ts';
import { itWithoutSchema as it } from '../sync/world-test.ts';
import { differences, repairAll, verifyAll } from './verified.ts';

const Edge = z.object({ id: z.string().optional(), from: z.string(), to: z.string(), since: z.int().optional() });

/** People are ours, places are the user's, and so are visits; ours are the edges `OWN`, from people to places. */
function placesFlow(world: World): Flow {
  const { person, knows, note } = world.labels;
  return flow(new ContextKey(world.name), graph => {
    const people = graph.nodeTable<{ id: string }>(person);
    const places = graph.nodeTable<{ id: string }>(note, { managedBy: 'user' });
    const visits = graph.relationTable(knows, people, places, { managedBy: 'user' });
    const own = graph.relationTable(`OWN_${world.name}`, people, places);
    graph.source('places/*.ndjson', { record: z.looseObject({ id: z.string() }) }, row => places.declareRecord(row));
    graph.source('visits/*.ndjson', { record: Edge }, ({ from, to, ...record }) =>
      visits.declareRelation({ fromId: from, toId: to, record }),
    );
    graph.source('own/*.ndjson', { record: Edge }, ({ from, to, ...record }) =>
      own.declareRelation({ fromId: from, toId: to, record }),
    );
  });
}

it('only declared rows of a user’s table are compared and repaired', async ({ world }) => {
  const worker = world.worker({ flow: placesFlow(world) });
  const { person, knows, note } = world.labels;
  await world.query(`CREATE (:${note} {id: 'theirs', name: 'Own'})-[:${knows} {id: 'own'}]->(:${note} {id: 'bare'})`);
  await world.query(`CREATE (:${note} {name: 'without a key'})`);
  await world.put('places/a.ndjson', [{ id: 'paris', name: 'Paris' }, { id: 'rome' }]);
  await world.put('visits/a.ndjson', [{ id: 'v', from: 'ada', to: 'paris', since: 1 }]);
  await world.put('own/a.ndjson', [{ from: 'ada', to: 'rome' }]);
  await world.sync(await world.keys(), worker);
  const right = await world.graph();
  expect(await verifyAll(worker)).toMatchObject({ clean: true });

  await world.query(`MATCH (n:${note} {id: 'paris'}) SET n.name = 'Paname'`);
  await world.query(
    `MATCH (a:${person} {id: 'ada'}), (b:${note} {id: 'rome'})-[e]-() CREATE (a)-[:${knows} {id: 'w'}]->(b) DELETE e`,
  );
  await world.query(
    `MATCH (a:${person} {id: 'ada'}), (b:${note} {id: 'bare'}) CREATE (a)-[:OWN_${world.name} {id: 'x'}]->(b)`,
  );
  const looked = differences(world, (await verifyAll(worker)).report);
  expect(looked).toEqual({
    'notes altered': ['sparis name'],
    'undefined missing': ['sada > srome'],
    'undefined undeclared': ['sx: sada > sbare'],
  });
  await repairAll(world, worker);
  expect(await verifyAll(worker)).toMatchObject({ clean: true });
  await world.query(`MATCH ()-[e:${knows} {id: 'w'}]->() DELETE e`);
  expect(await world.graph()).toEqual(right);
});

it('a user’s node stays when an undeclared edge of ours to it is removed', async ({ world }) => {
  const worker = world.worker({ flow: placesFlow(world) });
  const { person, note } = world.labels;
  await world.put('own/a.ndjson', [{ from: 'ada', to: 'rome' }]);
  await world.sync(await world.keys(), worker);
  await world.query(
    `MATCH (a:${person} {id: 'ada'}) CREATE (a)-[:OWN_${world.name} {id: 'x'}]->(:${note} {id: 'theirs', name: 'Own'})`,
  );
  await repairAll(world, worker);
  expect(await world.notes()).toEqual([{ id: 'rome' }, { id: 'theirs', name: 'Own' }]);
  expect(await verifyAll(worker)).toMatchObject({ clean: true });
});

it('an edge to each of several nodes of one key stays, and so do the nodes', async ({ world }) => {
  const worker = world.worker({ flow: placesFlow(world) });
  const { note } = world.labels;
  await world.query(`CREATE (:${note} {id: 'rome', name: 'one'}), (:${note} {id: 'rome', name: 'other'})`);
  await world.put('own/a.ndjson', [{ from: 'ada', to: 'rome' }]);
  await world.put('visits/a.ndjson', [{ id: 'v', from: 'ada', to: 'rome' }]);
  expect(await world.sync(await world.keys(), worker)).toMatchObject({ transactions: 1, rejected: [] });
  const edges = `MATCH ()-[e]->(n:${note}) RETURN type(e) AS type, n.name AS name ORDER BY type, name`;
  const before = await world.query(edges);
  expect(before).toHaveLength(4);
  expect(await verifyAll(worker)).toMatchObject({ clean: true });
  await repairAll(world, worker);
  expect(await world.query(edges)).toEqual(before);
  for (const key of await world.keys()) await world.delete(key);
  expect(await world.sync(['own/a.ndjson', 'visits/a.ndjson'], worker)).toMatchObject({
    transactions: 1,
    rejected: [],
  });
  expect((await world.notes()).map(({ name }) => name).sort()).toEqual(['one', 'other']);
});

it('a row in a label that another scope claims is not altered by that scope’s properties', async ({ world }) => {
  const flowOf = (managedBy: 'system' | 'user') =>
    flow(new ContextKey(`${world.name}-${managedBy}`), graph => {
      const person = graph.nodeTable<{ id: string }>(world.labels.person, { managedBy });
      graph.source(`${managedBy}/*.ndjson`, { record: z.looseObject({ id: z.string() }) }, row =>
        person.declareRecord(row),
      );
    });
  const [owner, guest] = [world.worker({ flow: flowOf('system') }), world.worker({ flow: flowOf('user') })];
  await world.put('system/a.ndjson', [{ id: 'ada', name: 'Ada' }]);
  await world.sync(['system/a.ndjson'], owner);
  await world.put('user/a.ndjson', [{ id: 'ada', score: 7 }]);
  await world.sync(['user/a.ndjson'], guest);
  expect(await world.people()).toEqual([{ id: 'ada', name: 'Ada', score: 7 }]);
  expect(await verifyAll(guest)).toMatchObject({ clean: true, report: { tables: {} } });
  await world.query(`MATCH (n:${world.labels.person}) SET n.score = 8`);
  expect(differences(world, (await repairAll(world, guest)).report)).toEqual({ 'people altered': ['sada score'] });
  expect(await world.people()).toEqual([{ id: 'ada', name: 'Ada', score: 7 }]);
  expect(await verifyAll(guest)).toMatchObject({ clean: true });
});
