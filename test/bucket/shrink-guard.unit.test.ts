/** Threat: a version that lost most of its rows is taken, or held back, by what a worker happened to see before. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readObject } from '../../lib/bucket/objects.ts';
import { ContextKey, flow } from '../../lib/index.ts';
import { TrackedWorld } from '../insight/tracked-world.ts';

const KEY = 'people.ndjson';

const guarded = flow(new ContextKey('guarded'), graph => {
  const person = graph.nodeTable<{ id: string }>('Person');
  graph.source('*.ndjson', { maxShrink: 0.5 }, record => person.declareRecord(record as { id: string }));
});

const rows = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => ({ id: `p${from + n}` }));

async function verdict(world: TrackedWorld): Promise<string> {
  return await readObject(world.scope, KEY).then(
    version => `${version?.rows.size} rows`,
    (error: Error) => error.message,
  );
}

it('half of the rows may go, not more, whatever the number of new ones', async () => {
  const world = new TrackedWorld(guarded);
  world.put(KEY, rows(0, 10));
  expect(await verdict(world)).toBe('10 rows');
  world.put(KEY, rows(5, 10));
  expect(await verdict(world)).toBe('5 rows');
  world.put(KEY, [...rows(5, 7), ...rows(20, 30)]);
  expect(await verdict(world)).toMatch(
    /lacks 3 of the 5 rows of the version before it, over the source's maxShrink 0.5/,
  );
});

it('versions that are bad or held back themselves are passed over, a deletion is meant', async () => {
  const world = new TrackedWorld(guarded);
  world.put(KEY, rows(0, 10));
  world.put(KEY, 'no record\n');
  world.put(KEY, rows(0, 1));
  expect(await verdict(world)).toMatch('lacks 9 of the 10 rows');
  world.put(KEY, rows(0, 2));
  expect(await verdict(world)).toMatch('lacks 8 of the 10 rows');
  world.objects.remove(KEY);
  world.put(KEY, rows(0, 1));
  expect(await verdict(world)).toBe('1 rows');
});

it('the verdict is the same whether the version below was applied or not', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(6), { minLength: 2, maxLength: 4 }), async sizes => {
      const [seen, unseen] = [new TrackedWorld(guarded), new TrackedWorld(guarded)];
      for (const [index, size] of sizes.entries()) {
        for (const world of [seen, unseen]) world.put(KEY, rows(0, size));
        if (index < sizes.length - 1) await seen.apply([KEY]);
      }
      expect(await verdict(seen)).toBe(await verdict(unseen));
    }),
    { numRuns: 40 },
  );
});
