/** Threat: rows with many values that the graph gives back in one of two readings are called altered although they are not. */
import { describe, expect } from 'vitest';
import { ContextKey, type Flow, flow, TableSchema } from '../../lib/index.ts';
import type { World } from '../sync/world.ts';
import { it } from '../sync/world-test.ts';
import { differences, repairAll, verifyAll } from './verified.ts';

const NAMES = Array.from({ length: 12 }, (_, i) => `f${i}`);
const isVector = (id: number, column: number) => (id * 7 + column * 5) % 3 === 0;

/**
 * Makes a flow of people with twelve floats of either zero and a vector, and of notes with twelve lists of numbers, four of them
 * vectors: nothing that the server gives back tells which.
 */
function numbersFlow(world: World): Flow {
  const floats = Object.fromEntries(NAMES.map(name => [name, { type: 'FLOAT' } as const]));
  return flow(new ContextKey(world.name), graph => {
    const schema = TableSchema.of({ id: { type: 'INTEGER' }, ...floats, vector: { type: 'VECTOR<FLOAT32>(3)' } });
    const people = graph.nodeTable(world.labels.person, { schema });
    const notes = graph.nodeTable<{ id: number }>(world.labels.note);
    graph.source('rows/*.ndjson', {}, record => {
      const { id } = record as { id: number };
      const zeros = NAMES.map((name, column) => [name, isVector(id, column) ? -0 : 0]);
      const lists = NAMES.map((name, column) => [name, isVector(id, column) ? Float32Array.of(0.5, 1) : [0.5, 1]]);
      return [
        people.declareRecord({ id, ...Object.fromEntries(zeros), vector: [0.5, 0, -0] } as never),
        notes.declareRecord({ id, ...Object.fromEntries(lists) }),
      ];
    });
  });
}

async function synced(world: World) {
  const worker = world.worker({ flow: numbersFlow(world) });
  await world.put(
    'rows/a.ndjson',
    Array.from({ length: 25 }, (_, id) => ({ id })),
  );
  expect(await world.sync(['rows/a.ndjson'], worker)).toMatchObject({ applied: 1, rejected: [] });
  return worker;
}

describe('of rows with more readings than can be tried', () => {
  it('none is altered after a sync', async ({ world }) => {
    const worker = await synced(world);
    expect(await verifyAll(worker, { samples: 10 })).toMatchObject({ clean: true, report: { tables: {} } });
    expect(await verifyAll(worker, { samples: 0 })).toMatchObject({ clean: true, report: { tables: {} } });
  });

  it('those whose files there was no time to read are left to the next call', async ({ world }) => {
    const worker = world.worker({ flow: numbersFlow(world) });
    const keys = Array.from({ length: 6 }, (_, file) => `rows/${file}.ndjson`);
    for (const [file, key] of keys.entries()) await world.put(key, [{ id: 2 * file }, { id: 2 * file + 1 }]);
    await world.sync(keys, worker);
    await world.query(`MATCH (n:${world.labels.note} {id: 3}) SET n.f3 = 1.5`);
    const found = await verifyAll(worker);
    expect(differences(world, found.report)).toEqual({ 'notes altered': ['i3 f3'] });
    const hurried = await verifyAll(worker, { deadline: 0 });
    expect(hurried.report).toEqual(found.report);
  });

  it('each that was altered by hand is named, however many, and repaired', async ({ world }) => {
    const worker = await synced(world);
    await world.query(`MATCH (n:${world.labels.note}) WHERE n.id < 15 SET n.f3 = 1.5`);
    const { report } = await verifyAll(worker);
    const altered = Array.from({ length: 15 }, (_, id) => `i${id} f3`).sort();
    expect(differences(world, report)).toEqual({ 'notes altered': altered });
    await repairAll(world, worker, { samples: 2 });
    expect(await verifyAll(worker)).toMatchObject({ clean: true });
  });

  it('those whose file is gone from the bucket are named as undecided, and not as altered', async ({ world }) => {
    const worker = await synced(world);
    await world.forgetOldVersions('rows/a.ndjson', 'no JSON');
    await world.sync(['rows/a.ndjson'], worker);
    const before = await world.graph();
    const verified = await verifyAll(worker);
    const found = differences(world, verified.report) as Record<string, readonly string[]>;
    expect(Object.keys(found).sort()).toEqual(['notes undecided', 'rejected']);
    expect(verified.clean).toBe(false);
    await repairAll(world, worker);
    expect(await world.graph()).toEqual(before);
  });
});
