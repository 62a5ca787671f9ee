import { EMPTY, type Nodes, scanLeaves } from './tree.ts';
import type { Difference } from './tree-diff.ts';
import { childHash, countOfChild, type Entry } from './tree-node.ts';
import { writeNodes } from './tree-shape.ts';

/** Keys after one and up to another; null: up to the last there is. */
export interface KeyRange {
  readonly after: string;
  readonly upTo: string | null;
}

/** Leaves that are loaded at once. */
const LEAVES_AT_ONCE = 256;

/**
 * Compares what a tree has in a range of keys with what it will have there. Leaves that stay are told by their hash and not loaded.
 *
 * @param now the entries to come, sorted by key, all of them in the range
 */
export async function diffRange(
  nodes: Nodes & { keep(hash: string): void },
  root: string,
  { after, upTo }: KeyRange,
  now: readonly Entry[],
): Promise<Difference[]> {
  if (root === EMPTY) return now.map(([key, value]) => ({ key, before: undefined, after: value }));
  const spans = leafSpans(now);
  const kept: Span[] = [];
  const old = new Map<string, string>();
  let open: string[] = [];
  const load = async () => {
    for (const leaf of open.length === 0 ? [] : await nodes.load(open)) {
      for (const [key, value] of leaf.entries) if (key > after && (upTo === null || key <= upTo)) old.set(key, value);
    }
    open = [];
  };
  for await (const leaf of scanLeaves(nodes, root, after)) {
    const hash = childHash(leaf);
    const span = spans.get(hash);
    if (span === undefined) open.push(hash);
    else {
      nodes.keep(hash);
      kept.push(span);
    }
    if (open.length === LEAVES_AT_ONCE) await load();
    if (upTo !== null && leaf[0] >= upTo) break;
  }
  await load();
  return differencesOf(now, kept, old);
}

/** Positions of entries, the end not included. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/** Cuts entries into leaves, as a tree of them alone would have them. The first of a range may be the end of a larger leaf of the whole. */
function leafSpans(entries: readonly Entry[]): Map<string, Span> {
  const spans = new Map<string, Span>();
  let start = 0;
  for (const leaf of writeNodes(0, entries, () => {})) {
    const end = start + countOfChild(leaf);
    spans.set(childHash(leaf), { start, end });
    start = end;
  }
  return spans;
}

function differencesOf(now: readonly Entry[], kept: readonly Span[], old: Map<string, string>): Difference[] {
  const differences: Difference[] = [];
  let position = 0;
  const compareUntil = (end: number) => {
    for (; position < end; position += 1) {
      const [key, value] = now[position] as Entry;
      const before = old.get(key);
      old.delete(key);
      if (before !== value) differences.push({ key, before, after: value });
    }
  };
  for (const { start, end } of kept) {
    compareUntil(start);
    position = end;
  }
  compareUntil(now.length);
  for (const [key, before] of old) differences.push({ key, before, after: undefined });
  return differences.sort((a, b) => (a.key < b.key ? -1 : 1));
}
