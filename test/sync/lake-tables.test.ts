/** Threat: files that a Delta, Hudi or Iceberg table has removed come back, or whether they do depends on what was dropped first. */
import fc from 'fast-check';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect } from 'vitest';
import { ContextKey, flow } from '../../lib/index.ts';
import { resync } from '../../lib/sync/resync.ts';
import { syncObjects } from '../../lib/sync/sync.ts';
import { verify } from '../../lib/verify/verify.ts';
import { freshRoot } from './fresh-root.ts';
import type { World } from './world.ts';
import { it } from './world-test.ts';

/** A file of one row, which is named like it. */
function oneRow(id: string): Uint8Array {
  return new Uint8Array(parquetWriteBuffer({ columnData: [{ name: 'id', data: [id], type: 'STRING' }] }));
}

function lakeFlow(world: World, glob = 'lake/**/*.parquet') {
  return flow(new ContextKey(world.name), graph => {
    const person = graph.nodeTable<{ id: string }>(world.labels.person);
    graph.source(glob, {}, record => person.declareRecord(record as { id: string }));
  });
}

async function drop(world: World, keys: readonly string[]): Promise<void> {
  for (const key of keys) await world.put(key, key.endsWith('.parquet') ? oneRow(key) : '{}\n');
}

const idsOf = async (world: World) => (await world.people()).map(({ id }) => id);

const FILES = ['lake/t/part-0.parquet', 'lake/t/dt=1/part-1.parquet', 'lake/plain/part-2.parquet'];

describe.each([
  ['Delta', 'lake/t/_delta_log/00000000000000000000.json'],
  ['Hudi', 'lake/t/.hoodie/20261101.commit'],
  ['Iceberg', 'lake/t/metadata/v1.metadata.json'],
  ['Iceberg', 'lake/t/metadata/snap-77-1-3f2a.avro'],
])('of a table of %s by %s', (format, log) => {
  it('files are refused, with what to do, and files elsewhere are read', async ({ world }) => {
    const worker = world.worker({ flow: lakeFlow(world) });
    await drop(world, [...FILES, log]);
    const report = await syncObjects(worker, [...FILES].reverse());
    expect(await idsOf(world)).toEqual(['lake/plain/part-2.parquet']);
    expect(report.rejected.map(({ key }) => key).sort()).toEqual([
      'lake/t/dt=1/part-1.parquet',
      'lake/t/part-0.parquet',
    ]);
    const status = await world.status('lake/t/part-0.parquet');
    expect(status).toMatchObject({ state: 'rejected', by: 'table' });
    expect(status?.reason).toMatch(
      new RegExp(`lake/t/part-0.parquet.*folder of a ${format} table, lake/t/.*Export.* or, .* delete lake/t/`),
    );
  });
});

describe('whichever comes first', () => {
  const log = 'lake/t/_delta_log/00000000000000000000.json';
  /** Puts and events in any order, events late, doubled and together. */
  const order = fc.record({
    puts: fc.shuffledSubarray([...FILES, log], { minLength: 4 }),
    takesLogAway: fc.boolean(),
    delays: fc.array(fc.nat(3), { minLength: 5, maxLength: 5 }),
    twice: fc.boolean(),
  });

  it('the end is the same', { timeout: 300_000 }, async ({ world }) => {
    await fc.assert(
      fc.asyncProperty(order, async ({ puts, takesLogAway, delays, twice }) => {
        const worker = world.worker({ flow: lakeFlow(world) });
        const left = await world.keys();
        for (const key of left) await world.delete(key);
        await syncObjects(worker, left);
        const steps = [...puts.map(key => ({ key, put: true })), ...(takesLogAway ? [{ key: log, put: false }] : [])];
        const events = new Map<number, string[]>();
        for (const [index, { key, put }] of steps.entries()) {
          if (put) await drop(world, [key]);
          else await world.delete(key);
          const at = index + (delays[index] ?? 0);
          events.set(at, [...(events.get(at) ?? []), key]);
          await syncObjects(worker, events.get(index) ?? []);
        }
        for (const [at, keys] of events) if (at >= steps.length || twice) await syncObjects(worker, keys);
        expect(await idsOf(world)).toEqual(takesLogAway ? [...FILES].sort() : ['lake/plain/part-2.parquet']);
        expect(await resync(worker)).toMatchObject({ settled: true, outdated: [] });
        for (const key of FILES) {
          const refused = !takesLogAway && !key.includes('plain');
          expect(await world.status(key)).toMatchObject({ state: refused ? 'rejected' : 'applied' });
        }
        const { report } = await verify(worker);
        expect(report.tables).toEqual({});
      }),
      { numRuns: Number(process.env.GRAPHDROP_RUNS ?? 5) },
    );
  });

  it('a file that was applied is taken back although only its log is told of, and back when that goes', async ({
    world,
  }) => {
    const worker = world.worker({ flow: lakeFlow(world) });
    await drop(world, FILES);
    await syncObjects(worker, FILES);
    const before = await world.root();
    await drop(world, [log]);
    await syncObjects(worker, [log]);
    expect(await idsOf(world)).toEqual(['lake/plain/part-2.parquet']);
    // The next entry of the log asks for nothing.
    await drop(world, ['lake/t/_delta_log/00000000000000000001.json']);
    const report = await syncObjects(worker, ['lake/t/_delta_log/00000000000000000001.json']);
    expect(report).toMatchObject({ objects: 1, rejected: [], transactions: 0 });
    for (const key of [log, 'lake/t/_delta_log/00000000000000000001.json']) await world.delete(key);
    await syncObjects(worker, [log]);
    expect(await idsOf(world)).toEqual([...FILES].sort());
    expect(await world.root()).toBe(before);
    expect(await world.root()).toBe(await freshRoot(world, { flow: lakeFlow(world) }));
  });

  it('a log that comes while its files are committed is seen', async ({ world }) => {
    let planned = 0;
    const worker = world.worker({
      flow: lakeFlow(world),
      observe: async step => {
        if (step === 'planned' && planned++ === 0) await drop(world, [log]);
      },
    });
    await drop(world, FILES);
    await syncObjects(worker, FILES);
    expect(await idsOf(world)).toEqual(['lake/plain/part-2.parquet']);
  });

  it('a resync finds what no event told', async ({ world }) => {
    const worker = world.worker({ flow: lakeFlow(world, 'lake/t/dt=1/part-*') });
    await drop(world, FILES);
    await syncObjects(worker, FILES);
    expect(await idsOf(world)).toEqual(['lake/t/dt=1/part-1.parquet']);
    await drop(world, [log]);
    const { outdated } = await resync(worker);
    expect(outdated).toEqual(['lake/t/dt=1/part-1.parquet']);
    await syncObjects(worker, outdated);
    expect(await idsOf(world)).toEqual([]);
    expect(await resync(worker)).toMatchObject({ settled: true, outdated: [] });
  });
});
