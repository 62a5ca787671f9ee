/** Threat: whoever finds nothing to do looks at a state that a commit under way is about to replace. */
import { expect } from 'vitest';
import { it } from '../sync/world-test.ts';

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
