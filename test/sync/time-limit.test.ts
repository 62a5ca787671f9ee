/** Threat: an invocation ends before its work does. It stops in time, says what is left, and has always done something. */
import { expect } from 'vitest';
import { syncObjects } from '../../lib/sync/sync.ts';
import { freshRoot } from './fresh-root.ts';
import type { World } from './world.ts';
import { it } from './world-test.ts';

/** Syncs in invocations whose time is up at once, until nothing is left. @returns transactions of each */
async function inParts(world: World, keys: readonly string[]): Promise<number[]> {
  const transactions: number[] = [];
  for (let open = keys; open.length > 0; ) {
    const worker = world.worker({ limits: { maxRowsPerTransaction: 10 } });
    const report = await syncObjects(worker, open, Date.now());
    transactions.push(report.transactions);
    expect(report.transactions).toBeGreaterThan(0);
    open = report.unsettled;
  }
  return transactions;
}

it('many files are synced in as many invocations as that takes', async ({ world }) => {
  const keys = Array.from({ length: 20 }, (_, n) => `people/${n}.ndjson`);
  for (const [n, key] of keys.entries()) await world.put(key, [{ id: n, name: `n${n}` }]);
  expect(await inParts(world, keys)).toEqual([1, 1, 1]);
  expect(await world.people()).toHaveLength(20);
  expect(await world.root()).toBe(await freshRoot(world));
});

it('a file with more rows than one transaction takes goes on where it stopped', async ({ world }) => {
  const key = 'people/a.ndjson';
  await world.put(
    key,
    Array.from({ length: 35 }, (_, n) => ({ id: n, name: `n${n}` })),
  );
  expect(await inParts(world, [key])).toEqual([1, 1, 1, 1]);
  expect(await world.people()).toHaveLength(35);
  expect(await world.root()).toBe(await freshRoot(world));
});
