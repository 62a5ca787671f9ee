/** Promise: what a deploy does to tables is done to their rows, and to no foreign ones. */
import { describe, expect } from 'vitest';
import { z } from 'zod';
import { withdraw } from '../../lib/deploy/scope-ownership.ts';
import { type ColumnDef, ContextKey, type Flow, flow, TableSchema } from '../../lib/index.ts';
import { notedTables } from '../../lib/neo4j/fence/noted-tables.ts';
import type { Scope } from '../../lib/scope.ts';
import { resync } from '../../lib/sync/resync.ts';
import { deployedScope, deploy as deployFlow } from './deploy.ts';
import { freshRoot } from './fresh-root.ts';
import type { World } from './world.ts';
import { it } from './world-test.ts';

interface Definition {
  /** Columns of the table apart from its key; undefined: no schema. */
  readonly columns?: readonly string[];
  readonly primaryKey?: string;
  readonly adopt?: boolean;
  readonly context?: string;
}

function items(world: World, { columns, primaryKey = 'id', adopt = false, context = world.name }: Definition): Flow {
  return flow(new ContextKey(context), graph => {
    const names = [primaryKey, ...(columns ?? [])];
    const defs = Object.fromEntries(names.map((name): [string, ColumnDef] => [name, { type: 'STRING' }]));
    const schema = columns === undefined ? {} : { schema: TableSchema.of(defs) };
    const item = graph.nodeTable<Record<string, unknown>, string>(world.labels.person, {
      primaryKey,
      adopt,
      ...schema,
    });
    graph.source('items/*.ndjson', { record: z.record(z.string(), z.string()) }, row =>
      item.declareRecord(
        Object.fromEntries(names.flatMap(name => (row[name] === undefined ? [] : [[name, row[name]]]))),
      ),
    );
    if (columns !== undefined) return;
    graph.source('loose/*.ndjson', { record: z.record(z.string(), z.string()) }, row => item.declareRecord(row));
  });
}

function optionsOf(world: World, definition: Definition) {
  return { flow: items(world, definition), code: JSON.stringify(definition) };
}

async function deploy(world: World, definition: Definition): Promise<Scope> {
  return await deployFlow(world, optionsOf(world, definition));
}

async function rootOf(worker: Scope): Promise<string | undefined> {
  return (await worker.head.read())?.root;
}

describe('a column', () => {
  it('that goes is cleared from all rows, and comes back with the definition', async ({ world }) => {
    await world.put('items/a.ndjson', [
      { id: 'x', a: '1', b: '2' },
      { id: 'y', a: '3' },
    ]);
    await deploy(world, { columns: ['a', 'b'] });
    await world.query(`MATCH (n:${world.labels.person} {id: 'y'}) SET n.b = 'by hand', n.c = 'not ours'`);
    const definition = { columns: ['a'] };
    const without = await deploy(world, definition);
    expect(await world.people()).toEqual([
      { id: 'x', a: '1' },
      { id: 'y', a: '3', c: 'not ours' },
    ]);
    expect(await rootOf(without)).toBe(await freshRoot(world, optionsOf(world, definition)));
    await deploy(world, { columns: ['a', 'b'] });
    expect(await world.people()).toEqual([
      { id: 'x', a: '1', b: '2' },
      { id: 'y', a: '3', c: 'not ours' },
    ]);
  });

  it('that no schema names any more goes when a schema comes', async ({ world }) => {
    await world.put('items/a.ndjson', [{ id: 'x', a: '1' }]);
    await world.put('loose/a.ndjson', [{ id: 'l', secret: '1' }]);
    await deploy(world, {});
    expect(await world.people()).toEqual([{ id: 'l', secret: '1' }, { id: 'x' }]);
    const definition = { columns: ['a'] };
    const schema = await deploy(world, definition);
    expect(await world.people()).toEqual([{ id: 'x', a: '1' }]);
    expect(await rootOf(schema)).toBe(await freshRoot(world, optionsOf(world, definition)));
  });
});

describe('a table', () => {
  it('whose label has nodes already is refused', async ({ world }) => {
    await world.query(`CREATE (:${world.labels.person} {id: 'theirs', name: 'kept'})`);
    await expect(deploy(world, {})).rejects.toThrow(/has rows already .* adopt: true/);
    await world.put('items/a.ndjson', [{ id: 'x' }]);
    await expect(world.sync(['items/a.ndjson'], world.worker({ flow: items(world, {}) }))).rejects.toThrow(
      /definition|rows already/,
    );
    expect(await world.people()).toEqual([{ id: 'theirs', name: 'kept' }]);
  });

  it('that adopts them takes those over that files declare, and removes the others', async ({ world }) => {
    await world.query(`CREATE (:${world.labels.person} {id: 'theirs'}), (:${world.labels.person} {id: 'x', old: 1})`);
    await world.put('items/a.ndjson', [{ id: 'x' }]);
    await deploy(world, { adopt: true });
    expect(await world.people()).toEqual([{ id: 'x' }]);
  });

  it('belongs to one scope of a database', async ({ world }) => {
    await deploy(world, {});
    const second = deploy(world, { context: `${world.name}-second` });
    await expect(second).rejects.toThrow(new RegExp(`belongs to ${world.name}@.* in this database`));
    const { graph, database } = world.connection;
    const held = async (scope: string) => (await notedTables(graph, scope)).length;
    expect(await held(`${world.name}@${database}`)).toBe(1);
    expect(await held(`${world.name}-second@${database}`)).toBe(0); // so its teardown takes nothing of the first's
  });
});

it('a graph that was left is taken over by the next state of the same scope', async ({ world }) => {
  await world.put('items/a.ndjson', [
    { id: 'x', a: '1' },
    { id: 'gone', a: '1' },
  ]);
  const before = await deploy(world, { columns: ['a'] });
  expect(await withdraw(deployedScope(before), true)).toBe('nothing');
  expect(await world.people()).toHaveLength(2);
  await world.put('items/a.ndjson', [{ id: 'x', a: '2' }]);
  const fresh = { ...optionsOf(world, { columns: ['a'] }), table: await world.freshTable() };
  const worker = await deployFlow(world, fresh);
  expect(await resync(worker)).toMatchObject({ settled: true });
  expect(await world.people()).toEqual([{ id: 'x', a: '2' }]);
});
