/** Threat: edits by hand that no row could be made by mislead a verification, or a repair destroys what is not graphdrop's. */
import { describe, expect } from 'vitest';
import { ContextKey, type Flow, flow } from '../../lib/index.ts';
import { withArchived } from '../sync/archived.ts';
import type { World } from '../sync/world.ts';
import { it } from '../sync/world-test.ts';
import { differences, repairAll, verifyAll } from '../verify/verified.ts';

const files: Readonly<Record<string, object[]>> = {
  'people/a.ndjson': [
    { id: 'ada', name: 'Ada' },
    { id: 'bob', name: 'Bob' },
    { id: 1, name: 'One' },
  ],
  'knows/a.ndjson': [
    { from: 'ada', to: 'bob', since: 1 },
    { from: 'ada', to: 'stub' },
    { from: 'bob', to: 2 },
    { id: 'k', from: 'bob', to: 1 },
  ],
  'notes/a.ndjson': [{ id: 'n', rev: 1, text: 'x' }],
};

async function synced(world: World) {
  for (const [key, records] of Object.entries(files)) await world.put(key, records);
  const worker = world.worker();
  expect(await world.sync(Object.keys(files), worker)).toMatchObject({ rejected: [] });
  return worker;
}

describe('by hand,', () => {
  it('keys that no row can have are found at any page size, and go', async ({ world }) => {
    const worker = await synced(world);
    const right = await world.graph();
    const { person, knows } = world.labels;
    const odd = `[0.0 / 0.0, 1.0 / 0.0, -1.0 / 0.0, 9007199254740993, 9007199254740992.0, 1e300, -0.0, '', ' ', '\\u0000', [1], date(), true, false,
      reduce(s = 'x', i IN range(1, 12) | s + s), duration('P1D'), point({x: 1, y: 2})]`;
    await world.query(`UNWIND ${odd} AS id CREATE (:${person} {id: id, name: 'x'})`);
    await world.query(`MATCH (a:${person} {id: 'ada'}) UNWIND ${odd} AS id CREATE (a)-[:${knows} {id: id}]->(a)`);
    const found = differences(world, (await verifyAll(worker)).report) as Record<string, unknown>;
    // NaN, -0.0, the list, the date, the duration and the point are no keys.
    expect(found).toMatchObject({ 'people unkeyed': 6, 'knows unkeyed': 6 });
    expect(found['people undeclared']).toHaveLength(11);
    expect(found['knows undeclared']).toHaveLength(11);
    expect(differences(world, (await verifyAll(worker, { pageSize: 5 })).report)).toEqual(found);
    await repairAll(world, worker, { pageSize: 5 });
    expect(await world.graph()).toEqual(right);
    expect(await verifyAll(worker)).toMatchObject({ clean: true });
  });

  it('a key that became -0.0, which no statement finds, comes back as 0 with its edges by one repair', async ({
    world,
  }) => {
    await world.drop('people/a.ndjson', [{ id: 0, name: 'Zero' }]);
    await world.drop('knows/a.ndjson', [
      { from: 0, to: 'x' },
      { from: 'x', to: 0, id: 'in', since: 1 },
      { from: 0, to: 0, id: 'loop' },
    ]);
    const right = await world.graph();
    const { person } = world.labels;
    await world.query(`MATCH (n:${person} {id: 0}) SET n.id = -0.0`);
    const worker = world.worker();
    expect(differences(world, (await verifyAll(worker)).report)).toEqual({
      'people missing': ['i0'],
      'people unkeyed': 1,
      'knows missing': ['i0 > sx', 'sin: sx > i0', 'sloop: i0 > i0'],
      'knows unkeyed': 3,
    });
    await repairAll(world, worker);
    expect(await world.graph()).toEqual(right);
    expect(await verifyAll(worker)).toMatchObject({ clean: true });
  });

  it('derived keys of edges that were altered are found, and come back', async ({ world }) => {
    const worker = world.worker();
    const { person, knows } = world.labels;
    const ids = ["'k'", '7', 'null', '0.0 / 0.0', `'${person}_ada_${person}_t0'`, `'${person}_t5_${person}_ada'`, "''"];
    await world.drop('knows/a.ndjson', [
      { id: 'k', from: 'bob', to: 'ada' },
      ...ids.map((_, i) => ({ from: 'ada', to: `t${i}`, since: i })),
    ]);
    const right = await world.graph();
    for (const [i, id] of ids.entries())
      await world.query(`MATCH (:${person} {id: 'ada'})-[e:${knows}]->(:${person} {id: 't${i}'}) SET e.id = ${id}`);
    const found = differences(world, (await verifyAll(worker)).report) as Record<string, unknown>;
    expect(found['knows missing']).toEqual(ids.map((_, i) => `sada > st${i}`));
    expect(found['knows unkeyed']).toBe(2);
    expect(found['knows undeclared']).toHaveLength(5);
    await repairAll(world, worker);
    expect(await world.graph()).toEqual(right);
    expect(await verifyAll(worker)).toMatchObject({ clean: true });
  });

  it('a stub that got values, or a key of another type, is made a stub again', async ({ world }) => {
    const worker = await synced(world);
    const stored = async () =>
      await world.query(`MATCH (n:${world.labels.person}) RETURN properties(n) AS p ORDER BY toString(n.id)`);
    const right = await stored();
    const { person } = world.labels;
    await world.query(`MATCH (n:${person} {id: 'stub'}) SET n.name = 'x', n.theirs = 1`);
    await world.query(`MATCH (n:${person} {id: 2}) SET n.id = 2.0`);
    expect(differences(world, (await verifyAll(worker)).report)).toEqual({ 'people undeclared': ['i2', 'sstub'] });
    await repairAll(world, worker);
    await world.query(`MATCH (n:${person} {id: 'stub', theirs: 1}) SET n.theirs = null`);
    expect(await stored()).toEqual(right);
    expect(await verifyAll(worker)).toMatchObject({ clean: true });
  });

  it('a label of ours on other nodes is taken from them, and the nodes stay', async ({ world }) => {
    const worker = await synced(world);
    const right = await world.graph();
    const { person, note } = world.labels;
    const foreign = `Foreign_${world.name}`;
    await world.query(
      `CREATE (:${foreign} {id: 'f', name: 'F', theirs: 1}), (:${foreign} {id: 'g', name: 'G'})-[:LIKES]->(:${foreign} {id: 'h'})`,
    );
    await world.query(`MATCH (n:${person} {id: 'ada'}) SET n:${note}`);
    await world.query(`MATCH (n:${note} {id: 'n'}) SET n:${person}`);
    await world.query(`MATCH (n:${foreign}) WHERE n.name IS NOT NULL SET n:${person}`);
    const found = differences(world, (await verifyAll(worker)).report);
    expect(found).toMatchObject({
      'people undeclared': ['sf', 'sg'],
      'people stubs': ['sn'],
      'notes undeclared': ['sada'],
    });
    await repairAll(world, worker);
    expect(await world.graph()).toEqual(right);
    const left = await world.query(
      `MATCH (n:${foreign}) RETURN labels(n) AS l, n.name AS name, n.theirs AS t ORDER BY n.id`,
    );
    expect(left).toEqual([
      { l: [foreign], name: 'F', t: 1n },
      { l: [foreign], name: 'G', t: null },
      { l: [foreign], name: null, t: null },
    ]);
    expect(await verifyAll(worker)).toMatchObject({ clean: true });
  });

  it('long names, texts and lists of a row don’t make a report larger than a Step Functions payload', async ({
    world,
  }) => {
    const worker = await synced(world);
    const { person, knows, note } = world.labels;
    const names = Array.from({ length: 300 }, (_, i) => `${'\u0001'.repeat(300)}${i}`);
    await world.query(`MATCH (n:${note}) SET n += $more`, { more: Object.fromEntries(names.map(name => [name, 1])) });
    await world.query(
      `UNWIND range(1, 300) AS i CREATE (:${person} {id: $text + i, name: $text})-[:${knows} {id: $text + i}]->(:${person} {id: $text + '_' + i})`,
      { text: '\u0001'.repeat(1000) },
    );
    const answer = await verifyAll(worker, { samples: 1000 });
    expect(answer.report.tables).toMatchObject({
      [`n:${person}:id`]: { undeclared: { count: 300 } },
      [`n:${note}:id`]: { altered: { count: 1 } },
    });
    expect(Buffer.byteLength(JSON.stringify(await verifyAll(worker)))).toBeLessThan(200_000);
  });
});

describe('of tables between labels of the user’s', () => {
  function placesFlow(world: World): Flow {
    const { person, knows, note } = world.labels;
    return flow(new ContextKey(world.name), graph => {
      const people = graph.nodeTable<{ id: string }>(person, { managedBy: 'user' });
      const places = graph.nodeTable<{ id: string }>(note, { managedBy: 'user' });
      const visits = graph.relationTable(knows, people, places);
      graph.source('visits/*.ndjson', {}, record => {
        const { from, to } = record as { from: string; to: string };
        return visits.declareRelation({ fromId: from, toId: to });
      });
    });
  }

  it('edges are compared and repaired, and the user’s nodes are never touched', async ({ world }) => {
    const worker = world.worker({ flow: placesFlow(world) });
    const { person, knows, note } = world.labels;
    await world.query(
      `CREATE (:${person} {id: 'ada', theirs: 1}), (:${note} {id: 'rome', theirs: 2}), (:${note} {theirs: 3})`,
    );
    await world.put('visits/a.ndjson', [
      { from: 'ada', to: 'rome' },
      { from: 'ada', to: 'oslo' },
    ]);
    await world.sync(await world.keys(), worker);
    const right = await world.graph();
    expect(await verifyAll(worker)).toMatchObject({ clean: true });
    await world.query(`MATCH (:${person})-[e:${knows}]->(:${note} {id: 'rome'}) DELETE e`);
    await world.query(`MATCH (a:${person} {id: 'ada'}), (b:${note} {theirs: 3}) CREATE (a)-[:${knows} {id: 'x'}]->(b)`);
    await world.query(
      `MATCH (a:${person} {id: 'ada'}), (b:${note} {id: 'oslo'}) CREATE (a)-[:${knows} {id: 'y'}]->(b)`,
    );
    const { report } = await repairAll(world, worker);
    expect(differences(world, report)).toEqual({
      'knows missing': ['sada > srome'],
      'knows undeclared': ['sy: sada > soslo'],
      'knows unkeyed': 1,
    });
    expect(await world.graph()).toEqual(right);
    expect(await verifyAll(worker)).toMatchObject({ clean: true });
  });
});

it('an archived file keeps only its own rows from being told exactly', async ({ world }) => {
  await synced(world);
  await world.drop('people/b.ndjson', [{ id: 'eve', name: 'Eve' }]);
  const { person } = world.labels;
  await world.query(`MATCH (n:${person}) WHERE n.id IN ['ada', 'eve'] SET n.name = 'x'`);
  const worker = world.worker({ ...withArchived(world, ['people/b.ndjson']) });
  const { report } = await verifyAll(worker);
  expect(differences(world, report)).toEqual({ 'people altered': ['sada name', 'seve ?'] });
});
