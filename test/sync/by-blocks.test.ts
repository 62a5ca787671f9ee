/** Promise: of a large file only what changed is read, and the graph is that of the whole, also where other workers are about. */
import { expect } from 'vitest';
import { syncObjects } from '../../lib/sync/sync.ts';
import { embedded } from './folder-stores.ts';
import { withCalls } from './watched-objects.ts';
import type { World } from './world.ts';
import { it } from './world-test.ts';

const KEY = 'people/all.ndjson';
/** However small, as if it were large. */
const limits = { bytesReadByLines: 0, bytesReadByBlocks: 0 };
const people = (from: number, to: number, name = 'n') =>
  Array.from({ length: to - from }, (_, n) => ({
    id: `p${String(from + n).padStart(4, '0')}`,
    name: `${name}${from + n}`,
  }));

async function expectPeople(world: World, all: readonly object[]): Promise<void> {
  expect(await world.people()).toEqual(all);
}

it('a version after another leaves its rows', async ({ world }) => {
  const versions = [
    people(0, 400),
    [...people(0, 200), ...people(200, 201, 'changed'), ...people(201, 400)],
    [...people(5, 200), ...people(200, 201, 'changed'), ...people(201, 405)],
    people(300, 500),
    [],
    people(0, 10),
  ];
  for (const version of versions) {
    await world.put(KEY, version);
    const report = await world.sync([KEY], world.worker({ limits }));
    expect(report).toMatchObject({ applied: 1, rowsDeclared: version.length, unsettled: [] });
    await expectPeople(world, version);
  }
});

it('in slices, which fail in between', async ({ world }) => {
  await world.put(KEY, people(0, 400));
  await world.sync([KEY], world.worker({ limits }));
  const next = [...people(0, 100), ...people(100, 130, 'changed'), ...people(140, 420)];
  await world.put(KEY, next);
  let commits = 0;
  const worker = world.worker({
    limits: { ...limits, maxRowsPerTransaction: 7 },
    observe: step => {
      if (step !== 'committing') return;
      commits += 1;
      if (commits % 3 === 2) throw Object.assign(new Error('not now'), { retryable: true });
    },
  });
  expect(await world.sync([KEY], worker)).toMatchObject({ applied: 1, unsettled: [] });
  expect(commits).toBeGreaterThan(6);
  await expectPeople(world, next);
});

// A folder has no versions: there each is read whole.
it.skipIf(embedded)('what another worker applied meanwhile is not gone on from', async ({ world }) => {
  await world.put(KEY, people(0, 400));
  await world.sync([KEY], world.worker({ limits }));
  const between = [...people(0, 150), ...people(151, 400)];
  const last = [...people(0, 300), ...people(300, 301, 'changed'), ...people(301, 400)];
  await world.put(KEY, last);
  let reads = 0;
  const store = world.objects();
  const read: typeof store.read = async (key, version) => {
    const answer = await store.read(key, version);
    reads += 1;
    // Another worker applies another version, and the one that this one reads is put again.
    if (reads === 1) {
      await world.put(KEY, between);
      await world.sync([KEY], world.worker({ limits }));
      await world.put(KEY, last);
    }
    return answer;
  };
  const worker = world.worker({ limits, objects: withCalls(store, { read }) });
  expect(await syncObjects(worker, [KEY])).toMatchObject({ applied: 1, unsettled: [] });
  await expectPeople(world, last);
});

it('a node that was deleted by hand is back with its values when an edge needs it', async ({ world }) => {
  await world.put(KEY, people(0, 400));
  await world.sync([KEY], world.worker({ limits }));
  await world.query(`MATCH (p:${world.labels.person} {id: 'p0007'}) DETACH DELETE p`);
  await world.put(KEY, people(0, 401));
  await world.put('knows/a.ndjson', [{ from: 'p0007', to: 'p0400', since: 1 }]);
  const report = await world.sync([KEY, 'knows/a.ndjson'], world.worker({ limits }));
  expect(report).toMatchObject({ applied: 2, unsettled: [], unread: [] });
  await expectPeople(world, people(0, 401));
});
