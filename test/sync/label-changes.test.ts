/** Promise: labels that a definition takes out of a table leave its nodes, and no scope has a label that another claims. */
import { describe, expect } from 'vitest';
import { settled } from '../../lib/definition/applied-table.ts';
import { beginDeploy } from '../../lib/deploy/deploy.ts';
import { ContextKey, flow } from '../../lib/index.ts';
import { ClaimError, readClaims } from '../../lib/neo4j/fence/claims.ts';
import { removeRows } from '../../lib/neo4j/schema/apply-schema.ts';
import { verifyAll } from '../verify/verified.ts';
import { type Deployable, deploy, deployedScope, putInForce, settle } from './deploy.ts';
import { freshRoot } from './fresh-root.ts';
import { labelIn, labelled, people } from './labelled-flow.ts';
import type { World } from './world.ts';
import { it } from './world-test.ts';

const ada = { id: 'ada', name: 'Ada', labels: ['Customer', 'Vip'] };
const bob = { id: 'bob', name: 'Bob', labels: ['Vip'] };

/** The extra labels that a world's scope claims, without the world's ending. */
async function claimed(world: World): Promise<string[]> {
  const all = await readClaims(world.connection.graph);
  const own = all.find(({ scope }) => scope.startsWith(`${world.name}@`));
  return (own?.labels ?? []).map(label => label.replace(`_${world.name}`, ''));
}

/** A flow of another scope with one node table. */
function other(world: World, label: string, options: object): Deployable {
  const made = flow(new ContextKey(`${world.name}-other`), graph => {
    const table = graph.nodeTable<Record<string, unknown>>(label, options);
    graph.source('other/*.ndjson', {}, row => table.declareRecord(row));
  });
  return { flow: made, code: 'other' };
}

describe('a deploy that changes which labels a table names', () => {
  it.for([
    [true, 'system'],
    [false, 'system'],
    [true, 'user'],
  ] as const)(
    'takes those that go from all rows, of rejected files too (a schema: %s, %s)',
    async ([schema, managedBy], { world }) => {
      const shape = { schema, managedBy, drops: true };
      await world.put('people/a.ndjson', [ada, { id: 'cem', name: 'Cem' }]);
      await world.put('people/b.ndjson', [bob]);
      await deploy(world, labelled(world, shape));
      expect(await people(world)).toEqual(['ada Ada Customer,Vip', 'bob Bob Vip', 'cem Cem']);
      const fewer = labelled(world, { ...shape, labels: ['Customer'], refuses: 'Bob' });
      const worker = await deploy(world, fewer);
      expect(await people(world)).toEqual(['ada Ada Customer', 'bob Bob', 'cem Cem']);
      expect(await claimed(world)).toEqual(['Customer']);
      await deploy(world, labelled(world, { ...shape, labels: [] }));
      expect(await people(world)).toEqual(['ada Ada', 'bob Bob', 'cem Cem']);
      const again = labelled(world, shape);
      const last = await deploy(world, again);
      expect(await people(world)).toEqual(['ada Ada Customer,Vip', 'bob Bob Vip', 'cem Cem']);
      expect((await last.head.read())?.root).toBe(await freshRoot(world, again));
      expect((await verifyAll(last)).clean).toBe(true);
      expect(worker.name).toBe(last.name);
    },
  );

  it('claims the label until it has left the last row', async ({ world }) => {
    await world.put('people/a.ndjson', [ada]);
    await deploy(world, labelled(world, { drops: true }));
    const worker = world.worker(labelled(world, { labels: ['Customer'], drops: true }));
    await putInForce(deployedScope(worker));
    expect(await people(world)).toEqual(['ada Ada Customer,Vip']);
    expect(await claimed(world)).toEqual(['Customer', 'Vip']);
    const intruder = world.worker(other(world, labelIn(world, 'Vip'), { adopt: true }));
    await expect(beginDeploy(deployedScope(intruder))).rejects.toThrow(ClaimError);
    await settle(world, worker);
    expect(await people(world)).toEqual(['ada Ada Customer']);
    expect(await claimed(world)).toEqual(['Customer']);
    await putInForce(deployedScope(intruder));
  });

  it('claims no label longer of which there was no row', async ({ world }) => {
    await deploy(world, labelled(world));
    await deploy(world, labelled(world, { labels: [] }));
    expect(await claimed(world)).toEqual([]);
  });

  it('leaves nothing but a bare stub of a table that goes, where foreign edges hold it', async ({ world }) => {
    await world.put('people/a.ndjson', [ada]);
    const worker = await deploy(world, labelled(world));
    await world.query(`MATCH (n:${world.labels.person}) CREATE (n)<-[:SAW]-(:Foreign_${world.name})`);
    await putInForce({
      ...deployedScope(worker),
      definition: { ...other(world, world.labels.note, {}).flow.definition, context: world.name },
    });
    expect(await people(world)).toEqual(['ada -']);
    // As a teardown does, and a copy of the database that the state has forgotten.
    await world.query(`MATCH (n:${world.labels.person}) SET n:${labelIn(world, 'Vip')}`);
    await removeRows(world.connection.graph, worker.definition.tables.map(settled), Number.POSITIVE_INFINITY);
    expect(await people(world)).toEqual(['ada -']);
    await world.query(`MATCH (n:Foreign_${world.name}) DETACH DELETE n`);
    await world.query(`MATCH (n:${world.labels.person}) DETACH DELETE n`);
  });
});

it('rows that are taken over have the labels that files say', async ({ world }) => {
  const { person } = world.labels;
  await world.query(`CREATE (:${person}:${labelIn(world, 'Vip')} {id: 'cem', name: 'Cem'})`);
  await world.query(`CREATE (:${person}:${labelIn(world, 'Customer')} {id: 'gone'})`);
  await world.put('people/a.ndjson', [ada, { id: 'cem', name: 'Cem', labels: ['Customer'] }]);
  const worker = await deploy(world, labelled(world, { adopt: true }));
  expect(await people(world)).toEqual(['ada Ada Customer,Vip', 'cem Cem Customer']);
  expect((await verifyAll(worker)).clean).toBe(true);
});

describe('of several scopes', () => {
  it('none has another’s extra label as its table’s, whichever comes first', async ({ world }) => {
    const customer = labelIn(world, 'Customer');
    const first = world.worker(labelled(world));
    const second = world.worker(other(world, customer, {}));
    await putInForce(deployedScope(first));
    await expect(beginDeploy(deployedScope(second))).rejects.toThrow(`(:${customer}) is an extra label of rows of`);
    const third = world.worker(other(world, labelIn(world, 'Place'), {}));
    await putInForce(deployedScope(third));
    const late = world.worker(labelled(world, { labels: ['Place'] }));
    await expect(beginDeploy(deployedScope(late))).rejects.toThrow(
      `(:${labelIn(world, 'Place')}) is a table of ${third.name}`,
    );
    const user = world.worker(labelled(world, { labels: ['Place'], managedBy: 'user' }));
    await expect(beginDeploy(deployedScope(user))).rejects.toThrow(ClaimError);
  });

  it('several may have one extra label, each on its own rows', async ({ world }) => {
    const worker = await deploy(world, labelled(world));
    await world.put('people/a.ndjson', [ada]);
    await world.sync(['people/a.ndjson'], worker);
    const label = labelIn(world, 'Vip');
    const made = flow(new ContextKey(`${world.name}-other`), graph => {
      const table = graph.nodeTable<Record<string, unknown>>(labelIn(world, 'Firm'), { labels: [label] });
      graph.source('other/*.ndjson', {}, row => table.declareRecord(row, { labels: [label] }));
    });
    const second = world.worker({ flow: made });
    await putInForce(deployedScope(second));
    await world.put('other/a.ndjson', [{ id: 'ada' }]);
    await world.sync(['other/a.ndjson'], second);
    expect(await world.query(`MATCH (n:${label}) RETURN n`)).toHaveLength(2);
    await world.delete('other/a.ndjson');
    await world.sync(['other/a.ndjson'], second);
    expect(await people(world)).toEqual(['ada Ada Customer,Vip']);
  });

  it('none has it as a user’s table, once it is another’s extra label', async ({ world }) => {
    await deploy(world, labelled(world));
    const guest = world.worker(other(world, labelIn(world, 'Vip'), { managedBy: 'user' }));
    await expect(beginDeploy(deployedScope(guest))).rejects.toThrow('is an extra label of rows of');
  });
});

describe('a label that changes its part in one scope', () => {
  it.for(['system', 'user'] as const)(
    'from extra to a table’s own (%s) does so in two steps',
    async (managedBy, { world }) => {
      await world.put('people/a.ndjson', [ada]);
      await deploy(world, labelled(world, { drops: true }));
      const own = other(world, labelIn(world, 'Vip'), { managedBy, adopt: true }).flow.definition;
      const next = world.worker(labelled(world, { labels: ['Customer'], drops: true }));
      const both = {
        ...deployedScope(next),
        definition: { ...next.definition, tables: [...next.definition.tables, ...own.tables] },
      };
      await expect(beginDeploy(both)).rejects.toThrow(`is an extra label of rows of ${next.name}`);
      await putInForce(deployedScope(next));
      await expect(beginDeploy(both)).rejects.toThrow(ClaimError);
      await settle(world, next);
      await putInForce(both);
      expect(await people(world)).toEqual(['ada Ada Customer']);
    },
  );

  it('from a table’s own to an extra one does so in two steps', async ({ world }) => {
    const first = world.worker({ ...other(world, labelIn(world, 'Vip'), {}) });
    await putInForce(deployedScope(first));
    await world.put('other/a.ndjson', [{ id: 'x' }]);
    await world.sync(['other/a.ndjson'], first);
    const context = `${world.name}-other`;
    const shaped = (shape: object) => deployedScope(world.worker(labelled(world, { context, ...shape })));
    await expect(beginDeploy(shaped({}))).rejects.toThrow(`(:${labelIn(world, 'Vip')}) is a table of ${first.name}`);
    await putInForce(shaped({ labels: ['Customer'] }));
    await putInForce(shaped({}));
  });
});
