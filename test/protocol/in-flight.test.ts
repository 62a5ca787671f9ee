/** Threat: a worker that finds nothing to do looks at a state that a commit under way is about to replace. */
import { expect } from 'vitest';
import { resync } from '../../lib/sync/resync.ts';
import type { World } from '../sync/world.ts';
import { it, itOfBuckets } from '../sync/world-test.ts';
import { pausedAt } from './paused.ts';

const KEY = 'people/a.ndjson';

it('a file that is deleted while it is being committed is gone at the end, though it was never there before', async ({
  world,
}) => {
  await world.put(KEY, [{ id: 'ada', name: 'Ada' }]);
  const looked = Promise.withResolvers<unknown>();
  const committer = world.worker({
    observe: async step => {
      if (step !== 'committing') return;
      await world.delete(KEY);
      // The deletion's event, handled by another worker: neither bucket nor tracked state has the object.
      looked.resolve(world.sync([KEY], world.worker({ limits: { leaseWaitMs: 20_000 } })));
      await new Promise(resolve => setTimeout(resolve, 500));
    },
  });
  await world.sync([KEY], committer);
  await looked.promise;
  expect(await world.people()).toEqual([]);
});

it('a file that goes back to what is tracked while another version of it is being committed ends as it is', async ({
  world,
}) => {
  await world.drop(KEY, [{ id: 'ada', name: 'Ada' }]);
  await world.put(KEY, [{ id: 'ada', name: 'Countess' }]);
  const looked = Promise.withResolvers<unknown>();
  const committer = world.worker({
    observe: async step => {
      if (step !== 'committing') return;
      await world.put(KEY, [{ id: 'ada', name: 'Ada' }]);
      looked.resolve(world.sync([KEY], world.worker({ limits: { leaseWaitMs: 20_000 } })));
      await new Promise(resolve => setTimeout(resolve, 500));
    },
  });
  await world.sync([KEY], committer);
  await looked.promise;
  expect(await world.people()).toEqual([{ id: 'ada', name: 'Ada' }]);
});

/** Changes the file, and then for the worse, while another worker is about to commit it; a third looks at it meanwhile. */
async function rejectedMeanwhile(world: World, change: () => Promise<unknown>): Promise<void> {
  const committer = await pausedAt(world, 'committing', [KEY], { limits: {} });
  await change();
  await world.put(KEY, 'no record at all');
  const looking = world.sync([KEY], world.worker({ limits: { leaseWaitMs: 20_000 } }));
  await new Promise(resolve => setTimeout(resolve, 500));
  await committer.wake();
  expect(await looking).toMatchObject({ rejected: [{ key: KEY }] });
}

itOfBuckets(
  'a file that is deleted and then put badly while it is being committed for the first time is gone',
  async ({ world }) => {
    await world.put(KEY, [{ id: 'ada', name: 'Ada' }]);
    await rejectedMeanwhile(world, async () => await world.delete(KEY));
    expect(await world.people()).toEqual([]);
    expect(await world.root()).toBe('');
  },
);

itOfBuckets(
  'a file that goes back to what is tracked and is then put badly, while another version is committed, ends as it was',
  async ({ world }) => {
    await world.drop(KEY, [{ id: 'ada', name: 'Ada' }]);
    const before = await world.root();
    await world.put(KEY, [{ id: 'ada', name: 'Countess' }]);
    await rejectedMeanwhile(world, async () => await world.put(KEY, [{ id: 'ada', name: 'Ada' }]));
    expect(await world.people()).toEqual([{ id: 'ada', name: 'Ada' }]);
    expect(await world.root()).toBe(before);
  },
);

it('a file that is bad for the code to come, and good for the one in force, is left to that', async ({ world }) => {
  await world.drop(KEY, [{ id: 'ada', name: 'Ada' }]);
  await world.put('people/new.ndjson', 'no record at all');
  const ahead = world.worker({ code: 'of a deploy under way' });
  await expect(world.sync(['people/new.ndjson'], ahead)).rejects.toMatchObject({
    code: 'SCOPE_BUSY',
    reason: 'definition',
  });
});

it('a resync that looks while something is being committed does not call anything settled', async ({ world }) => {
  await world.drop(KEY, [{ id: 'ada', name: 'Ada' }]);
  await world.put(KEY, [{ id: 'ada', name: 'Countess' }]);
  const committer = await pausedAt(world, 'committing', [KEY], { limits: {} });
  await world.put(KEY, [{ id: 'ada', name: 'Ada' }]);
  expect(await resync(world.worker({ limits: { leaseWaitMs: 0 } }))).toMatchObject({ outdated: [], settled: false });
  await committer.wake();
  expect(await world.people()).toEqual([{ id: 'ada', name: 'Countess' }]); // the event of the last is still to come
  await world.sync([KEY]);
  expect(await resync(world.worker())).toMatchObject({ outdated: [], settled: true });
});
