import { test } from 'vitest';
import { embedded } from './folder-stores.ts';
import { World } from './world.ts';

const withWorld = (schema: 'kept' | 'dropped') =>
  test.extend<{ world: World }>({
    // biome-ignore lint/correctness/noEmptyPattern: Vitest wants a pattern to see that no other fixture is needed
    world: async ({}, use) => {
      const world = await World.create(undefined, schema);
      await use(world);
      await world.close();
    },
  });

/** A test with a world of its own. */
export const it = withWorld('kept');

/** A test with a world of its own, of whose labels the database has no constraint or index yet. */
export const itWithoutSchema = withWorld('dropped');

/** A test of what a bucket with versions, and names of any kind, promises: a folder has neither (SPEC.md, "Not promised"). */
export const itOfBuckets = it.skipIf(embedded);
