/** Threat: a column that leaves a table takes the values of rows along that aren't the table's. */
import { expect } from 'vitest';
import { z } from 'zod';
import { type ColumnDef, ContextKey, type Flow, flow, TableSchema } from '../../lib/index.ts';
import { differences, verifyAll } from '../verify/verified.ts';
import { deploy, settle } from './deploy.ts';
import { freshRoot } from './fresh-root.ts';
import type { World } from './world.ts';
import { it } from './world-test.ts';

const record = z.record(z.string(), z.string());

function schemaOf(...columns: string[]): TableSchema<Record<string, unknown>> {
  return TableSchema.of(Object.fromEntries(columns.map((name): [string, ColumnDef] => [name, { type: 'STRING' }])));
}

/** Two tables of one relationship type: the first with the given columns, the second always with `since`. */
function twoTables(world: World, ...columns: string[]) {
  const { person, note, knows } = world.labels;
  const made: Flow = flow(new ContextKey(world.name), graph => {
    const [people, notes] = [graph.nodeTable(person), graph.nodeTable(note)];
    const first = graph.relationTable(knows, people, people, { schema: schemaOf('id', ...columns) });
    const second = graph.relationTable(knows, people, notes, { schema: schemaOf('id', 'since') });
    const edge = ({ from = '', to = '', since = '' }: Record<string, string>) => ({
      fromId: from,
      toId: to,
      record: { id: from, since },
    });
    graph.source('first/*', { record, format: 'ndjson', version: String(columns.length) }, row => {
      if (row.since === 'bad' && columns.length === 0) throw new Error('not any more');
      return first.declareRelation({
        ...edge(row),
        record: { id: row.from, ...(columns.length > 0 && { since: row.since }) },
      });
    });
    graph.source('second/*', { record, format: 'ndjson' }, row => second.declareRelation(edge(row)));
  });
  return { flow: made, code: columns.join() };
}

const edges = async (world: World) =>
  await world.query(
    `MATCH (a)-[r:${world.labels.knows}]->(b) RETURN a.id AS a, b.id AS b, r.since AS since ORDER BY a, b`,
  );

it('of one type between other labels keep theirs', async ({ world }) => {
  await world.put('first/a', [{ from: 'x', to: 'y', since: '1' }]);
  await world.put('first/rejected', [{ from: 'y', to: 'x', since: 'bad' }]);
  await world.put('second/a', [{ from: 'x', to: 'n', since: '2' }]);
  await deploy(world, twoTables(world, 'since'));
  await world.query(
    `CREATE (:${world.labels.note} {id: 'o'})-[:${world.labels.knows} {id: 'theirs', since: '3'}]->(:Foreign_${world.name})`,
  );
  const without = twoTables(world);
  const worker = await deploy(world, without);
  expect(await edges(world)).toEqual([
    { a: 'o', b: null, since: '3' },
    { a: 'x', b: 'n', since: '2' },
    { a: 'x', b: 'y', since: null },
    { a: 'y', b: 'x', since: null }, // of the rejected file, whose rows are as before but for the column
  ]);
  await world.query(`MATCH (n:Foreign_${world.name}) DETACH DELETE n`);
  await world.delete('first/rejected'); // of it a fresh state would have nothing
  await world.sync(['first/rejected'], worker);
  expect((await worker.head.read())?.root).toBe(await freshRoot(world, without));
});

/** The user's table, with the given columns. */
function userTable(world: World, ...columns: string[]) {
  const made = flow(new ContextKey(world.name), graph => {
    const table = graph.nodeTable(world.labels.note, { managedBy: 'user', schema: schemaOf('id', ...columns) });
    graph.source('*.ndjson', { record }, row => {
      if (row.id === 'rejected' && columns.length === 0) throw new Error('not any more');
      return table.declareRecord({ id: row.id, ...(columns.length > 0 && { text: row.text }) });
    });
  });
  return { flow: made, code: columns.join() };
}

it('of the user’s table keep theirs, where no file declares them', async ({ world }) => {
  await world.put('a.ndjson', [{ id: 'ours', text: '1' }]);
  await world.put('b.ndjson', [{ id: 'rejected', text: '2' }]);
  await world.query(`CREATE (:${world.labels.note} {id: 'theirs', text: 'kept'})`);
  await deploy(world, userTable(world, 'text'));
  await deploy(world, userTable(world));
  const text = `MATCH (n:${world.labels.note}) RETURN n.id AS id, n.text AS text ORDER BY id`;
  expect(await world.query(text)).toEqual([
    { id: 'ours', text: null },
    { id: 'rejected', text: null },
    { id: 'theirs', text: 'kept' },
  ]);
});

/** With a schema or without, and then whatever the record has. */
function loose(world: World, columns: readonly string[] | null, accepts: boolean) {
  const made = flow(new ContextKey(world.name), graph => {
    const schema = columns === null ? {} : { schema: schemaOf('id', ...columns) };
    const table = graph.nodeTable<Record<string, unknown>, string>(world.labels.person, schema);
    graph.source('*.ndjson', { record }, row => {
      if (!accepts && row.id === 'rejected') throw new Error('not any more');
      return table.declareRecord(columns === null ? row : { id: row.id, a: row.a });
    });
  });
  return { flow: made, code: JSON.stringify({ columns, accepts }) };
}

it('where a schema comes are all that it doesn’t name, and where it goes none', async ({ world }) => {
  await world.put('a.ndjson', [{ id: 'good', a: '1', b: '2' }]);
  await world.put('b.ndjson', [{ id: 'rejected', a: '1', b: '2' }]);
  await deploy(world, loose(world, null, true));
  expect(await world.people()).toEqual([
    { id: 'good', a: '1', b: '2' },
    { id: 'rejected', a: '1', b: '2' },
  ]);
  await deploy(world, loose(world, ['a'], false));
  const bare = [
    { id: 'good', a: '1' },
    { id: 'rejected', a: '1' },
  ];
  expect(await world.people()).toEqual(bare);
  await world.delete('a.ndjson'); // no row is written any more: the definition changes all the same
  await world.sync(['a.ndjson'], world.worker(loose(world, ['a'], false)));
  await deploy(world, loose(world, null, false));
  expect(await world.people()).toEqual(bare.slice(1));
});

it('of a file that the new definition rejects come back with the old one', async ({ world }) => {
  const rows = Array.from({ length: 30 }, (_, n) => ({ id: `r${n}`, a: '1', b: '2' }));
  await world.put('a.ndjson', [{ id: 'good', a: '1', b: '2' }]);
  await world.put('b.ndjson', [{ id: 'rejected', a: '1', b: '2' }, ...rows]);
  for (const columns of [['a', 'b'], null]) {
    const wide = { columns, accepts: true };
    const before = await deploy(world, loose(world, wide.columns, wide.accepts));
    const [people, root] = [await world.people(), (await before.head.read())?.root];
    expect(people).toHaveLength(32);
    const narrow = await deploy(world, loose(world, ['a'], false));
    expect(await world.people()).toEqual(people.map(({ b: _, ...rest }) => rest));
    await settle(world, narrow); // looks at it once more, as something was taken from it
    const { report } = await verifyAll(narrow);
    expect(differences(world, report), 'what the state no longer knows is undecided').toEqual({
      rejected: ['b.ndjson'],
      'people undecided': ['rejected', ...rows.map(({ id }) => id)].map(id => `s${id}`).sort(),
    });
    await deploy(world, loose(world, wide.columns, wide.accepts));
    expect(await world.people()).toEqual(people);
    expect((await before.head.read())?.root).toBe(root);
  }
});

/** People with one column or two, and notes or none; a file has rows of both. */
function peopleAndNotes(world: World, wide: boolean) {
  const made = flow(new ContextKey(world.name), graph => {
    const people = graph.nodeTable(world.labels.person, { schema: schemaOf('id', 'a', ...(wide ? ['b'] : [])) });
    const notes = wide ? graph.nodeTable(world.labels.note, { schema: schemaOf('id') }) : undefined;
    graph.source('*.ndjson', { record }, row => {
      if (!wide && row.id === 'rejected') throw new Error('not any more');
      return [
        people.declareRecord({ id: row.id, a: row.a, ...(wide && { b: row.b }) }),
        ...(notes ? [notes.declareRecord({ id: row.id })] : []),
      ];
    });
  });
  return { flow: made, code: String(wide) };
}

it('of a file that lost the rows of a table as well come back with both', async ({ world }) => {
  await world.put('a.ndjson', [{ id: 'rejected', a: '1', b: '2' }]);
  const before = await deploy(world, peopleAndNotes(world, true));
  const [graph, root] = [await world.graph(), (await before.head.read())?.root];
  await deploy(world, peopleAndNotes(world, false));
  expect(await world.graph()).toMatchObject({ people: [{ id: 'rejected', a: '1' }], notes: [] });
  await deploy(world, peopleAndNotes(world, true));
  expect(await world.graph()).toEqual(graph);
  expect((await before.head.read())?.root).toBe(root);
});
