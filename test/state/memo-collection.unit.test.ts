/** Promise: results of functions go with the last root that has an object of their source, and no earlier than that. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { readObject } from '../../lib/bucket/objects.ts';
import { collectGarbage } from '../../lib/state/garbage-collection.ts';
import { chunks, costlyFlow } from '../bucket/costly-flow.ts';
import { TrackedWorld } from '../insight/tracked-world.ts';

const DAY_MS = 86_400_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});

afterEach(() => {
  vi.useRealTimers();
});

const pass = (days: number) => vi.setSystemTime(Date.now() + days * DAY_MS);

/** A world whose function counts its calls, as it is with some code. */
function counted() {
  let calls = 0;
  const flow = costlyFlow({ memo: true }, () => {
    calls += 1;
  });
  const world = new TrackedWorld(flow);
  const collect = async () => await collectGarbage(world.scope.state);
  /** @returns for how many records the function was called */
  const read = async (code: string) => {
    calls = 0;
    await readObject(world.worker(flow, code), 'a.ndjson');
    return calls;
  };
  return { world, collect, read };
}

it('results of a source that an object was read by stay, however old they are', async () => {
  const { world, collect, read } = counted();
  await world.drop('a.ndjson', chunks(5));
  pass(40);
  await collect();
  expect(await read('')).toBe(0);
});

it('results of other code go a day after the last of them, also by collections that are cut short', async () => {
  const { world, collect, read } = counted();
  await world.drop('a.ndjson', chunks(5));
  expect(await read('other')).toBe(5);
  await collect();
  expect(await read('other')).toBe(0);
  pass(2);
  for (let complete = false; !complete; )
    complete = (await collectGarbage(world.scope.state, { deadline: Date.now() })).complete;
  expect(await read('')).toBe(0);
  expect(await read('other')).toBe(5);
});

it('results of objects that are gone stay as long as a root of the retention log has them', async () => {
  const { world, collect, read } = counted();
  await world.drop('a.ndjson', chunks(5));
  const { root } = await world.lease();
  await world.scope.state.retentionLog.add(root, Date.now() + 7 * DAY_MS);
  await world.remove('a.ndjson');
  world.put('a.ndjson', chunks(5));
  pass(2);
  await collect();
  expect(await read('')).toBe(0);
  pass(30);
  await collect();
  expect(await read('')).toBe(5);
});
