/** Threat: an object may be listed and not be looked at (a bucket policy by tag, say). It holds nothing else up. */
import { expect } from 'vitest';
import { ObjectUnreadableError } from '../../lib/files/object-store.ts';
import { resync } from '../../lib/sync/resync.ts';
import { verifyAll } from '../verify/verified.ts';
import { watchedObjects } from './watched-objects.ts';
import type { World } from './world.ts';
import { it } from './world-test.ts';

const [A, B] = ['people/a.ndjson', 'people/b.ndjson'];

/** A worker that may list A, and no more. */
function forbiddenA(world: World) {
  const objects = watchedObjects(world.objects(), (call, key) => {
    const looks = call === 'head' || call === 'read';
    if (looks && key === A) throw new ObjectUnreadableError('denied', `${A} may not be read`);
  });
  return world.worker({ objects });
}

async function bothAreApplied(world: World): Promise<void> {
  await world.drop(A, [{ id: 'ada', name: 'A' }]);
  await world.drop(B, [{ id: 'bob', name: 'B' }]);
}

const names = async (world: World) => (await world.people()).map(({ id }) => id);

it('a resync finds what is gone beside it', async ({ world }) => {
  await bothAreApplied(world);
  await world.delete(B);
  const worker = forbiddenA(world);
  const { outdated } = await resync(worker);
  expect(outdated).toEqual([B]);
  await world.sync(outdated, worker);
  expect(await names(world)).toEqual(['ada']);
  expect(await resync(worker)).toMatchObject({ settled: true });
});

it('a resync finds what is new beside it, if it was rejected', async ({ world }) => {
  await world.put(A, 'bad\n');
  expect((await world.sync([A])).rejected).toHaveLength(1);
  await world.put(B, [{ id: 'bob', name: 'B' }]);
  const worker = forbiddenA(world);
  const { outdated } = await resync(worker);
  expect(outdated).toEqual([B]);
  await world.sync(outdated, worker);
  expect(await names(world)).toEqual(['bob']);
});

it('a verification finds what is gone beside it', async ({ world }) => {
  await bothAreApplied(world);
  await world.delete(B);
  const { report } = await verifyAll(forbiddenA(world));
  expect(report.objects.gone).toMatchObject({ count: 1, first: [{ key: B }] });
});
