/** Promise: what a warm worker keeps of the tree is bounded by its memory, whatever the size of nodes, and is what it was. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { memoryForNodes } from '../../lib/definition/row-memory.ts';
import { NodeCache } from '../../lib/state/node-cache.ts';
import type { TreeNode } from '../../lib/state/tree-node.ts';

const leaf: TreeNode = { level: 0, entries: [['k', 'v']] };

/** Of a leaf of one entry, beside the characters of its text. */
const BYTES = 100;

test('of the least recently used goes what there is no room for', () => {
  const cache = new NodeCache(2 * BYTES + 20);
  cache.set('a', leaf, 10);
  cache.set('b', leaf, 10);
  cache.get('a');
  cache.set('c', leaf, 10);
  expect(['a', 'b', 'c'].filter(hash => cache.get(hash) !== undefined)).toEqual(['a', 'c']);
});

test('a large node takes the room of many small ones', () => {
  const cache = new NodeCache(10 * BYTES);
  for (let i = 0; i < 9; i += 1) cache.set(`${i}`, leaf, 0);
  cache.set('large', leaf, 5 * BYTES);
  const kept = Array.from({ length: 9 }, (_, i) => `${i}`).filter(hash => cache.get(hash) !== undefined);
  expect(kept).toEqual(['5', '6', '7', '8']);
  expect(cache.get('large')).toBeDefined();
});

test('nodes in any order never take more than there is room for, and the one set last is kept where it fits', () => {
  const set = fc.record({ hash: fc.integer({ min: 0, max: 20 }), characters: fc.integer({ min: 0, max: 2_000 }) });
  fc.assert(
    fc.property(fc.array(set), sets => {
      const most = 3_000;
      const cache = new NodeCache(most);
      const nodes = new Map<number, number>();
      for (const { hash, characters } of sets) {
        // What a hash names never changes.
        const size = nodes.get(hash) ?? characters;
        nodes.set(hash, size);
        cache.set(`${hash}`, leaf, size);
        expect(cache.get(`${hash}`)).toBe(leaf);
        const kept = [...nodes].filter(([one]) => cache.get(`${one}`) !== undefined);
        expect(kept.reduce((sum, [, one]) => sum + BYTES + one, 0)).toBeLessThanOrEqual(most);
      }
    }),
  );
});

test('a function of little memory keeps less', () => {
  expect(memoryForNodes(4e9, '1769')).toBeLessThan(131e6);
  expect(memoryForNodes(4e9, '512')).toBeLessThan(38e6);
  expect(memoryForNodes(200e6, '1769')).toBe(14e6);
});
