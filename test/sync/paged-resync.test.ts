/** Threat: a bucket has more objects than an invocation has time to look at. */
import { expect } from 'vitest';
import { z } from 'zod';
import { ContextKey, flow } from '../../lib/index.ts';
import { collectGarbage } from '../../lib/state/garbage-collection.ts';
import { type ResyncReport, resync } from '../../lib/sync/resync.ts';
import type { ResyncPosition } from '../../lib/sync/resync-position.ts';
import { forgetOldRoots } from '../protocol/tracked-nodes.ts';
import { EndlessListing } from './endless-listing.ts';
import type { World } from './world.ts';
import { it } from './world-test.ts';

function listed(world: World) {
  const made = flow(new ContextKey(world.name), graph => {
    const table = graph.nodeTable<{ id: string }>(world.labels.person);
    graph.source('in/*.ndjson', { record: z.object({ id: z.string() }) }, row => table.declareRecord(row));
  });
  return (objects: EndlessListing) => world.worker({ flow: made, objects });
}

it('queues as it goes, one page in each of many invocations, and lists only what a source may match', async ({
  world,
}) => {
  const objects = new EndlessListing(5_500, 2_000);
  const worker = listed(world)(objects);
  const queued = new Set<string>();
  const queue = async (keys: readonly string[]) => {
    for (const key of keys) queued.add(key);
  };
  let [parts, last, from]: [number, ResyncReport | null, ResyncPosition | undefined] = [0, null, undefined];
  do {
    last = await resync(worker, { from, queue, deadline: 0 });
    // As a message has it.
    from = last.next === null ? undefined : JSON.parse(JSON.stringify(last.next));
    expect(queued.size).toBe(last.listed);
    parts += 1;
  } while (last.next !== null);
  expect(last).toMatchObject({ listed: 5_500, open: 5_500, outdated: [], settled: false });
  expect(parts).toBeGreaterThan(5);
  expect(queued.size).toBe(5_500);
  expect(objects.given).toBe(5_500);
});

it('a part that died is done again from where the one before stopped', async ({ world }) => {
  const worker = listed(world)(new EndlessListing(2_500));
  const first = await resync(worker, { deadline: 0 });
  const failing = async () => {
    throw new Error('died');
  };
  await expect(resync(worker, { from: first.next ?? undefined, queue: failing })).rejects.toThrow('died');
  const rest = await resync(worker, { from: first.next ?? undefined });
  expect(first.outdated.length + rest.outdated.length).toBe(2_500);
  expect(rest).toMatchObject({ listed: 2_500, open: 2_500, next: null });
});

it('begins anew where another definition goes on', async ({ world }) => {
  const worker = listed(world)(new EndlessListing(1_500));
  const first = await resync(worker, { deadline: 0 });
  const from = { ...(first.next as ResyncPosition), definition: 'another' };
  expect((await resync(worker, { from })).outdated).toHaveLength(1_500);
});

it('that goes on after what it began on was collected begins anew, and the state stays', async ({ world }) => {
  const [a, b] = ['people/a.ndjson', 'people/b.ndjson'];
  const users = flow(new ContextKey(world.name), graph => {
    const person = graph.nodeTable<{ id: string }>(world.labels.person, { managedBy: 'user' });
    graph.source('people/*.ndjson', { record: z.object({ id: z.string() }) }, row => person.declareRecord(row));
  });
  const events: string[] = [];
  const worker = world.worker({ flow: users, log: ({ event }) => void events.push(event) });
  await world.put(a, [{ id: 'ada' }]);
  await world.put(b, [{ id: 'bob' }]);
  await world.sync([a, b], worker);
  const { next } = await resync(worker, { deadline: 0 });
  expect(next).not.toBeNull();
  // Its message waits for days.
  await world.put(a, [{ id: 'ada' }, { id: 'anne' }]);
  await world.sync([a], worker);
  for (let times = 0; times < 2; times += 1) {
    await forgetOldRoots(world);
    await collectGarbage(worker.state, { deadline: Number.POSITIVE_INFINITY });
  }
  await world.delete(b);
  const { outdated } = await resync(worker, { from: next ?? undefined });
  expect(outdated).toEqual([b]);
  await world.sync(outdated, worker);
  expect(await resync(worker)).toMatchObject({ settled: true });
  expect((await world.people()).map(({ id }) => id)).toEqual(['ada', 'anne']);
  expect(events).not.toContain('database-replaced');
});
