/** Threat: several workers, or several stacks, want the same scope at the same time. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { ForeignFenceError } from '../../lib/neo4j/fence/fence.ts';
import type { Scope } from '../../lib/scope.ts';
import { syncObjects } from '../../lib/sync/sync.ts';
import type { World } from '../sync/world.ts';
import { it } from '../sync/world-test.ts';
import { after, atRest, before, cleanRun, keys, nothing, putFiles } from './files.ts';
import { pausedAt } from './paused.ts';
import { walk } from './tracked-nodes.ts';

/** Works on keys again and again, as a queue would have it, until it was let. */
async function persist(scope: Scope, wanted: readonly string[]): Promise<void> {
  for (;;) {
    try {
      const { unsettled } = await syncObjects(scope, wanted);
      if (unsettled.length === 0) return;
    } catch (error) {
      if ((error as { code?: string }).code !== 'SCOPE_BUSY') throw error;
      await sleep(Math.random() * 100);
    }
  }
}

it('workers that want overlapping files at once come to what one alone would', async ({ world }) => {
  const workers = [0, 1, 2, 3].map(n =>
    world.worker({ limits: { leaseWaitMs: n === 0 ? 0 : 500, maxRowsPerTransaction: 2 + n } }),
  );
  const shares = workers.map((_, n) => keys.filter((_, index) => index !== n));
  for (const files of [before, after, before, nothing, after]) {
    await putFiles(world, files);
    await Promise.all(workers.map((worker, n) => persist(worker, shares[n] ?? [])));
  }
  const rest = await atRest(world);
  await walk(world, rest.root);
  await cleanRun(world, nothing);
  expect(rest).toEqual(await cleanRun(world, after));
});

it('files that change while workers want them end as they are in the end', async ({ world }) => {
  const workers = [0, 1, 2, 3].map(() => world.worker({ limits: { maxRowsPerTransaction: 5 } }));
  let writing = true;
  const running = workers.map(async worker => {
    while (writing) await persist(worker, keys);
  });
  for (const files of [before, after, before, nothing, before, after]) await putFiles(world, files);
  writing = false;
  await Promise.all(running);
  await persist(world.worker(), keys); // the last event
  const rest = await atRest(world);
  await cleanRun(world, nothing);
  expect(rest).toEqual(await cleanRun(world, after));
});

it('a worker waits for the one that commits, and takes over when it is done', async ({ world }) => {
  await putFiles(world, before);
  const first = await pausedAt(world, 'committing', keys, { limits: {} });
  const refused = world.worker({ limits: { leaseWaitMs: 0 } });
  await expect(world.sync(keys, refused)).rejects.toMatchObject({ code: 'SCOPE_BUSY', reason: 'held' });
  const waiting = world.sync(keys, world.worker({ limits: { leaseWaitMs: 60_000 } }));
  expect(await first.wake()).toMatchObject({ report: { applied: 4 } });
  expect(await waiting).toMatchObject({ applied: 0, skipped: keys.length });
});

it('a second state table is refused by the database of the first, and keeps no lease', async ({ world }) => {
  const rest = await cleanRun(world, before);
  const stranger = world.worker({ table: await world.freshTable() });
  await expect(syncObjects(stranger, keys)).rejects.toThrow(ForeignFenceError);
  expect(await atRest(world)).toEqual(rest);
  expect(await stranger.head.read()).toMatchObject({ holder: null, root: '', pending: null });
});

it('a second state table is refused even if both begin at once', async ({ world }) => {
  await putFiles(world, before);
  const table = await world.freshTable();
  const second = await pausedAt(world, 'stamped', keys, { table, limits: {} }); // it saw no fence
  const first = await pausedAt(world, 'planned', keys, { limits: {} }); // it made the fence
  expect(await second.wake()).toMatchObject({ error: { code: 'FOREIGN_FENCE' } });
  expect(await first.wake()).toMatchObject({ report: { applied: 4, replaced: false } });
  expect(await withoutRest(world)).toEqual({ fenced: true, pending: null });
});

async function withoutRest(world: World) {
  const { fenceRoot, root, pending } = await atRest(world);
  return { fenced: fenceRoot === root && root !== '', pending };
}
