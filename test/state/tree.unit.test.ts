/** Promise: the tree's root follows from its content, and a change reads and writes only its own paths. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endsRow, keyedRow } from '../../lib/definition/declaration.ts';
import { objectId } from '../../lib/state/object-entry.ts';
import { buildTree, EMPTY, editTree, lookup, scan } from '../../lib/state/tree.ts';
import { diffTrees } from '../../lib/state/tree-diff.ts';
import { contentHash } from '../../lib/values/hash.ts';
import { MemoryNodes } from './memory-nodes.ts';

/** Few letters, so that keys end in `A` often: tall trees of few keys, with boundaries appearing and going. */
const key = fc.string({ unit: fc.constantFrom('A', 'A', 'B', 'C'), minLength: 5, maxLength: 5 });
const value = fc.oneof(
  { weight: 9, arbitrary: fc.string({ maxLength: 3 }) },
  { weight: 1, arbitrary: fc.integer({ min: 5_000, max: 40_000 }).map(length => 'x'.repeat(length)) },
);
const edit = fc.tuple(key, fc.option(value, { freq: 2 }));
const batches = fc.array(fc.uniqueArray(edit, { selector: ([k]) => k, maxLength: 30 }), { maxLength: 12 });

function apply(content: Map<string, string>, edits: readonly (readonly [string, string | null])[]): void {
  for (const [k, v] of edits) v === null ? content.delete(k) : content.set(k, v);
}

async function contentOf(nodes: MemoryNodes, root: string): Promise<[string, string][]> {
  const all: [string, string][] = [];
  for await (const entries of scan(nodes, root)) all.push(...entries.map(([k, v]): [string, string] => [k, v]));
  return all;
}

const sorted = (content: Map<string, string>) => [...content].sort(([a], [b]) => (a < b ? -1 : 1));

describe('tree', () => {
  it('holds what a Map holds, and the same root, whatever the history', async () => {
    await fc.assert(
      fc.asyncProperty(batches, async history => {
        const nodes = new MemoryNodes();
        const model = new Map<string, string>();
        let root = EMPTY;
        for (const edits of history) {
          root = await editTree(nodes, root, new Map(edits));
          apply(model, edits);
          expect(await contentOf(nodes, root)).toEqual(sorted(model));
          expect(root).toBe(buildTree(new MemoryNodes(), model));
        }
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['in order', (n: number) => keyedRow('n:T:id', BigInt(n))],
    ['with a prefix', (n: number) => keyedRow('n:T:id', `${'tenant/'.repeat(30)}${n % 7}/${n}`)],
    ['of edges', (n: number) => endsRow('n:T:id', { from: BigInt(n % 5), to: `${n}` })],
    ['of objects', (n: number) => objectId(`${n}`)],
    ['that someone chose to end no node', (n: number) => `${String(n).padStart(6, '0')}.`],
    ['that someone chose to end many levels', (n: number) => `${String(n).padStart(6, '0')}.${'A'.repeat(n % 5)}`],
  ])('keeps to that for keys %s, in batches that begin, replace and delete', async (_, keyOf) => {
    const batch = fc.array(fc.tuple(fc.nat({ max: 3_000 }), fc.nat({ max: 400 }), fc.option(value, { freq: 3 })), {
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(batch, { minLength: 1, maxLength: 6 }), async history => {
        const nodes = new MemoryNodes();
        const model = new Map<string, string>();
        let root = EMPTY;
        for (const stretches of history) {
          const edits = new Map<string, string | null>();
          for (const [from, count, to] of stretches)
            for (let n = from; n < from + count; n += 1) edits.set(keyOf(n), to);
          root = await editTree(nodes, root, edits);
          apply(model, [...edits]);
          expect(root).toBe(buildTree(new MemoryNodes(), model));
        }
        expect(await contentOf(nodes, root)).toEqual(sorted(model));
        const sizes = [...nodes.stored.values()].map(text => text.length);
        // A node above the leaves has two children at least, and a value may be longer than a node should be.
        expect(Math.max(0, ...sizes)).toBeLessThan(100_000);
      }),
      { numRuns: 10 },
    );
  });

  it('finds every key and no other', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(edit), fc.array(key), async (edits, others) => {
        const nodes = new MemoryNodes();
        const model = new Map<string, string>();
        apply(model, edits);
        const wanted = [...model.keys(), ...others];
        const found = await lookup(nodes, buildTree(nodes, model), wanted);
        expect(sorted(found)).toEqual(sorted(model));
      }),
    );
  });

  it('tells exactly the differing keys of two trees', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(edit), fc.array(edit), async (first, second) => {
        const nodes = new MemoryNodes();
        const before = new Map<string, string>();
        apply(before, first);
        const after = new Map(before);
        apply(after, second);
        const differences = await diffTrees(nodes, buildTree(nodes, before), buildTree(nodes, after));
        const expected = [...new Set([...before.keys(), ...after.keys()])]
          .filter(k => before.get(k) !== after.get(k))
          .map(k => ({ key: k, before: before.get(k), after: after.get(k) }));
        const byKey = (a: { key: string }, b: { key: string }) => (a.key < b.key ? -1 : 1);
        expect([...differences].sort(byKey)).toEqual(expected.sort(byKey));
      }),
    );
  });

  it('reads and writes only the changed paths of a large tree', async () => {
    const nodes = new MemoryNodes();
    const content = new Map(Array.from({ length: 50_000 }, (_, i) => [contentHash(`row ${i}`), `value ${i}`]));
    const root = buildTree(nodes, content);
    const before = nodes.reachable(root);
    nodes.loaded.clear();
    const next = await editTree(nodes, root, new Map([[contentHash('row 77'), 'changed']]));
    const written = [...nodes.reachable(next)].filter(hash => !before.has(hash));
    // 50,000 rows at 64 a node are three levels, four at most: one node a level changes.
    expect(written.length).toBeLessThanOrEqual(4);
    expect(nodes.loaded.size).toBeLessThanOrEqual(4);
    nodes.loaded.clear();
    expect(await diffTrees(nodes, root, next)).toHaveLength(1);
    expect(nodes.loaded.size).toBeLessThanOrEqual(8);
  });

  it('writes of a large tree a leaf for each 64 rows that come together, whatever its size', async () => {
    const nodes = new MemoryNodes();
    const row = (n: number) => keyedRow('n:Person:id', `person-${n}`);
    const content = new Map(Array.from({ length: 50_000 }, (_, n) => [row(n), 'owner']));
    const root = buildTree(nodes, content);
    const before = nodes.reachable(root);
    const edits = new Map(Array.from({ length: 2_000 }, (_, n) => [row(20_000 + n), 'another']));
    const next = await editTree(nodes, root, edits);
    const written = [...nodes.reachable(next)].filter(hash => !before.has(hash));
    expect(written.length).toBeLessThan(2 * (2_000 / 64));
  });

  it('has few leaves of a large tree in memory, and asks for those of one node together', async () => {
    const nodes = new MemoryNodes();
    const row = (n: number) => keyedRow('n:Person:id', `person-${n}`);
    const root = buildTree(nodes, new Map(Array.from({ length: 100_000 }, (_, n) => [row(n), 'owner'])));
    const edits = new Map(Array.from({ length: 2_000 }, (_, n) => [row(n * 50), 'another']));
    nodes.calls.length = 0;
    expect((await lookup(nodes, root, [...edits.keys()])).size).toBe(2_000);
    expect(Math.max(...nodes.calls)).toBeLessThanOrEqual(500);
    expect(nodes.calls.length).toBeLessThan(10);
    nodes.calls.length = 0;
    const next = await editTree(nodes, root, edits);
    // Some 1,100 leaves below 100 nodes.
    expect(nodes.loaded.size).toBeGreaterThan(1_000);
    expect(nodes.calls.length).toBeLessThan(nodes.loaded.size / 8);
    expect((await lookup(nodes, next, [row(0), row(1)])).get(row(0))).toBe('another');
  });

  it('keeps every node under the size limit of an item', async () => {
    const nodes = new MemoryNodes();
    const content = new Map(
      Array.from({ length: 40 }, (_, i) => [`B${String(i).padStart(3, '0')}`, '\u0001'.repeat(4_000)]),
    );
    buildTree(nodes, content);
    for (const text of nodes.stored.values()) expect(Buffer.byteLength(text)).toBeLessThan(400_000);
    expect(nodes.stored.size).toBeGreaterThan(4);
  });
});
