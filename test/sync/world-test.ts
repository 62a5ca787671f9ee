import { test } from 'vitest';
import { embedded } from './folder-stores.ts';
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

/** A test of what a bucket with versions, and names of any kind, promises: a folder has neither (SPEC.md, "Not promised"). */
export const itOfBuckets = it.skipIf(embedded);
