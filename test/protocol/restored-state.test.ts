/** Threat: the state table is restored to an older point than the database, or lost part of its items. */
import { expect } from 'vitest';
import { acquire } from '../../lib/commit/lease.ts';
import { recover } from '../../lib/commit/recover.ts';
import { it } from '../sync/world-test.ts';
import { after, atRest, before, cleanRun, keys, nothing, putFiles } from './files.ts';
import { resyncUntilSettled } from './resynced.ts';
import { copyState } from './state-copies.ts';
import { takeNode, walk } from './tracked-nodes.ts';

it('a state that is older than the database is rebuilt to what the files say', async ({ world }) => {
  await cleanRun(world, before);
  const older = await copyState(world);
  const rest = await cleanRun(world, after);
  await older.restore();
  const { first } = await resyncUntilSettled(world);
  expect(first).toMatchObject({ again: true, tracked: 0 });
  expect(await atRest(world)).toEqual(rest);
  await walk(world, rest.root);
});

it('an older state whose table still has the newer nodes goes on without any change of the graph', async ({
  world,
}) => {
  await cleanRun(world, before);
  const older = await copyState(world);
  const rest = await cleanRun(world, after);
  await older.restoreHead();
  const { first, ...changes } = await resyncUntilSettled(world);
  expect(first).toMatchObject({ settled: true, outdated: [] });
  expect(Object.values(changes).every(count => count === 0)).toBe(true);
  expect(await atRest(world)).toEqual(rest);
});

it('the first worker after such a restore is above the fence, and the one before it is not', async ({ world }) => {
  await cleanRun(world, before);
  const older = await copyState(world);
  for (const files of [after, before, nothing, after]) await cleanRun(world, files);
  const [fence] = await world.query('MATCH (f:_Graphdrop {scope: $scope}) RETURN f.epoch AS epoch', {
    scope: world.worker().name,
  });
  await older.restore();
  await putFiles(world, before);
  await world.put('notes/b.ndjson', [{ id: 'n9', rev: 1 }]);
  expect(await world.sync(keys)).toMatchObject({ replaced: true });
  expect((await world.worker().head.read())?.epoch).toBeGreaterThan(Number(fence?.epoch));
  await resyncUntilSettled(world);
  await cleanRun(world, before);
  const rest = await atRest(world);
  await cleanRun(world, nothing);
  expect(rest).toEqual(await cleanRun(world, before));
});

it('a state that lost the node of its root is rebuilt by a resync, as the error says', async ({ world }) => {
  const rest = await cleanRun(world, before);
  await takeNode(world, rest.root);
  const { first } = await resyncUntilSettled(world);
  expect(first).toMatchObject({ again: true, tracked: 0 });
  expect(await atRest(world)).toEqual(rest);
});

it('a state that lost the node of its root while a resync was wanted is rebuilt as well', async ({ world }) => {
  const rest = await cleanRun(world, before);
  const { head } = world.worker();
  const worker = world.worker();
  const { epoch } = await recover(worker, await acquire(worker));
  await head.requireResync(epoch, rest.root);
  await head.release(epoch);
  await takeNode(world, rest.root);
  await resyncUntilSettled(world);
  expect(await atRest(world)).toEqual(rest);
});

it('a state that lost any one node is rebuilt when somebody needs that node', { timeout: 180_000 }, async ({
  world,
}) => {
  const restAfter = await cleanRun(world, after);
  const { root } = await cleanRun(world, before);
  for (const hash of await walk(world, root)) {
    await cleanRun(world, before);
    await takeNode(world, hash);
    await putFiles(world, after);
    const { rejected, replaced } = await world.sync(keys);
    expect(rejected).toEqual([]);
    expect(replaced).toBe(true);
    await resyncUntilSettled(world);
    expect(await atRest(world)).toEqual(restAfter);
    await walk(world, restAfter.root);
  }
});
