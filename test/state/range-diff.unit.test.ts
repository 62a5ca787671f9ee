/** Promise: comparing a tree range by range finds what comparing it whole finds, and loads no leaf that stays. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { diffRange } from '../../lib/state/range-diff.ts';
import { buildTree, EMPTY } from '../../lib/state/tree.ts';
import type { Difference } from '../../lib/state/tree-diff.ts';
import { contentHash } from '../../lib/values/hash.ts';
import { MemoryNodes } from './memory-nodes.ts';

class KeepingNodes extends MemoryNodes {
  readonly kept = new Set<string>();

  keep(hash: string): void {
    this.kept.add(hash);
  }
}

const key = fc.string({ unit: fc.constantFrom('A', 'A', 'B', 'C'), minLength: 4, maxLength: 4 });
const value = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom('x', 'y') },
  { weight: 1, arbitrary: fc.integer({ min: 10_000, max: 40_000 }).map(length => 'x'.repeat(length)) },
);
const content = fc.array(fc.tuple(key, value), { maxLength: 60 }).map(entries => new Map(entries));

const entriesOf = (map: ReadonlyMap<string, string>, after: string, upTo: string | null) =>
  [...map].filter(([k]) => k > after && (upTo === null || k <= upTo)).sort(([a], [b]) => (a < b ? -1 : 1));

it('finds every difference once, in the order of keys', async () => {
  await fc.assert(
    fc.asyncProperty(content, content, fc.array(key, { maxLength: 5 }), async (before, changes, cuts) => {
      const nodes = new KeepingNodes();
      const root = buildTree(nodes, before);
      const now = new Map([...before, ...changes]);
      for (const [i, k] of [...before.keys()].entries()) if (i % 7 === 0) now.delete(k);
      const ends = [...new Set(cuts)].sort();
      const found: Difference[] = [];
      for (const [i, after] of ['', ...ends].entries()) {
        const upTo = ends[i] ?? null;
        found.push(...(await diffRange(nodes, root, { after, upTo }, entriesOf(now, after, upTo))));
      }
      const expected = [...new Set([...before.keys(), ...now.keys()])]
        .sort()
        .filter(k => before.get(k) !== now.get(k))
        .map(k => ({ key: k, before: before.get(k), after: now.get(k) }));
      expect(found).toEqual(expected);
      for (const hash of nodes.kept) expect(nodes.reachable(root)).toContain(hash);
    }),
    { numRuns: 500 },
  );
});

it('finds all of a map that is new', async () => {
  const now = new Map([['B', '1']]);
  const range = { after: '', upTo: null };
  expect(await diffRange(new KeepingNodes(), EMPTY, range, [...now])).toEqual([
    { key: 'B', before: undefined, after: '1' },
  ]);
});

it('loads of a large map the leaves that change, and those that a range cuts', async () => {
  const nodes = new KeepingNodes();
  const before = new Map(Array.from({ length: 50_000 }, (_, i) => [contentHash(`row ${i}`), `value ${i}`]));
  const root = buildTree(nodes, before);
  nodes.loaded.clear();
  const now = new Map([...before, [contentHash('row 77'), 'changed']]);
  for (const [after, upTo] of [['', 'M'], ['M', null]] as const) // biome-ignore format: one line
    await diffRange(nodes, root, { after, upTo }, entriesOf(now, after, upTo));
  const leaves = [...nodes.loaded].filter(hash => nodes.stored.get(hash)?.startsWith('[0,'));
  expect(leaves.length).toBeLessThanOrEqual(3);
});
