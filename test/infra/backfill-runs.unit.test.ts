/** Promise: a backfill as a whole comes to its end: its flow of states, its tries, its totals, within the limits of Step Functions. */
import { describe, expect, it } from 'vitest';
import { BACKFILL_PREFIX, backfillDefinition } from '../../infra/backfill-definition.ts';
import { RejectedObjectError } from '../../lib/files/rejection.ts';
import { fittingReports } from '../../lib/lambda/fitting-answer.ts';
import { emptyReport } from '../../lib/sync/sync-report.ts';
import { execute, type Machine, StateError } from './state-machine.ts';

const machine = backfillDefinition({
  partition: 'aws',
  bucketName: 'files',
  functionArn: 'arn:sync',
  maxConcurrency: 2,
}) as Machine;

/** What the sync function does with a batch. */
type Sync = (keys: readonly string[], nth: number) => object;

/** Runs the backfill of a bucket with such keys. @returns how it ended, with the batches that were synced and what was read */
async function backfill(keys: readonly string[], sync: Sync, input: object = {}) {
  const batches: (readonly string[])[] = [];
  const read: unknown[] = [];
  const outcome = await execute(machine, input, {
    read: (resource, given) => {
      read.push([resource, given]);
      return keys.map(Key => ({ Key, Size: 1, Etag: 'e' }));
    },
    call: (resource, { FunctionName, Payload }) => {
      expect([resource, FunctionName]).toEqual(['lambda:invoke', 'arn:sync']);
      const request = Payload as { readonly bucket: string; readonly keys: readonly string[] };
      expect(request.bucket).toBe('files');
      batches.push(request.keys);
      return { ExecutedVersion: '$LATEST', StatusCode: 200, Payload: sync(request.keys, batches.length) };
    },
  }).catch((error: unknown) => error as StateError);
  return { outcome, batches, read };
}

const applied = (keys: readonly string[], unsettled: readonly string[] = []) => ({
  reports: [{ ...emptyReport('kg@neo4j'), applied: keys.length - unsettled.length, unsettled }],
});

const applyAll: Sync = keys => applied(keys);

const results = { Bucket: 'files', Key: `${BACKFILL_PREFIX}/id/manifest.json` };
const keysOf = (count: number, name = (n: number) => `people/${n}.csv`) =>
  Array.from({ length: count }, (_, n) => name(n));

describe('a backfill', () => {
  it('of 2,350 objects has each synced, a hundred at a time, again while any is unsettled, and the scope is busy', async () => {
    const keys = keysOf(2_350);
    const synced = new Set<string>();
    const { outcome, batches, read } = await backfill(keys, (some, nth) => {
      if (nth % 5 === 0) throw new StateError('ScopeBusyError', 'another worker is committing');
      if (nth % 7 === 0) throw new StateError('Sandbox.Timedout', 'time');
      const unsettled = some.filter((_, n) => n % 3 === nth % 3);
      for (const key of some) if (!unsettled.includes(key)) synced.add(key);
      return applied(some, unsettled);
    });
    expect(outcome).toMatchObject({ output: { objects: 2_350, synced: 2_350, failed: 0, results } });
    expect(synced).toEqual(new Set(keys));
    expect(Math.max(...batches.map(batch => batch.length))).toBe(100);
    expect(read).toEqual([['s3:listObjectsV2', { Bucket: 'files', Prefix: '' }]]);
    // However many objects there are.
    expect((outcome as { readonly events: number }).events).toBeLessThan(30);
  });

  it('of nothing has nothing to do', async () => {
    const { outcome } = await backfill([], applyAll, { prefix: 'none/' });
    expect(outcome).toMatchObject({ output: { objects: 0, synced: 0, failed: 0 } });
  });

  it('of a prefix lists that prefix; of an inventory decodes its keys', async () => {
    expect((await backfill(['a'], applyAll, { prefix: '2026/' })).read).toEqual([
      ['s3:listObjectsV2', { Bucket: 'files', Prefix: '2026/' }],
    ]);
    const inventory = { bucket: 'inventories', key: 'daily/manifest.json' };
    const { batches, read } = await backfill(['a+b%2Bc', 'caf%C3%A9%25+%2F'], applyAll, { inventory });
    expect(read).toEqual([
      ['s3:getObject', { InputType: 'MANIFEST', Bucket: 'inventories', Key: 'daily/manifest.json' }],
    ]);
    expect(batches).toEqual([['a b+c', 'café% /']]);
  });

  it('goes on where a batch fails, and then fails with the number of objects and where to look', async () => {
    const keys = keysOf(350);
    const { outcome, batches } = await backfill(keys, some => {
      if (some.includes(keys[120] as string)) throw new StateError('UnknownBucketError', 'not this bucket');
      return applied(some);
    });
    expect(batches).toHaveLength(4);
    expect(outcome).toMatchObject({
      name: 'BackfillIncomplete',
      message: expect.stringMatching(/^100 of 350 objects .*s3:\/\/files\//),
    });
  });

  it('ends though objects never settle, and the busiest batch stays within what a history holds', async () => {
    // Each round but the last try is refused.
    const busy = (rounds: number): Sync => {
      let calls = 0;
      return some => {
        calls += 1;
        if (calls % 46 !== 0) throw new StateError('ScopeBusyError', 'another worker is committing');
        return applied(some, calls / 46 < rounds ? some : []);
      };
    };
    const { outcome } = await backfill(['a'], busy(50));
    expect(outcome).toMatchObject({ output: { synced: 1 } });
    const { mostOfChildren } = outcome as { readonly mostOfChildren: number };
    expect(mostOfChildren).toBeGreaterThan(5_000);
    expect(mostOfChildren).toBeLessThan(10_000);
    expect((await backfill(['a'], busy(1e9))).outcome).toMatchObject({ name: 'BackfillIncomplete' });
  });

  it('stays within what a state holds, with the longest keys there are, each rejected with many problems', async () => {
    const long = '\u0001'.repeat(1_000);
    const keys = keysOf(250, n => `${n}${long}`);
    const problems = Array.from({ length: 20 }, (_, line) => ({ line, problem: 'x'.repeat(100) }));
    const { outcome, batches } = await backfill(keys, some => {
      const rejected = some.map(key => {
        const { message: reason, lines, counts } = new RejectedObjectError({ bucket: 'files', key }, problems);
        return { key, reason, problems, lines, counts };
      });
      return { reports: fittingReports([{ ...emptyReport('kg@neo4j'), rejected }]) };
    });
    expect(outcome).toMatchObject({ output: { objects: 250, synced: 250, failed: 0 } });
    expect(batches.flat()).toEqual(keys);
  });
});
