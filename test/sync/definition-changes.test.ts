/** Promise: files are applied by the definition in force, and by no other. */
import { describe, expect } from 'vitest';
import { z } from 'zod';
import { type ColumnDef, ContextKey, type Flow, flow, TableSchema } from '../../lib/index.ts';
import type { Scope } from '../../lib/scope.ts';
import { deploy as deployed, deployedScope, putInForce } from './deploy.ts';
import type { World } from './world.ts';
import { it } from './world-test.ts';

const Note = z.looseObject({ id: z.string() });
type Row = { id: string; rev?: number };

interface Change {
  readonly versionBy?: 'rev';
  readonly notes?: boolean;
}

/** People are there always; notes with their source only if asked for. */
function changing(world: World, { versionBy, notes = true }: Change = {}): Flow {
  return flow(new ContextKey(world.name), graph => {
    const person = graph.nodeTable<Row>(world.labels.person);
    graph.source('people/*.ndjson', { record: Note }, row => person.declareRecord(row));
    if (!notes) return;
    const note = graph.nodeTable<Row>(world.labels.note, versionBy && { versionBy });
    graph.source('notes/*.ndjson', { record: Note }, row => note.declareRecord(row));
  });
}

/** Puts a definition in force; what it makes of the files is another matter. */
async function deploy(world: World, change: Change): Promise<Scope> {
  const worker = world.worker({ flow: changing(world, change), code: JSON.stringify(change) });
  await putInForce(deployedScope(worker));
  return worker;
}

const keys = ['people/a.ndjson', 'notes/a.ndjson', 'notes/b.ndjson'];

async function load(world: World): Promise<void> {
  const worker = await deploy(world, {});
  await world.put('people/a.ndjson', [{ id: 'ada' }]);
  await world.put('notes/a.ndjson', [{ id: 'n', rev: 2, text: 'newer' }]);
  await world.put('notes/b.ndjson', [{ id: 'n', rev: 1, text: 'greater key' }]);
  await world.sync(keys, worker);
  expect(await world.notes()).toEqual([{ id: 'n', rev: 1, text: 'greater key' }]);
}

describe('when the definition changes', () => {
  it('an object that no source matches any more counts as deleted, its table being gone or not', async ({ world }) => {
    await load(world);
    const worker = await deploy(world, { notes: false });
    expect(await world.sync(keys, worker)).toMatchObject({ applied: 3, nodesDeleted: 0 });
    expect(await world.graph()).toEqual({ people: [{ id: 'ada' }], notes: [], knows: [] });
  });

  it('another winner is found where the table now names a version column', async ({ world }) => {
    await load(world);
    await world.sync(keys, await deploy(world, { versionBy: 'rev' }));
    expect(await world.notes()).toEqual([{ id: 'n', rev: 2, text: 'newer' }]);
    await world.sync(keys, await deploy(world, {}));
    expect(await world.notes()).toEqual([{ id: 'n', rev: 1, text: 'greater key' }]);
  });

  it('a schema that changed in a package has the files of the flow looked at again', async ({ world }) => {
    const people = (age: ColumnDef) =>
      flow(new ContextKey(world.name), graph => {
        const schema = TableSchema.of<{ id: string; age: number }>({ id: { type: 'STRING', nullable: false }, age });
        const person = graph.nodeTable(world.labels.person, { schema });
        graph.source('people/*.ndjson', {}, record => person.declareRecord(record as { id: string; age: number }));
      });
    // The flow module's own code is the same, so the hash of it is.
    const upgraded = async (age: ColumnDef) => await deployed(world, { flow: people(age), code: 'same' });
    await world.put('people/a.ndjson', [{ id: 'ada', age: 7 }]);
    await upgraded({ type: 'INTEGER' });
    expect(await world.people()).toEqual([{ id: 'ada', age: 7 }]);
    await upgraded({ type: 'STRING', encoder: String });
    expect(await world.people()).toEqual([{ id: 'ada', age: '7' }]);
  });

  it('a worker with the old one is told to wait', async ({ world }) => {
    await load(world);
    const old = await deploy(world, { versionBy: 'rev' });
    await deploy(world, {});
    await world.put('people/a.ndjson', [{ id: 'bob' }]);
    await expect(world.sync(keys, old)).rejects.toMatchObject({ code: 'SCOPE_BUSY', reason: 'definition' });
    expect(await world.people()).toEqual([{ id: 'ada' }]);
  });
});
