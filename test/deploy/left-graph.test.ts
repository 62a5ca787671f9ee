/** Threat: a stack is deployed anew over the graph that an earlier one left, with an empty bucket and state. */
import { expect } from 'vitest';
import { withdraw } from '../../lib/deploy/scope-ownership.ts';
import { deployed, dropRows, found, lettered, open, whole, workerOf } from '../protocol/lettered-tables.ts';
import { settle } from '../sync/deploy.ts';
import type { World } from '../sync/world.ts';
import { it } from '../sync/world-test.ts';

/** A graph that a stack left which is gone; its files are gone too. */
async function leave(world: World): Promise<void> {
  const first = { id: 'a', tables: 'PQ' };
  await open(deployed(world, first));
  await dropRows(world, workerOf(world, first), 'PQ');
  expect(await withdraw(deployed(world, first), true)).toBe('nothing');
  for (const key of await world.keys()) await world.delete(key);
}

it('a new state is refused, told what would go, and changes nothing', async ({ world }) => {
  await leave(world);
  const before = await found(world, 'PQ');
  const table = await world.freshTable();
  await expect(open(deployed(world, { id: 'b', tables: 'P', table }))).rejects.toThrow(
    new RegExp(`\\(:P_${world.name}\\) 1, \\(:Q_${world.name}\\) 1.*table.*takeOver`),
  );
  expect(await world.worker({ flow: lettered(world, 'P'), table }).head.read()).toBeNull();
  expect(await found(world, 'PQ')).toEqual(before);
});

it('the state that it was left by goes on', async ({ world }) => {
  await leave(world);
  await open(deployed(world, { id: 'b', tables: 'PQ' }));
  expect(await found(world, 'PQ')).toEqual({ P: whole('x'), Q: whole('x') });
});

it('a new state that was told to makes the graph what the files say, however much goes', async ({ world }) => {
  await leave(world);
  await world.put('P/y.ndjson', [{ id: 'y' }]);
  const taker = { id: 'b', tables: 'PQ', table: await world.freshTable(), takeOver: true };
  await open(deployed(world, taker));
  const worker = workerOf(world, taker);
  expect(await worker.head.read()).toMatchObject({ mayRemove: true });
  await settle(world, worker);
  expect(await found(world, 'PQ')).toEqual({ P: whole('y'), Q: whole() });
  expect(await worker.head.read()).toMatchObject({ mayRemove: false });
});
