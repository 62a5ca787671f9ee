/** Threat: a resync compares with a bucket or a database that isn't the right one, and would take most of the graph away. */
import { expect } from 'vitest';
import { scopeStatus } from '../../lib/insight/status.ts';
import type { Scope } from '../../lib/scope.ts';
import { resync } from '../../lib/sync/resync.ts';
import type { World } from './world.ts';
import { it } from './world-test.ts';

const limits = { maxRemovedShare: 0.5 };
const keys = ['people/a.ndjson', 'people/b.ndjson', 'people/c.ndjson'];

/** Three files of four rows: one has half of them. */
async function fill(world: World): Promise<void> {
  await world.put('people/a.ndjson', [
    { id: 'a', name: 'a' },
    { id: 'aa', name: 'aa' },
  ]);
  await world.put('people/b.ndjson', [{ id: 'b', name: 'b' }]);
  await world.put('people/c.ndjson', [{ id: 'c', name: 'c' }]);
  await world.sync(keys);
}

/** Resyncs as the queue would have it, a page at a time, until nothing is left to do or it is held back. */
async function settle(world: World, worker: Scope, confirmed = false) {
  for (let parts = 0; parts < 30; parts += 1) {
    let report = await resync(worker, { confirmed, deadline: 0 });
    const outdated = [...report.outdated];
    while (report.next !== null) {
      report = await resync(worker, { confirmed, deadline: 0, from: JSON.parse(JSON.stringify(report.next)) });
      outdated.push(...report.outdated);
    }
    await world.sync(outdated, worker);
    if (outdated.length === 0 && !report.again) return report;
  }
  throw new Error('it never settles');
}

it('a bucket that lost more than half of the rows waits for a person, and one that lost half doesn’t', async ({
  world,
}) => {
  await fill(world);
  const worker = world.worker({ limits });
  for (const key of keys.slice(0, 2)) await world.delete(key);
  const heldBack = { objects: 2, rows: 3, of: 4 };
  expect(await settle(world, worker)).toMatchObject({ heldBack, open: 2, settled: false, again: false });
  expect(await world.people()).toHaveLength(4);
  expect(await scopeStatus(world.worker())).toMatchObject({ heldBack, settled: false });
  await world.put('people/b.ndjson', [{ id: 'b', name: 'b' }]);
  expect(await settle(world, worker)).toMatchObject({ heldBack: null, settled: true });
  expect(await world.people()).toHaveLength(2);
});

it('what is confirmed goes', async ({ world }) => {
  await fill(world);
  for (const key of keys) await world.delete(key);
  const worker = world.worker({ limits });
  expect(await settle(world, worker)).toMatchObject({ heldBack: { objects: 3, rows: 4, of: 4 } });
  expect(await settle(world, worker, true)).toMatchObject({ heldBack: null, settled: true });
  expect(await scopeStatus(world.worker())).toMatchObject({ heldBack: null, settled: true });
  expect(await world.people()).toEqual([]);
});

it('a database with more rows that no file declares than others waits for a person', async ({ world }) => {
  await fill(world);
  // Another copy: rows of files that were never put, and a root that the state doesn't know.
  await world.query(`UNWIND range(1, 5) AS n CREATE (:${world.labels.person} {id: 'copy' + n})`);
  await world.query("MATCH (f:_Graphdrop {scope: $scope}) SET f.root = 'x'", { scope: world.worker().name });
  const worker = world.worker({ limits });
  const heldBack = { objects: null, rows: 5, of: 9 };
  expect(await settle(world, worker)).toMatchObject({ heldBack, settled: false, again: false, swept: 0 });
  expect(await world.people()).toHaveLength(9);
  expect((await scopeStatus(world.worker())).heldBack).toEqual(heldBack);
  expect(await settle(world, worker, true)).toMatchObject({ heldBack: null, settled: true, swept: 5 });
  expect(await world.people()).toHaveLength(4);
});
