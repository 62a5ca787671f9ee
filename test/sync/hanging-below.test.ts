/** Threat: what has to be read beside the newest version hangs: a version below it, another file, or a listing without end. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { z } from 'zod';
import { ContextKey, flow } from '../../lib/index.ts';
import { syncObjects } from '../../lib/sync/sync.ts';
import { withCalls } from './watched-objects.ts';
import type { World } from './world.ts';
import { it } from './world-test.ts';

/** After which a call that should have ended counts as one that doesn't. */
const PATIENCE_MS = 60_000;

/** A flow whose function hangs at one record, once `hangs.now`. */
function hangingFlow(world: World, hangs: { now: boolean }) {
  return flow(new ContextKey(world.name), graph => {
    const person = graph.nodeTable<{ id: string }>(world.labels.person);
    graph.source('people/*.ndjson', { record: z.looseObject({ id: z.string() }) }, async record => {
      if (hangs.now && record.id === 'hangs') await new Promise(() => {}); // a service that doesn't answer
      return person.declareRecord(record);
    });
    graph.source('lake/**/*.parquet', {}, record => person.declareRecord(record as { id: string }));
  });
}

const KEYS = Array.from({ length: 10 }, (_, n) => `people/${n}.ndjson`);

/** Syncs in a call that has a few seconds. */
async function syncSoon(worker: ReturnType<World['worker']>, keys: readonly string[]) {
  const sync = syncObjects(worker, keys, Date.now() + 8_000);
  return await Promise.race([sync, sleep(PATIENCE_MS, 'did not end')]);
}

it('all others are applied where the version below a rejected one hangs', async ({ world }) => {
  const worker = world.worker({ flow: hangingFlow(world, { now: true }) });
  for (const [n, key] of KEYS.entries()) await world.put(key, [{ id: n === 4 ? 'hangs' : `p${n}` }]);
  await world.put('people/4.ndjson', 'bad\n');
  const report = await syncSoon(worker, KEYS);
  expect(report).toMatchObject({ applied: 9, unread: [{ key: 'people/4.ndjson' }] });
});

it('all others are applied where the file that a row comes from next hangs, and the row stays as it is', async ({
  world,
}) => {
  const hangs = { now: false };
  const worker = world.worker({ flow: hangingFlow(world, hangs) });
  const [a, z] = ['people/a.ndjson', 'people/z.ndjson'];
  await world.put(a, [{ id: 'hangs', of: 'a' }]);
  await world.put(z, [{ id: 'hangs', of: 'z' }]);
  await world.sync([a, z], worker);
  hangs.now = true;
  await world.delete(z);
  for (const [n, key] of KEYS.entries()) await world.put(key, [{ id: `p${n}` }]);
  expect(await syncSoon(worker, [z, ...KEYS])).toMatchObject({ applied: 11 });
  const row = async () => (await world.people()).find(({ id }) => id === 'hangs');
  expect(await row()).toMatchObject({ of: 'z' });
  hangs.now = false;
  await world.sync([a], worker);
  expect(await row()).toMatchObject({ of: 'a' });
});

it('all others are applied where a table’s log has more files beside it than there is time for', async ({ world }) => {
  const log = 'lake/_delta_log/00000000000000000000.json';
  const sound = world.objects();
  const objects = withCalls(sound, {
    // 200 pages of a listing.
    list: async (after, limit, prefix = '') => {
      if (prefix !== 'lake/') return await sound.list(after, limit, prefix);
      await sleep(250);
      const page = after === '' ? 0 : Number(after.slice(5, 9)) + 1;
      const key = `lake/${String(page).padStart(4, '0')}.parquet`;
      return { objects: [{ key, etag: '"x"' }], next: page < 200 ? key : null };
    },
  });
  for (const [n, key] of KEYS.entries()) await world.put(key, [{ id: `p${n}` }]);
  await world.put(log, '{}\n');
  const worker = world.worker({ flow: hangingFlow(world, { now: false }), objects });
  const report = await syncSoon(worker, [log, ...KEYS]);
  expect(report).toMatchObject({ applied: 10, unsettled: expect.arrayContaining([log]) });
});

it('versions below rejected ones are read a few at once, as all others are', async ({ world }) => {
  const keys = Array.from({ length: 30 }, (_, n) => `people/${n}.ndjson`);
  await Promise.all(keys.map((key, n) => world.put(key, [{ id: `p${n}` }])));
  await Promise.all(keys.map(key => world.put(key, 'bad\n')));
  let [active, most] = [0, 0];
  const sound = world.objects();
  const objects = withCalls(sound, {
    read: async (key, version = {}) => {
      if (version.versionId === undefined) return await sound.read(key, version);
      active += 1;
      most = Math.max(most, active);
      await sleep(100);
      active -= 1;
      return await sound.read(key, version);
    },
  });
  const worker = world.worker({ flow: hangingFlow(world, { now: false }), objects });
  expect(await world.sync(keys, worker)).toMatchObject({ applied: 30 });
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThanOrEqual(8);
});
