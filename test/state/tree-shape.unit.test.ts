/** Promise: a tree's nodes are cut where its content says, the same in every version: an upgrade moves no root. */
import { describe, expect, it } from 'vitest';
import { buildTree, EMPTY, editTree, firstEntries, scan } from '../../lib/state/tree.ts';
import { diffTrees } from '../../lib/state/tree-diff.ts';
import { countOf, decodeNode, type Entry, encodeNode } from '../../lib/state/tree-node.ts';
import { boundaryLevel, naturalRuns, writeNodes } from '../../lib/state/tree-shape.ts';
import { contentHash } from '../../lib/values/hash.ts';
import { MemoryNodes } from './memory-nodes.ts';

const content = (rows: number) =>
  new Map(Array.from({ length: rows }, (_, i) => [contentHash(`row ${i}`), `value ${i}`]));

/** Cuts entries into nodes, and returns the keys in each. */
function nodesOf(level: number, entries: readonly Entry[]): string[][] {
  const nodes: string[][] = [];
  writeNodes(level, entries, ({ text }) => nodes.push(decodeNode(text).entries.map(([key]) => key)));
  return nodes;
}

const ofSize = (key: string, characters: number): Entry => [key, 'x'.repeat(characters - key.length)];

describe('a key', () => {
  it.each([
    ['AB', 0],
    ['BA', 1],
    ['BAA', 2],
    ['AAA', 3],
    ['', 0],
  ])('%j ends nodes of as many levels as it ends in A: %i', (key, levels) => {
    expect(boundaryLevel(key)).toBe(levels);
  });
});

describe('entries of a level', () => {
  it('are cut behind a key that ends nodes of the level', () => {
    const entries: Entry[] = ['B', 'CA', 'CB', 'DAA', 'DB'].map(key => [key, '']);
    expect(nodesOf(0, entries)).toEqual([['B', 'CA'], ['CB', 'DAA'], ['DB']]);
    expect(nodesOf(1, entries)).toEqual([['B', 'CA', 'CB', 'DAA'], ['DB']]);
    expect(nodesOf(2, entries)).toEqual([['B', 'CA', 'CB', 'DAA', 'DB']]);
  });

  it('are cut where a node would be longer than 32,768 characters', () => {
    const three = (last: number) => [ofSize('B', 16_000), ofSize('C', 16_000), ofSize('D', last)];
    expect(nodesOf(0, three(768))).toEqual([['B', 'C', 'D']]);
    expect(nodesOf(0, three(769))).toEqual([['B', 'C'], ['D']]);
    expect(nodesOf(0, [ofSize('B', 40_000), ofSize('C', 40_000), ofSize('D', 1)])).toEqual([['B'], ['C'], ['D']]);
  });

  it('are counted anew behind a cut', () => {
    const entries = ['B', 'CA', 'D', 'E'].map(key => ofSize(key, 16_000));
    expect(nodesOf(0, entries)).toEqual([
      ['B', 'CA'],
      ['D', 'E'],
    ]);
  });

  it('stay two at least above the leaves, however long', () => {
    const entries = ['B', 'C', 'D', 'E', 'F'].map(key => ofSize(key, 40_000));
    expect(nodesOf(1, entries)).toEqual([['B', 'C'], ['D', 'E'], ['F']]);
  });

  it('are grouped again into the runs that were cut by length only', () => {
    const children: Entry[] = ['B', 'CA', 'D', 'EA', 'F'].map(key => [key, '']);
    const keys = (level: number) => naturalRuns(level, children).map(run => run.map(([key]) => key));
    expect(keys(1)).toEqual([['B', 'CA'], ['D', 'EA'], ['F']]);
    expect(keys(2)).toEqual([['B', 'CA', 'D', 'EA', 'F']]);
    expect(naturalRuns(1, children.slice(0, 2))).toHaveLength(1);
    expect(naturalRuns(1, [])).toEqual([]);
  });

  it('make no node when there are none', () => {
    expect(nodesOf(0, [])).toEqual([]);
    expect(() => encodeNode({ level: 0, entries: [] })).not.toThrow();
  });
});

describe('the root of a content', () => {
  it.each([
    [0, EMPTY],
    [1, 'HtAJpoKmSZCrBcIPkGNSflm5'],
    [1_000, 'wuubrsk8d8gtKSNrEk5-gqqW'],
    [5_000, '-QJGPU22BuX8X4QKcIDJE6u7'],
  ])('of %i rows is the one that earlier versions gave it', (rows, root) => {
    expect(buildTree(new MemoryNodes(), content(rows))).toBe(root);
  });

  it('says how many entries are below', () => {
    const nodes = new MemoryNodes();
    const root = buildTree(nodes, content(5_000));
    expect(countOf(decodeNode(nodes.stored.get(root) as string))).toBe(5_000);
  });

  it('gives up the levels that its content no longer needs', async () => {
    const nodes = new MemoryNodes();
    const root = buildTree(nodes, content(5_000));
    const gone = new Map([...content(5_000).keys()].slice(1).map(key => [key, null]));
    expect(await editTree(nodes, root, gone)).toBe(buildTree(nodes, content(1)));
    expect(await editTree(nodes, root, new Map([...content(5_000).keys()].map(key => [key, null])))).toBe(EMPTY);
  });
});

describe('reading', () => {
  it('goes on behind a key, in order', async () => {
    const nodes = new MemoryNodes();
    const root = buildTree(nodes, content(5_000));
    const keys = [...content(5_000).keys()].sort();
    for (const from of [0, 1, 63, 2_500, 4_998]) {
      const read: string[] = [];
      for await (const entries of scan(nodes, root, keys[from])) read.push(...entries.map(([key]) => key));
      expect(read).toEqual(keys.slice(from + 1));
      const first = await firstEntries(nodes, root, keys[from] as string, 5);
      expect(first.map(([key]) => key)).toEqual(keys.slice(from + 1, from + 6));
    }
    for await (const _ of scan(nodes, EMPTY)) expect.unreachable();
  });

  it('stops at the limit without reading the rest', async () => {
    const nodes = new MemoryNodes();
    const root = buildTree(nodes, content(5_000));
    nodes.loaded.clear();
    await firstEntries(nodes, root, '', 1);
    expect(nodes.loaded.size).toBeLessThan(nodes.reachable(root).size / 3);
  });
});

describe('comparing two trees', () => {
  it('names the subtrees that both have, and reads nothing below them', async () => {
    const nodes = new MemoryNodes();
    const before = buildTree(nodes, content(5_000));
    const after = await editTree(nodes, before, new Map([[contentHash('row 7'), 'changed']]));
    const [old, now] = [nodes.reachable(before), nodes.reachable(after)];
    const shared = new Set<string>();
    nodes.loaded.clear();
    await diffTrees(nodes, before, after, hash => shared.add(hash));
    for (const hash of shared) expect(old.has(hash) && now.has(hash)).toBe(true);
    const covered = new Set([...shared].flatMap(hash => [...nodes.reachable(hash)]));
    expect([...now].filter(hash => old.has(hash) && !covered.has(hash))).toEqual([]);
    expect([...nodes.loaded].filter(hash => covered.has(hash))).toEqual([]);
  });

  it('names an equal tree as a whole, and the empty one not at all', async () => {
    const nodes = new MemoryNodes();
    const root = buildTree(nodes, content(10));
    const shared: string[] = [];
    expect(await diffTrees(nodes, root, root, hash => shared.push(hash))).toEqual([]);
    expect(await diffTrees(nodes, EMPTY, EMPTY, hash => shared.push(hash))).toEqual([]);
    expect(shared).toEqual([root]);
  });
});
