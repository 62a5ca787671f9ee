/** Threat: a Parquet file is replaced while it is read by ranges. */
import { PutBucketVersioningCommand } from '@aws-sdk/client-s3';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect } from 'vitest';
import { ContextKey, flow } from '../../lib/index.ts';
import type { World } from './world.ts';
import { it } from './world-test.ts';

const ROWS = 40_000;
/** Ids, names and a column of noise that is most of the file. */
function people(name: string): Uint8Array {
  let seed = 1;
  const noise = Array.from({ length: ROWS }, () => {
    seed = (seed * 48271) % 2147483647;
    return `${seed}`.repeat(10);
  });
  const columnData = [
    { name: 'id', data: Array.from({ length: ROWS }, (_, i) => `p${i % 3}`), type: 'STRING' as const },
    { name: 'noise', data: noise, type: 'STRING' as const },
    { name: 'name', data: Array.from({ length: ROWS }, () => name), type: 'STRING' as const },
  ];
  return new Uint8Array(parquetWriteBuffer({ columnData, rowGroupSize: 10_000 }));
}

function parquetFlow(world: World) {
  return flow(new ContextKey(world.name), graph => {
    const person = graph.nodeTable(world.labels.person);
    const declare = (record: unknown) => {
      const { id, name } = record as { id: string; name: string };
      return person.declareRecord({ id, name });
    };
    graph.source('all/*', {}, declare);
    graph.source('some/*', { columns: ['id', 'name'] }, declare);
  });
}

/** Bytes of the bodies that S3 answers GetObject with, and how often it is asked. */
function counted(world: World, before: () => Promise<void> = async () => undefined) {
  const got = { bytes: 0, requests: 0, ranges: true };
  world.s3.middlewareStack.add(
    (next, context) => async args => {
      if (context.commandName !== 'GetObjectCommand') return await next(args);
      if (got.requests === 1) await before();
      const answer = await next(args);
      const { ContentLength = 0, ContentRange } = answer.output as { ContentLength?: number; ContentRange?: string };
      got.bytes += ContentLength;
      got.requests += 1;
      got.ranges &&= ContentRange !== undefined;
      return answer;
    },
    { step: 'initialize', name: 'counted', override: true },
  );
  return got;
}

describe('Parquet is read by ranges', () => {
  it('of which a projection needs fewer bytes', async ({ world }) => {
    const file = people('Ann');
    const worker = world.worker({ flow: parquetFlow(world) });
    await world.put('all/a.parquet', file);
    const all = counted(world);
    await world.sync(['all/a.parquet'], worker);
    await world.delete('all/a.parquet');
    await world.sync(['all/a.parquet'], worker);
    expect(await world.people()).toEqual([]);
    await world.put('some/a.parquet', file);
    const some = counted(world);
    await world.sync(['some/a.parquet'], worker);
    expect([all.ranges, some.ranges]).toEqual([true, true]);
    expect(all.bytes).toBeGreaterThan(file.length * 0.9);
    expect(some.bytes).toBeLessThan(file.length / 10);
    expect(await world.people()).toHaveLength(3);
  });

  it('that are all of one version, though the object is replaced meanwhile', async ({ world }) => {
    const worker = world.worker({ flow: parquetFlow(world) });
    for (const [key, Status] of [
      ['some/versioned.parquet', 'Enabled'],
      ['some/unversioned.parquet', 'Suspended'],
    ] as const) {
      await world.s3.send(new PutBucketVersioningCommand({ Bucket: world.name, VersioningConfiguration: { Status } }));
      await world.put(key, people('Ann'));
      counted(world, () => world.put(key, people('Bob')));
      const report = await world.sync([key], worker);
      expect(report.rejected).toEqual([]);
      expect(new Set((await world.people()).map(({ name }) => name))).toEqual(new Set(['Bob']));
      await world.delete(key);
      await world.sync([key], worker);
    }
  });
});
