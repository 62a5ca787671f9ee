import { test } from 'vitest';
import { World } from './world.ts';

/** A test with a world of its own. */
export const it = test.extend<{ world: World }>({
  // biome-ignore lint/correctness/noEmptyPattern: Vitest wants a pattern to see that no other fixture is needed
  world: async ({}, use) => {
    const world = await World.create();
    await use(world);
    await world.close();
  },
});
