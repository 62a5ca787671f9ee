/** Promise: the version in force under a rejected one follows from the bucket's versions, not from what was looked at. */
import { S3Client } from '@aws-sdk/client-s3';
import { expect, inject, onTestFinished } from 'vitest';
import { openScope } from '../../lib/deploy/scope-ownership.ts';
import { resync } from '../../lib/sync/resync.ts';
import { syncObjects } from '../../lib/sync/sync.ts';
import { atRest } from '../protocol/files.ts';
import { resyncUntilSettled } from '../protocol/resynced.ts';
import { clientConfig } from '../support/aws-address.ts';
import { peopleFlow } from './people-flow.ts';
import type { World } from './world.ts';
import { it } from './world-test.ts';

const KEY = 'people/a.ndjson';
const ada = [{ id: 'ada', name: 'Ada' }];
const bob = [{ id: 'bob', name: 'Bob' }];
const bad = 'not acceptable';

async function putAll(world: World, ...contents: readonly (typeof ada | string | null)[]): Promise<void> {
  for (const content of contents) {
    if (content === null) await world.delete(KEY);
    else await world.put(KEY, content);
  }
}

it('a good version is in force under a bad one, though nobody saw it while it was the newest', async ({ world }) => {
  await putAll(world, ada, bob, bad, bad);
  expect(await world.sync([KEY])).toMatchObject({ applied: 1, rejected: [{ key: KEY }] });
  expect(await world.people()).toEqual(bob);
  expect(await world.status(KEY)).toMatchObject({ state: 'rejected', inForce: expect.stringMatching(/./) });
  expect(await world.sync([KEY])).toMatchObject({ applied: 0, transactions: 0, rejected: [{ key: KEY }] });
  await resyncUntilSettled(world);
  expect(await world.people()).toEqual(bob);
});

it('nothing is in force under a bad version that was put after the object was deleted', async ({ world }) => {
  await world.drop(KEY, ada);
  await putAll(world, null, bad);
  await world.sync([KEY]);
  expect(await world.people()).toEqual([]);
  await resyncUntilSettled(world);
  expect(await atRest(world)).toMatchObject({ graph: { people: [] } });
});

it('a version that came before a bad one comes back to a wiped database', async ({ world }) => {
  await world.drop(KEY, ada);
  await putAll(world, bob, bad);
  await world.query(`MATCH (n:${world.labels.person}) DETACH DELETE n`);
  await world.query('MATCH (f:_Graphdrop {scope: $scope}) DELETE f', { scope: world.worker().name });
  await resyncUntilSettled(world);
  expect(await world.people()).toEqual(bob);
});

it('the same bad version put once more, on another good one, is told from the first without its event', async ({
  world,
}) => {
  await putAll(world, ada, bad);
  await world.sync([KEY]);
  await resyncUntilSettled(world);
  expect(await world.people()).toEqual(ada);
  await putAll(world, bob, bad);
  await resyncUntilSettled(world);
  expect(await world.people()).toEqual(bob);
});

it('what is in force under a bad version follows a change of the definition', async ({ world }) => {
  await putAll(world, ada, bad);
  await world.sync([KEY]);
  const worker = world.worker({ flow: peopleFlow(world.name, '1', { shout: true }), code: 'shout' });
  const { state, name: scope, connection, definition } = worker;
  await openScope({ state, scope, graph: connection.graph, definition });
  await world.sync([KEY], worker);
  expect(await world.people()).toEqual([{ id: 'ada', name: 'ADA' }]);
});

it('an older version is not brought back on top of a good one that comes meanwhile', async ({ world }) => {
  await putAll(world, ada, bad);
  const worker = world.worker({
    observe: async step => {
      if (step === 'leased') await world.put(KEY, bob);
    },
  });
  await world.sync([KEY], worker);
  await world.sync([KEY]);
  expect(await world.people()).toEqual(bob);
});

it('a bucket without versions keeps what it had accepted', async ({ world }) => {
  await world.drop(KEY, ada);
  await world.forgetOldVersions(KEY, bad);
  await world.sync([KEY]);
  expect(await world.people()).toEqual(ada);
  await resyncUntilSettled(world);
  expect(await world.people()).toEqual(ada);
});

/** A client that counts its commands. */
function countingS3(): { readonly s3: S3Client; readonly calls: (command: string) => number } {
  const s3 = new S3Client({ ...clientConfig(inject('services').miniStack), forcePathStyle: true });
  const counts = new Map<string, number>();
  s3.middlewareStack.add(
    (next, context) => async args => {
      const name = context.commandName ?? '';
      counts.set(name, (counts.get(name) ?? 0) + 1);
      return await next(args);
    },
    { step: 'initialize' },
  );
  onTestFinished(() => s3.destroy());
  return { s3, calls: command => counts.get(command) ?? 0 };
}

it('versions that the source rejects are read once, however often the object is looked at', async ({ world }) => {
  await putAll(world, ada, ...Array.from({ length: 8 }, (_, n) => `${bad} ${n}`));
  await world.sync([KEY]);
  await putAll(world, `${bad} on top`, `${bad} once more`);
  const first = countingS3();
  await world.sync([KEY], world.worker({ s3: first.s3 }));
  // The two on top, and none of those below, which an earlier look has read.
  expect(first.calls('GetObjectCommand')).toBe(2);
  const again = countingS3();
  await world.sync([KEY], world.worker({ s3: again.s3 }));
  expect(again.calls('GetObjectCommand')).toBe(0);
  expect(again.calls('ListObjectVersionsCommand')).toBe(1);
  expect(await world.people()).toEqual(ada);
});

it('a search that time cuts short goes on where it was, and says so until it is through', async ({ world }) => {
  await world.drop('people/other.ndjson', bob);
  await putAll(world, ada, ...Array.from({ length: 5 }, (_, n) => `${bad} ${n}`));
  const reads: number[] = [];
  for (let open: readonly string[] = [KEY]; open.length > 0; ) {
    const { s3, calls } = countingS3();
    const report = await syncObjects(world.worker({ s3 }), open, Date.now());
    open = report.unsettled;
    reads.push(calls('GetObjectCommand'));
    expect(await world.status(KEY)).toMatchObject({ state: 'rejected' });
    if (open.length > 0) expect(await resync(world.worker())).toMatchObject({ outdated: [KEY], settled: false });
  }
  // The newest is read by the first look only.
  expect(reads).toEqual([2, 1, 1, 1, 1]);
  expect(await world.people()).toEqual([...ada, ...bob]);
  expect(await resync(world.worker())).toMatchObject({ outdated: [], settled: true });
});
