/** Promise: workers get the lease in the order in which they came, keep what they read until then, and look at nothing in vain. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { acquire, release } from '../../lib/commit/lease.ts';
import type { ObjectStore } from '../../lib/files/object-store.ts';
import { syncObjects } from '../../lib/sync/sync.ts';
import { watchedObjects } from '../sync/watched-objects.ts';
import type { World } from '../sync/world.ts';
import { it } from '../sync/world-test.ts';

const soon = () => Date.now() + 60_000;

/** A worker's objects, and the calls that were made for them. */
function counting(world: World): { readonly objects: ObjectStore; readonly calls: string[] } {
  const calls: string[] = [];
  return { objects: watchedObjects(world.objects(), call => void calls.push(call)), calls };
}

it('the lease goes to the one that waits longest, and none that has just come gets in between', async ({ world }) => {
  const first = await acquire(world.worker());
  const order: number[] = [];
  const waiting: Promise<void>[] = [];
  for (const n of [0, 1, 2, 3]) {
    const worker = world.worker();
    waiting.push(
      acquire(worker, soon()).then(async lease => {
        order.push(n);
        await sleep(300); // the others tell that they still wait
        await release(lease);
      }),
    );
    await expect.poll(async () => (n === 0 ? (await worker.head.read())?.next : worker.workerId)).toBe(worker.workerId);
    await sleep(50);
  }
  const late = world.worker();
  await release(first);
  expect(await late.head.acquire(late.workerId, late.definitionHash, 1_000)).toBe('held');
  await Promise.all(waiting);
  expect(order).toEqual([0, 1, 2, 3]);
});

it('one that died while it waited keeps nobody waiting', async ({ world }) => {
  const first = await acquire(world.worker());
  const dead = world.worker();
  expect(await dead.head.mayBeFree(dead.workerId, Date.now() - 1_000)).toBe(false);
  expect(await dead.head.read()).toMatchObject({ next: dead.workerId });
  await release(first);
  const next = await acquire(world.worker(), soon());
  expect(next.head).toMatchObject({ next: null });
  await release(next);
});

it('a worker that waits for the lease is told that there is time for something else', async ({ world }) => {
  const first = await acquire(world.worker());
  let told = 0;
  const second = acquire(world.worker(), soon(), () => {
    told += 1;
  });
  await expect.poll(() => told).toBeGreaterThan(0);
  await release(first);
  await release(await second);
});

it('what a worker has read it reads once, however long another commits', async ({ world }) => {
  await world.put('people/a.ndjson', [{ id: 'a', name: 'A' }]);
  await world.put('people/b.ndjson', [{ id: 'b', name: 'B' }]);
  const { promise: isLet, resolve: go } = Promise.withResolvers<void>();
  const { promise: commits, resolve: begun } = Promise.withResolvers<void>();
  const slow = world.worker({
    observe: async step => {
      if (step !== 'committing') return;
      begun();
      await isLet;
    },
  });
  const committing = syncObjects(slow, ['people/a.ndjson']);
  await commits;
  const { objects, calls } = counting(world);
  const patient = world.worker({ objects, limits: { leaseWaitMs: 0 } });
  const waiting = syncObjects(patient, ['people/b.ndjson'], soon());
  await expect.poll(async () => (await patient.head.read())?.next, { timeout: 20_000 }).toBe(patient.workerId);
  go();
  expect(await committing).toMatchObject({ applied: 1 });
  expect(await waiting).toMatchObject({ applied: 1, unsettled: [] });
  expect(calls.filter(call => call === 'read')).toHaveLength(1);
});

it('between two batches of one worker another that waits has its turn', async ({ world }) => {
  const many = Array.from({ length: 12 }, (_, n) => ({ id: `m${n}`, name: 'M' }));
  await world.put('people/many.ndjson', many);
  await world.put('people/one.ndjson', [{ id: 'one', name: 'One' }]);
  const committed: string[] = [];
  const { promise: waits, resolve: go } = Promise.withResolvers<void>();
  const large = world.worker({
    limits: { maxRowsPerTransaction: 3 },
    observe: async step => {
      if (step === 'committing') await waits;
      if (step === 'committed') committed.push('large');
    },
  });
  const small = world.worker({ observe: step => void (step === 'committed' && committed.push('small')) });
  const first = syncObjects(large, ['people/many.ndjson'], soon());
  await expect.poll(async () => (await large.head.read())?.pending ?? null, { timeout: 20_000 }).not.toBeNull();
  const second = syncObjects(small, ['people/one.ndjson'], soon());
  await expect.poll(async () => (await small.head.read())?.next, { timeout: 20_000 }).toBe(small.workerId);
  go();
  expect(await first).toMatchObject({ applied: 1 });
  expect(await second).toMatchObject({ applied: 1 });
  expect(committed.indexOf('small')).toBeLessThan(committed.lastIndexOf('large'));
});

it('of a scope that is closed, or of another definition, no object is looked at', async ({ world }) => {
  await world.drop('people/a.ndjson', [{ id: 'a', name: 'A' }]);
  const { objects, calls } = counting(world);
  const other = world.worker({ objects, code: 'another' });
  await expect(syncObjects(other, ['people/a.ndjson'])).rejects.toMatchObject({ reason: 'definition' });
  const lease = await acquire(world.worker());
  await lease.item.close(lease.epoch);
  await release(lease);
  await expect(syncObjects(world.worker({ objects }), ['people/a.ndjson'])).rejects.toMatchObject({ reason: 'closed' });
  expect(calls).toEqual([]);
});
