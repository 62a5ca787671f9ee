import pMap from 'p-map';
import { describe, expect } from 'vitest';
import { readRoot } from '../../lib/lease.ts';
import { NodeStage } from '../../lib/state/node-stage.ts';
import { decodeOwners, type Owners } from '../../lib/state/owners.ts';
import { scan } from '../../lib/state/tree.ts';
import type { World } from './world.ts';
import { it } from './world-test.ts';

const key = (n: number) => `notes/${String(n).padStart(3, '0')}.ndjson`;
const hub = (n: number) => ({ id: 'hub', rev: n, text: `as ${n} says` });
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);

/** The owners of the one row that the world's state has. */
async function ownersOf(world: World): Promise<Owners> {
  const scope = world.worker();
  const { tables } = await readRoot(scope, await world.root());
  for (const { rows } of tables.values()) {
    for await (const [entry] of scan(new NodeStage(scope.cache, scope.nodes), rows))
      return decodeOwners(entry?.[1] ?? '');
  }
  throw new Error('no row is tracked');
}

describe('a hub that very many objects declare', () => {
  it('gains and loses owners, the winner too, down to none', { timeout: 120_000 }, async ({ world }) => {
    for (const n of numbers(130)) await world.put(key(n), [hub(n)]);
    await world.sync(numbers(120).map(key));
    expect(await ownersOf(world)).toMatchObject({ count: 120, rest: null });

    await world.sync(numbers(130).map(key)); // ten more
    expect(await ownersOf(world)).toMatchObject({ count: 130 });
    expect(await world.notes()).toEqual([hub(129)]);

    for (const n of numbers(20)) await world.delete(key(n)); // none of them the winner
    expect(await world.sync(numbers(20).map(key))).toMatchObject({ nodesUpserted: 0, applied: 20 });
    expect(await ownersOf(world)).toMatchObject({ count: 110 });

    expect(await world.remove(key(129))).toMatchObject({ nodesUpserted: 1 }); // the winner
    expect(await world.notes()).toEqual([hub(128)]);

    await world.drop(key(50), [hub(500)]); // a loser becomes the winner, and falls back
    expect(await world.notes()).toEqual([hub(500)]);
    await world.drop(key(50), [hub(5)]);
    expect(await world.notes()).toEqual([hub(128)]);

    const most = numbers(130).filter(n => n > 20 && n < 129);
    for (const n of most) await world.delete(key(n));
    await world.sync(most.map(key));
    expect(await world.notes()).toEqual([hub(20)]);
    expect(await ownersOf(world)).toMatchObject({ count: 1, tree: null });

    await world.remove(key(20));
    expect(await world.notes()).toEqual([]);
    expect(await world.root()).toBe('');
  });

  it('of 5,000 objects loses its winner', { timeout: 240_000 }, async ({ world }) => {
    const keys = numbers(5_000).map(n => `notes/${String(n).padStart(4, '0')}.ndjson`);
    const entries = [...keys.entries()];
    await pMap(entries, async ([n, name]) => await world.put(name, [hub(n)]), { concurrency: 16 });
    expect(await world.sync(keys)).toMatchObject({ applied: 5_000, nodesUpserted: 1 });
    expect(await ownersOf(world)).toMatchObject({ count: 5_000, rest: null });
    expect(await world.notes()).toEqual([hub(4_999)]);

    expect(await world.remove('notes/4999.ndjson')).toMatchObject({ nodesUpserted: 1, nodesDeleted: 0 });
    expect(await world.notes()).toEqual([hub(4_998)]);
    expect(await ownersOf(world)).toMatchObject({ count: 4_999 });
  });

  it('leaves the same state as a small row when it is one again', async ({ world }) => {
    await world.drop(key(0), [hub(0)]);
    const small = await world.root();
    for (const n of numbers(40)) await world.put(key(n), [hub(n)]);
    await world.sync(numbers(40).map(key));
    expect(await ownersOf(world)).toMatchObject({ count: 40, rest: null });
    const others = numbers(40).slice(1).map(key);
    for (const other of others) await world.delete(other);
    await world.sync(others);
    expect(await world.root()).toBe(small);
  });
});
