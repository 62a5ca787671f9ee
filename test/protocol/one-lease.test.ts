/** Promise: what is read while others are committed goes with the same lease, and never over what another worker applied. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Scope } from '../../lib/scope.ts';
import { syncObjects } from '../../lib/sync/sync.ts';
import { transport } from '../support/connection.ts';
import { watchedObjects, withCalls } from '../sync/watched-objects.ts';
import { withCommit } from '../sync/with-commit.ts';
import type { World } from '../sync/world.ts';
import { it } from '../sync/world-test.ts';

const ROWS = 5;
const KEYS = Array.from({ length: 20 }, (_, n) => `people/${String(n).padStart(2, '0')}.ndjson`);

async function putAll(world: World, keys: readonly string[], name: string): Promise<void> {
  for (const key of keys) await world.put(key, people(key, name));
}

function people(key: string, name: string): object[] {
  return Array.from({ length: ROWS }, (_, n) => ({ id: `${key} ${n}`, name: `${name} ${n}` }));
}

/** A worker whose transactions take a file each, and commit when nothing is read any more. */
function reader(world: World, beforeCommit: (nth: number) => Promise<void> = async () => {}) {
  const calls: string[] = [];
  const objects = watchedObjects(world.objects(), call => void calls.push(call));
  const quiet = async () => {
    for (let before = -1; before !== calls.length; await sleep(100)) before = calls.length;
  };
  let nth = 0;
  const connection = withCommit(world.connection, commit => async input => {
    nth += 1;
    const given = input.beforeCommit;
    const number = nth;
    const wait = async () => {
      await quiet();
      await beforeCommit(number);
      await given?.();
    };
    return await commit({ ...input, beforeCommit: wait });
  });
  const worker = world.worker({ connection, objects, limits: { maxRowsPerTransaction: ROWS } });
  return { worker, calls, commits: () => nth };
}

async function namesOf(world: World, key: string): Promise<unknown[]> {
  const rows = await world.query(
    `MATCH (p:${world.labels.person}) WHERE p.id STARTS WITH $key RETURN p.name AS name ORDER BY name`,
    { key },
  );
  return rows.map(({ name }) => name);
}

const names = (name: string) => Array.from({ length: ROWS }, (_, n) => `${name} ${n}`);

// By HTTP nothing is read before COMMIT is asked for.
it.skipIf(transport !== 'bolt')('twenty files are looked at once, and few leases do for them', async ({ world }) => {
  await putAll(world, KEYS, 'one');
  const { worker, calls, commits } = reader(world);
  const before = (await worker.head.read())?.epoch ?? 0;
  expect(await syncObjects(worker, KEYS)).toMatchObject({ applied: KEYS.length, unsettled: [], rejected: [] });
  expect(commits()).toBe(KEYS.length);
  expect(((await worker.head.read())?.epoch ?? 0) - before).toBeLessThanOrEqual(2);
  expect(calls.filter(call => call === 'read')).toHaveLength(KEYS.length);
  // Those of the first part alone were read before there was a lease.
  expect(calls.filter(call => call === 'head').length).toBeLessThan(KEYS.length);
  for (const key of KEYS) {
    expect(await namesOf(world, key)).toEqual(names('one'));
    expect(await worker.status.get(key)).toMatchObject({ state: 'applied', rows: ROWS });
  }
});

it('what another worker applied in between isn’t overwritten by what was read before', async ({ world }) => {
  const changed = KEYS.slice(4, 8);
  await putAll(world, KEYS, 'old');
  const other = world.worker();
  let second: Promise<unknown> = Promise.resolve();
  const { worker } = reader(world, async nth => {
    if (nth !== 4) return;
    // What follows is read by now; the other worker is next in line.
    await putAll(world, changed, 'new');
    second = syncObjects(other, changed, Date.now() + 60_000);
    await expect.poll(async () => (await other.head.read())?.next, { timeout: 20_000 }).toBe(other.workerId);
  });
  expect(await syncObjects(worker, KEYS, Date.now() + 120_000)).toMatchObject({ unsettled: [], rejected: [] });
  await second;
  for (const key of KEYS) expect(await namesOf(world, key)).toEqual(names(changed.includes(key) ? 'new' : 'old'));
});

it('a batch that fails takes none along that were taken beside it', async ({ world }) => {
  await putAll(world, KEYS, 'one');
  let failures = 0;
  const { worker } = reader(world, async nth => {
    if (nth !== 6) return;
    failures += 1;
    throw Object.assign(new Error('not now'), { name: 'Neo4jError', code: 'Neo.TransientError.General.Any' });
  });
  expect(await syncObjects(worker, KEYS)).toMatchObject({ applied: KEYS.length, unsettled: [], rejected: [] });
  expect(failures).toBe(1);
  for (const key of KEYS) expect(await namesOf(world, key)).toEqual(names('one'));
});

it('a batch that is committed is told to head, however long a look beside it takes', async ({ world }) => {
  await putAll(world, KEYS, 'one');
  const { promise: accepted, resolve: tell } = Promise.withResolvers<void>();
  let isUnderWay = false;
  let looks = 0;
  const store = world.objects();
  const head: typeof store.head = async (...given) => {
    if (isUnderWay) {
      looks += 1;
      await accepted;
    }
    return await store.head(...given);
  };
  const worker = world.worker({
    objects: withCalls(store, { head }),
    limits: { maxRowsPerTransaction: ROWS },
    observe: step => {
      if (step === 'proposed') isUnderWay = true;
      if (step === 'accepted') tell();
    },
  });
  expect(await syncObjects(worker, KEYS)).toMatchObject({ applied: KEYS.length, unsettled: [] });
  if (transport === 'bolt') expect(looks).toBeGreaterThan(0);
});

it('the first transaction has most of its lease, however long the fence was waited for', async ({ world }) => {
  const leaseMs = 6_000;
  await world.drop('people/a.ndjson', people('a', 'one'));
  await world.put('people/a.ndjson', people('a', 'two'));
  const left: number[] = [];
  const worker: Scope = world.worker({
    limits: { leaseMs },
    observe: async step => {
      if (step === 'leased') await sleep(leaseMs / 2);
      if (step === 'committing') left.push(((await worker.head.read())?.until ?? 0) - Date.now());
    },
  });
  expect(await syncObjects(worker, ['people/a.ndjson'])).toMatchObject({ applied: 1 });
  expect(left[0]).toBeGreaterThan(leaseMs / 2);
});
