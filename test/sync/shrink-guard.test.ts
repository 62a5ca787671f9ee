/** Promise: with maxShrink, which version is in force follows from the bucket's versions, and what is in force is never held back. */
import { DeleteObjectCommand, ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import { expect } from 'vitest';
import { z } from 'zod';
import type { ListedVersion, ObjectHead, ObjectStore } from '../../lib/files/object-store.ts';
import { ContextKey, flow } from '../../lib/index.ts';
import { resync } from '../../lib/sync/resync.ts';
import { syncObjects } from '../../lib/sync/sync.ts';
import { archivingS3 } from './archived.ts';
import { deploy, deployedScope, putInForce } from './deploy.ts';
import { watchedObjects, withCalls } from './watched-objects.ts';
import type { WorkerOptions, World } from './world.ts';
import { it } from './world-test.ts';

const KEY = 'people/a.ndjson';

const rows = (count: number, mark = 0) => Array.from({ length: count }, (_, n) => ({ id: `p${n}`, mark }));

function guarded(world: World) {
  return flow(new ContextKey(world.name), graph => {
    const person = graph.nodeTable<{ id: string }>(world.labels.person);
    const record = z.looseObject({ id: z.string() });
    graph.source('people/*.ndjson', { record, maxShrink: 0.5 }, one => person.declareRecord(one));
  });
}

const unguarded = (world: World) =>
  flow(new ContextKey(world.name), graph => {
    const person = graph.nodeTable<{ id: string }>(world.labels.person);
    graph.source('people/*.ndjson', { record: z.looseObject({ id: z.string() }) }, one => person.declareRecord(one));
  });

/** A worker that counts the objects it reads. */
function counting(world: World) {
  const count = { reads: 0 };
  const objects = watchedObjects(world.objects(), call => {
    if (call === 'read') count.reads += 1;
  });
  return { count, worker: world.worker({ flow: guarded(world), objects }) };
}

/** Ids of an object's versions, newest first. */
async function versionIds(world: World): Promise<string[]> {
  const { Versions = [] } = await world.s3.send(new ListObjectVersionsCommand({ Bucket: world.name, Prefix: KEY }));
  return Versions.map(({ VersionId }) => VersionId ?? '');
}

async function deleteVersion(world: World, VersionId: string | undefined): Promise<void> {
  await world.s3.send(new DeleteObjectCommand({ Bucket: world.name, Key: KEY, VersionId }));
}

it('reads as many objects as there are versions above the one in force, not each version for each other', async ({
  world,
}) => {
  const { count, worker } = counting(world);
  await world.put(KEY, rows(10));
  await world.sync([KEY], worker);
  for (let shrunk = 1; shrunk <= 9; shrunk += 1) {
    await world.put(KEY, rows(1, shrunk));
    count.reads = 0;
    expect((await world.sync([KEY], worker)).rejected).toHaveLength(1);
    expect(count.reads).toBe(shrunk);
  }
  expect(await world.people()).toHaveLength(10);
});

it('a new state reads no more than the newest versions of a long chain', async ({ world }) => {
  for (let mark = 1; mark <= 40; mark += 1) await world.put(KEY, rows(10, mark));
  const { count, worker } = counting(world);
  await world.sync([KEY], worker);
  expect(count.reads).toBeLessThan(25);
  expect((await world.people())[0]).toMatchObject({ mark: 40 });
});

it('a version that is deleted for good gives way to the one below, however few rows that has', async ({ world }) => {
  const worker = world.worker({ flow: guarded(world) });
  await world.put(KEY, rows(2));
  await world.sync([KEY], worker);
  await world.put(KEY, rows(20));
  await world.sync([KEY], worker);
  await deleteVersion(world, (await versionIds(world))[0]);
  expect((await world.sync([KEY], worker)).rejected).toEqual([]);
  expect(await world.people()).toHaveLength(2);
  expect(await resync(worker)).toMatchObject({ settled: true });
});

for (const told of [true, false])
  it(`a version is taken once the larger one below it is gone, ${told ? 'by its event' : 'also without an event'}`, async ({
    world,
  }) => {
    const worker = world.worker({ flow: guarded(world) });
    for (const count of [2, 20, 3]) {
      await world.put(KEY, rows(count));
      await world.sync([KEY], worker);
    }
    expect(await world.people()).toHaveLength(20);
    expect(await resync(worker)).toMatchObject({ settled: true });
    await deleteVersion(world, (await versionIds(world))[1]);
    await world.sync(told ? [KEY] : (await resync(worker)).outdated, worker);
    expect(await world.people()).toHaveLength(3);
    expect(await resync(worker)).toMatchObject({ settled: true, outdated: [] });
  });

it('under a bad version, one that was shrunk is in force once the larger one below it is gone', async ({ world }) => {
  const worker = world.worker({ flow: guarded(world) });
  for (const content of [rows(2), rows(20), rows(3)]) await world.put(KEY, content);
  await world.put(KEY, 'bad\n');
  await world.sync([KEY], worker);
  expect(await world.people()).toHaveLength(20);
  await deleteVersion(world, (await versionIds(world))[2]);
  await world.put(KEY, 'worse\n');
  await world.sync([KEY], worker);
  expect(await world.people()).toHaveLength(3);
});

it('a version is applied although the one below it is archived, and the log says that nothing was compared', async ({
  world,
}) => {
  await world.put(KEY, rows(10));
  const [old] = await versionIds(world);
  await world.put(KEY, rows(1));
  const events: string[] = [];
  const worker = world.worker({
    flow: guarded(world),
    s3: archivingS3(({ VersionId }) => VersionId === old),
    log: ({ event }) => events.push(event),
  });
  expect(await world.sync([KEY], worker)).toMatchObject({ unread: [], rejected: [] });
  expect(await world.people()).toHaveLength(1);
  expect(events).toContain('shrink-unchecked');
});

it('declarations of one row count once, also where rows are spooled', async ({ world }) => {
  const worker = world.worker({ flow: guarded(world), limits: { maxRowsInMemory: 3 } });
  await world.put(KEY, rows(40));
  await world.sync([KEY], worker);
  await world.put(KEY, Array.from({ length: 10 }, () => rows(4)).flat());
  expect((await world.sync([KEY], worker)).rejected).toHaveLength(1);
  expect(await world.people()).toHaveLength(40);
});

it('without versions, rows of a version that was applied in part are not lost to a shrunk one', async ({ world }) => {
  const options: WorkerOptions = { objects: withoutVersions(world.objects()), limits: { maxRowsPerTransaction: 4 } };
  const worker = world.worker({ flow: guarded(world), ...options });
  await world.put(KEY, rows(12, 1));
  await world.sync([KEY], worker);
  await world.put(KEY, rows(12, 2));
  const { unsettled } = await syncObjects(worker, [KEY], Date.now() - 1); // time for one transaction
  expect(unsettled).toEqual([KEY]);
  await world.put(KEY, rows(1, 3));
  expect((await world.sync([KEY], worker)).rejected).toHaveLength(1);
  expect(await world.people()).toHaveLength(12);
  await world.put(KEY, rows(11, 4));
  await world.sync([KEY], worker);
  expect(await world.people()).toHaveLength(11);
});

it('what is in force already is not held back by a maxShrink that comes later, and later versions are compared with it', async ({
  world,
}) => {
  const before = world.worker({ flow: unguarded(world) });
  await putInForce(deployedScope(before));
  for (const count of [10, 1]) {
    await world.put(KEY, rows(count));
    await world.sync([KEY], before);
  }
  const after = await deploy(world, { flow: guarded(world), code: 'v2' });
  expect(await world.people()).toHaveLength(1);
  await world.put(KEY, rows(1, 1));
  expect((await world.sync([KEY], after)).rejected).toEqual([]);
  expect(await world.people()).toEqual(rows(1, 1));
});

it('a new state takes the version below a shrunk one, and tells of the shrunk one', async ({ world }) => {
  for (const count of [10, 9, 1, 2]) await world.put(KEY, rows(count));
  const worker = world.worker({ flow: guarded(world) });
  expect(await world.sync([KEY], worker)).toMatchObject({ applied: 1, rejected: [{ key: KEY }], unread: [] });
  expect(await world.people()).toHaveLength(9);
  expect(await world.status(KEY)).toMatchObject({ state: 'rejected', by: 'shrink', inForce: expect.any(String) });
  expect(await resync(worker)).toMatchObject({ settled: true });
});

/** A bucket as it is without versions: of each object the newest alone. */
function withoutVersions(objects: ObjectStore): ObjectStore {
  const bare = <Head extends ObjectHead>(head: Head | null) => head && { ...head, versionId: undefined };
  const replaced: Partial<ObjectStore> = {
    head: async key => bare(await objects.head(key)),
    read: async key => bare(await objects.read(key)),
    versions: async function* (key): AsyncGenerator<ListedVersion> {
      for await (const newest of objects.versions(key)) {
        if (!newest.deleted) yield { ...newest, versionId: undefined };
        return;
      }
    },
  };
  return withCalls(objects, replaced);
}
