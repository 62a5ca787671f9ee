/** Threat: nodes of a user's table that share a key are taken for copies, and a repair deletes or overwrites one of them. */
import { expect } from 'vitest';
import { z } from 'zod';
import { ContextKey, type Flow, flow } from '../../lib/index.ts';
import { plain } from '../sync/graph-content.ts';
import type { World } from '../sync/world.ts';
import { itWithoutSchema as it } from '../sync/world-test.ts';
import { differences, repairAll, verifyAll } from './verified.ts';

const Edge = z.object({ from: z.string(), to: z.string(), since: z.int().optional() });

/** Makes a flow of people, of places that the user manages, and of edges between them: visits of ours, notices of the user's. */
function placesFlow(world: World): Flow {
  const { person, knows, note } = world.labels;
  return flow(new ContextKey(world.name), graph => {
    const people = graph.nodeTable<{ id: string }>(person);
    const places = graph.nodeTable<{ id: string; name?: string }>(note, { managedBy: 'user' });
    const visits = graph.relationTable(knows, people, places);
    const notices = graph.relationTable(`NOTICE_${world.name}`, places, places, { managedBy: 'user' });
    graph.source('places/*.ndjson', { record: z.object({ id: z.string(), name: z.string() }) }, row =>
      places.declareRecord(row),
    );
    graph.source('visits/*.ndjson', { record: Edge }, ({ from, to, ...record }) =>
      visits.declareRelation({ fromId: from, toId: to, record }),
    );
    graph.source('notices/*.ndjson', { record: Edge }, ({ from, to, ...record }) =>
      notices.declareRelation({ fromId: from, toId: to, record }),
    );
  });
}

/** Reads everything with the nodes' own identities: two nodes of one key are two. */
async function everything(world: World): Promise<object[]> {
  const found = await world.query(
    `MATCH (a)-[e]->(b) WHERE a:${world.labels.person} OR a:${world.labels.note}
     RETURN elementId(a) AS a, properties(a) AS ap, type(e) AS type, properties(e) AS ep, elementId(b) AS b, properties(b) AS bp
     ORDER BY a, type, b`,
  );
  return found.map(row => ({ ...row, ap: plain(row.ap), ep: plain(row.ep), bp: plain(row.bp) }));
}

it('edges to each of several nodes of one key are no copies, and all of them stay', async ({ world }) => {
  const worker = world.worker({ flow: placesFlow(world) });
  const { note, knows } = world.labels;
  await world.query(`CREATE (:${note} {id: 'rome', theirs: 1}), (:${note} {id: 'rome', theirs: 2})`);
  await world.put('visits/a.ndjson', [
    { from: 'ada', to: 'rome' },
    { from: 'ada', to: 'oslo' },
  ]);
  await world.put('notices/a.ndjson', [{ from: 'rome', to: 'oslo' }]);
  await world.sync(await world.keys(), worker);
  const before = await everything(world);
  expect(before).toHaveLength(5);
  const verified = await verifyAll(worker);
  expect(differences(world, verified.report)).toEqual({
    'knows ambiguous': ['sada > srome'],
    'undefined ambiguous': [`s${note}_rome_${note}_oslo: srome > soslo`],
  });
  expect(verified.clean).toBe(true); // nothing differs
  await repairAll(world, worker);
  expect(await everything(world)).toEqual(before);

  // A real copy goes, and one edge to each of the nodes stays.
  await world.query(`MATCH (a)-[e:${knows}]->(b {theirs: 2}) CREATE (a)-[f:${knows}]->(b) SET f = properties(e)`);
  const { report } = await repairAll(world, worker);
  expect(differences(world, report)).toMatchObject({ 'knows undeclared': ['sada > srome'] });
  expect(await everything(world)).toEqual(before);
});

it('an edge to one of several nodes of one key is told as ambiguous', async ({ world }) => {
  const worker = world.worker({ flow: placesFlow(world) });
  const { note } = world.labels;
  await world.put('visits/a.ndjson', [{ from: 'ada', to: 'rome' }]);
  await world.sync(await world.keys(), worker);
  await world.query(`CREATE (:${note} {id: 'rome', theirs: 1})`);
  const before = await everything(world);
  const verified = await verifyAll(worker);
  expect(differences(world, verified.report)).toEqual({ 'knows ambiguous': ['sada > srome'] });
  expect(verified.clean).toBe(true);
  await repairAll(world, worker);
  expect(await everything(world)).toEqual(before);
});

it('a declared node beside another of its key is not altered, and a repair never overwrites either', async ({
  world,
}) => {
  const worker = world.worker({ flow: placesFlow(world) });
  const { note } = world.labels;
  await world.put('places/a.ndjson', [{ id: 'rome', name: 'Rome' }]);
  await world.sync(await world.keys(), worker);
  await world.query(`CREATE (:${note} {id: 'rome', name: 'Roma', theirs: 1})`);
  const nodes = async () => await world.query(`MATCH (n:${note}) RETURN properties(n) AS p ORDER BY n.name`);
  const before = await nodes();
  const verified = await verifyAll(worker);
  expect(differences(world, verified.report)).toEqual({ 'notes ambiguous': ['srome'] });
  expect(verified.clean).toBe(true);
  await repairAll(world, worker);
  expect(await nodes()).toEqual(before);

  // Which of them was the declared one can't be told any more: that it differs is said, and nothing is written.
  await world.query(`MATCH (n:${note} {name: 'Rome'}) SET n.name = 'Rom'`);
  const edited = await nodes();
  const repaired = await repairAll(world, worker);
  expect(differences(world, repaired.report)).toEqual({
    'notes altered': ['srome name,theirs'],
    'notes ambiguous': ['srome'],
  });
  expect(repaired.clean).toBe(false);
  expect(await nodes()).toEqual(edited);
});
