/** Promise: a row's extra labels are part of what its file says: they come, change, move and go with it, and with nothing else. */
import { describe, expect } from 'vitest';
import { ContextKey, flow } from '../../lib/index.ts';
import { explainRow } from '../../lib/insight/explain-row.ts';
import type { Scope } from '../../lib/scope.ts';
import { differences, repairAll, verifyAll } from '../verify/verified.ts';
import { freshRoot } from './fresh-root.ts';
import { labelIn, labelled, people } from './labelled-flow.ts';
import type { World } from './world.ts';
import { it } from './world-test.ts';

const ada = { id: 'ada', name: 'Ada' };
const bob = { id: 'bob', name: 'Bob' };

async function drop(world: World, worker: Scope, key: string, rows: readonly object[]): Promise<void> {
  await world.put(key, rows);
  expect(await world.sync([key], worker)).toMatchObject({ rejected: [], unread: [] });
}

/** What a person does by hand to a row. */
async function byHand(world: World, id: string, change: string): Promise<void> {
  await world.query(`MATCH (n:${world.labels.person} {id: $id}) ${change}`, { id });
}

describe('the extra labels of a row', () => {
  it.for([true, false])('come, change and go with its file (a schema: %s)', async (schema, { world }) => {
    const options = labelled(world, { schema });
    const worker = world.worker(options);
    await drop(world, worker, 'people/a.ndjson', [{ ...ada, labels: ['Vip', 'Customer'] }, bob]);
    expect(await people(world)).toEqual(['ada Ada Customer,Vip', 'bob Bob']);
    await drop(world, worker, 'people/a.ndjson', [
      { ...ada, labels: ['Vip', 'Vip'] },
      { ...bob, labels: ['Customer'] },
    ]);
    expect(await people(world)).toEqual(['ada Ada Vip', 'bob Bob Customer']);
    expect(await world.root()).toBe(await freshRoot(world, options));
    await drop(world, worker, 'people/a.ndjson', [ada, { ...bob, name: 'Bo', labels: ['Customer'] }]);
    expect(await people(world)).toEqual(['ada Ada', 'bob Bo Customer']);
    expect((await verifyAll(worker)).clean).toBe(true);
    await drop(world, worker, 'people/a.ndjson', []);
    expect(await people(world)).toEqual([]);
    expect(await world.query(`MATCH (n:${labelIn(world, 'Customer')}) RETURN n`)).toEqual([]);
  });

  it('write nothing when their order alone changes', async ({ world }) => {
    const worker = world.worker(labelled(world));
    await drop(world, worker, 'people/a.ndjson', [{ ...ada, labels: ['Vip', 'Customer'] }]);
    const before = await world.root();
    await world.put('people/b.ndjson', [{ ...ada, labels: ['Customer', 'Vip', 'Customer'] }]);
    expect(await world.sync(['people/b.ndjson'], worker)).toMatchObject({ nodesUpserted: 0 });
    expect(await world.root()).not.toBe(before);
  });

  it('are those of the winner, and the runner-up takes over with its own', async ({ world }) => {
    const worker = world.worker(labelled(world));
    await drop(world, worker, 'people/a.ndjson', [{ ...ada, labels: ['Customer'] }]);
    await drop(world, worker, 'people/b.ndjson', [{ ...ada, labels: ['Vip'] }]);
    expect(await people(world)).toEqual(['ada Ada Vip']);
    await drop(world, worker, 'people/c.ndjson', [ada]);
    expect(await people(world)).toEqual(['ada Ada']);
    for (const key of ['people/c.ndjson', 'people/b.ndjson']) {
      await world.delete(key);
      await world.sync([key], worker);
    }
    expect(await people(world)).toEqual(['ada Ada Customer']);
    const [row] = await explainRow(worker, { name: world.labels.person, key: 'ada' });
    const labels = [labelIn(world, 'Customer')];
    expect(row).toMatchObject({ declaredBy: [{ object: 'people/a.ndjson', labels }], graph: { labels } });
  });

  it('are none of a stub, nor of a row that becomes one', async ({ world }) => {
    const worker = world.worker(labelled(world));
    await drop(world, worker, 'people/a.ndjson', [{ ...ada, labels: ['Customer'] }]);
    await drop(world, worker, 'knows/a.ndjson', [{ from: 'ada', to: 'bob' }]);
    expect(await people(world)).toEqual(['ada Ada Customer', 'bob -']);
    await drop(world, worker, 'people/a.ndjson', [{ ...bob, labels: ['Vip'] }]);
    expect(await people(world)).toEqual(['ada -', 'bob Bob Vip']);
    await drop(world, worker, 'people/b.ndjson', [{ id: 'bob', absent: true }]);
    expect(await people(world)).toEqual(['ada -', 'bob -']);
    expect((await verifyAll(worker)).clean).toBe(true);
    await drop(world, worker, 'knows/a.ndjson', []);
    expect(await people(world)).toEqual([]);
  });

  it('refuse their file when the table doesn’t name them, with line and advice', async ({ world }) => {
    const worker = world.worker(labelled(world));
    await drop(world, worker, 'people/a.ndjson', [{ ...ada, labels: ['Customer'] }]);
    await world.put('people/a.ndjson', [ada, { ...bob, labels: ['Customer', 'Guest'] }]);
    const { rejected } = await world.sync(['people/a.ndjson'], worker);
    const names = ['Customer', 'Vip'].map(name => labelIn(world, name)).join(', ');
    expect(rejected[0]?.lines[0]).toBe(
      `people/a.ndjson:2 ${world.labels.person}.labels: got "${labelIn(world, 'Guest')}", but the table names ${names}: ` +
        'add what is missing to its option labels',
    );
    expect(await people(world)).toEqual(['ada Ada Customer']);
  });

  it('are there when a file is applied in slices, through the temporary folder too', async ({ world }) => {
    const rows = (labels: (n: number) => string[]) =>
      Array.from({ length: 12 }, (_, n) => ({ id: `p${String(n).padStart(2, '0')}`, name: 'x', labels: labels(n) }));
    for (const maxRowsInMemory of [60_000, 5]) {
      const worker = world.worker({ ...labelled(world), limits: { maxRowsPerTransaction: 4, maxRowsInMemory } });
      await drop(
        world,
        worker,
        'people/a.ndjson',
        rows(n => (n % 2 === 0 ? ['Customer'] : [])),
      );
      await drop(
        world,
        worker,
        'people/a.ndjson',
        rows(n => (n % 3 === 0 ? ['Vip'] : ['Customer'])),
      );
      const expected = rows(n => (n % 3 === 0 ? ['Vip'] : ['Customer'])).map(({ id, labels }) => `${id} x ${labels}`);
      expect(await people(world)).toEqual(expected);
    }
  });

  it('are written for rows of a user’s table as well, and go with them', async ({ world }) => {
    const worker = world.worker(labelled(world, { managedBy: 'user' }));
    await world.query(`CREATE (:${world.labels.person}:${labelIn(world, 'Vip')} {id: 'theirs'})`);
    await drop(world, worker, 'people/a.ndjson', [{ ...ada, labels: ['Customer'] }]);
    await drop(world, worker, 'people/a.ndjson', [{ ...ada, labels: ['Vip'] }]);
    expect(await people(world)).toEqual(['ada Ada Vip', 'theirs - Vip']);
    await drop(world, worker, 'people/a.ndjson', []);
    expect(await people(world)).toEqual(['theirs - Vip']);
  });
});

describe('labels that a person changes', () => {
  it('are found by verify and put right, and those that the table doesn’t name are left', async ({ world }) => {
    const [customer, vip] = ['Customer', 'Vip'].map(name => labelIn(world, name)) as [string, string];
    const worker = world.worker(labelled(world));
    await drop(world, worker, 'people/a.ndjson', [{ ...ada, labels: ['Customer'] }, bob]);
    await drop(world, worker, 'knows/a.ndjson', [{ from: 'ada', to: 'cem' }]);
    await byHand(world, 'bob', `SET n:Foreign_${world.name}`);
    expect((await verifyAll(worker)).clean).toBe(true);
    await byHand(world, 'ada', `REMOVE n:${customer}`);
    await byHand(world, 'bob', `SET n:${vip}`);
    await byHand(world, 'cem', `SET n:${vip}`);
    await world.query(`CREATE (:${world.labels.person}:${customer} {id: 'extra'})`);
    const found = differences(world, (await verifyAll(worker)).report);
    expect(found).toEqual({
      'people altered': [`sada :${customer}`, `sbob :${vip}`],
      'people undeclared': ['scem', 'sextra'],
    });
    await repairAll(world, worker);
    expect(await people(world)).toEqual(['ada Ada Customer', 'bob Bob Foreign', 'cem -']);
    expect(await world.query(`MATCH (n:${customer}) RETURN n.id AS id`)).toEqual([{ id: 'ada' }]);
    expect((await verifyAll(worker)).clean).toBe(true);
  });

  it('are right again when the row changes, or when it was deleted and comes back', async ({ world }) => {
    const worker = world.worker(labelled(world));
    await drop(world, worker, 'people/a.ndjson', [{ ...ada, labels: ['Customer'] }, bob]);
    await byHand(world, 'ada', `REMOVE n:${labelIn(world, 'Customer')} SET n:${labelIn(world, 'Vip')}`);
    await byHand(world, 'bob', 'DETACH DELETE n');
    await drop(world, worker, 'people/a.ndjson', [
      { ...ada, name: 'Countess', labels: ['Customer'] },
      { ...bob, labels: ['Vip'] },
    ]);
    expect(await people(world)).toEqual(['ada Countess Customer', 'bob Bob Vip']);
    await byHand(world, 'ada', 'DETACH DELETE n');
    await drop(world, worker, 'knows/a.ndjson', [{ from: 'ada', to: 'bob' }]);
    expect(await people(world)).toEqual(['ada Countess Customer', 'bob Bob Vip']);
  });
});

it('under a person’s constraint on an extra label a value passes from a row that loses it to one that gets it', async ({
  world,
}) => {
  const worker = world.worker(labelled(world));
  await drop(world, worker, 'people/a.ndjson', [{ id: 'b', name: 'x', labels: ['Customer'] }]);
  await world.query(`CREATE CONSTRAINT ${world.name} FOR (n:${labelIn(world, 'Customer')}) REQUIRE n.name IS UNIQUE`);
  await drop(world, worker, 'people/a.ndjson', [
    { id: 'a', name: 'x', labels: ['Customer'] },
    { id: 'b', name: 'x', labels: ['Vip'] },
  ]);
  expect(await people(world)).toEqual(['a x Customer', 'b x Vip']);
  await world.put('people/b.ndjson', [{ id: 'c', name: 'x', labels: ['Customer'] }]);
  expect((await world.sync(['people/b.ndjson'], worker)).rejected).toHaveLength(1);
  await world.query(`DROP CONSTRAINT ${world.name}`);
});

it('under a person’s constraint on an extra label of two tables a key passes from a row of one to a row of the other', async ({
  world,
}) => {
  const customer = labelIn(world, 'Customer');
  const { person, note } = world.labels;
  const made = flow(new ContextKey(world.name), graph => {
    const [people, firms] = [person, note].map(label => graph.nodeTable<{ id: string }>(label, { labels: [customer] }));
    graph.source('*.ndjson', {}, record => {
      const { id, isFirm } = record as { id: string; isFirm: boolean };
      return (isFirm ? firms : people)?.declareRecord({ id }, { labels: [customer] }) ?? null;
    });
  });
  const worker = world.worker({ flow: made });
  await drop(world, worker, 'a.ndjson', [{ id: 'x', isFirm: false }]);
  await world.query(`CREATE CONSTRAINT ${world.name} FOR (n:${customer}) REQUIRE n.id IS UNIQUE`);
  for (const isFirm of [true, false]) {
    await drop(world, worker, 'a.ndjson', [{ id: 'x', isFirm }]);
    const found = await world.query(`MATCH (n:${customer}) RETURN labels(n) AS labels`);
    expect(found).toEqual([{ labels: expect.arrayContaining([customer, isFirm ? note : person]) }]);
  }
  await world.query(`DROP CONSTRAINT ${world.name}`);
});
