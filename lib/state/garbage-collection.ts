import pMap from 'p-map';
import { type CollectionPosition, deletePosition, Marks, readPosition, writePosition } from './collection-position.ts';
import { collectMemos } from './memo-collection.ts';
import { decodeObject } from './object-entry.ts';
import { decodeRoot, treesOf } from './root.ts';
import type { ScopeState } from './scope-state.ts';
import { EMPTY } from './tree.ts';
import { childHash, decodeNode } from './tree-node.ts';
import { MissingNodeError, type TreeNodes } from './tree-nodes.ts';

export interface CollectionReport {
  /** Nodes marked so far: reachable from a root. */
  readonly reachable: number;
  readonly deleted: number;
  /** Unreachable, but so young that a batch under way may need them. */
  readonly young: number;
  /** False: time was up. The next one goes on where this one stopped. */
  readonly complete: boolean;
}

export interface CollectionOptions {
  /**
   * Age in milliseconds below which nothing is deleted. Must be longer than a batch can take: a batch's nodes are
   * unreachable until its root is proposed. Default one day.
   */
  readonly graceMs?: number;
  /** When to stop (ms since 1970), after one step forward. Default never. */
  readonly deadline?: number;
}

/** Nodes read at once while marking. */
const NODES_AT_ONCE = 2_000;

/** Nodes deleted at once. */
const PARALLEL_DELETIONS = { concurrency: 32 };

/**
 * Deletes tree nodes that no root needs, like `git gc`: marks from head's root and pending and from every root of the retention
 * log, sweeps what is unmarked, old, and unchanged since it was listed (a batch that needs a node again puts it again, which
 * renews its time).
 *
 * Results of sources' functions go with the last root that has an object of their source.
 *
 * It stops in time, and another call goes on where it was. A root that comes in between needs no mark: its nodes are marked
 * already, or were put after the marking began.
 *
 * @throws MissingNodeError if head's root lacks nodes; then nothing is deleted
 */
export async function collectGarbage(state: ScopeState, options: CollectionOptions = {}): Promise<CollectionReport> {
  const { graceMs = 24 * 3_600_000, deadline = Number.POSITIVE_INFINITY } = options;
  const saved = await readPosition(state.positions);
  const position = saved ?? (await begin(state, Date.now() - graceMs));
  const { marked } = position;
  const counts = { deleted: 0, young: 0 };
  try {
    const complete =
      (await mark(state.nodes, position, deadline)) &&
      (await sweep(state.nodes, position, counts, deadline)) &&
      (await collectMemos(state.memos, position, deadline));
    if (!complete) await writePosition(state.positions, position);
    else if (saved !== null) await deletePosition(state.positions);
    return { reachable: marked.size, ...counts, complete };
  } catch (error) {
    if (!(error instanceof MissingNodeError)) await writePosition(state.positions, position).catch(() => {});
    // What the marking began with is gone: it begins anew.
    else if (saved !== null) await deletePosition(state.positions);
    throw error;
  }
}

async function begin(state: ScopeState, before: number): Promise<CollectionPosition> {
  const head = await state.head.read();
  const present = [head?.root ?? EMPTY, head?.pending ?? EMPTY];
  return {
    before,
    present,
    logged: await state.retentionLog.roots(),
    sources: new Set(),
    marked: new Marks(),
    swept: null,
  };
}

/** Marks what the present roots need, then what all logged roots need, together: they have most nodes in common. */
async function mark(nodes: TreeNodes, position: CollectionPosition, deadline: number): Promise<boolean> {
  const { present, logged } = position;
  await markBelow(present, position, part => nodes.get(part), deadline);
  // A logged root may lack nodes: its batch died while it stored them.
  if (present.length === 0) await markBelow(logged, position, part => nodes.find(part), deadline);
  return present.length + logged.length === 0;
}

/** Marks nodes and all below them, a part at a time. @param open what is left of them when time is up */
async function markBelow(
  open: string[],
  { marked, sources }: CollectionPosition,
  read: (hashes: readonly string[]) => Promise<Map<string, string>>,
  deadline: number,
): Promise<void> {
  while (open.length > 0) {
    // The last ones first: depth first, so that not all of a level waits in memory.
    const last = open.slice(-NODES_AT_ONCE);
    const part = new Set(last.filter(hash => hash !== EMPTY && !marked.has(hash)));
    const found = await read([...part]);
    open.length -= last.length;
    for (const [hash, text] of found) {
      marked.add(hash);
      open.push(...childrenOf(text, sources).filter(child => !marked.has(child)));
    }
    if (part.size > 0 && Date.now() >= deadline) return;
  }
}

/** Deletes unmarked nodes. @returns false if time is up */
async function sweep(
  nodes: TreeNodes,
  position: CollectionPosition,
  counts: { deleted: number; young: number },
  deadline: number,
): Promise<boolean> {
  for await (const page of nodes.list(position.swept ?? undefined)) {
    const dead = page.nodes.filter(({ hash }) => !position.marked.has(hash));
    const old = dead.filter(({ at }) => at < position.before);
    counts.young += dead.length - old.length;
    const deleted = await pMap(old, node => nodes.delete(node), PARALLEL_DELETIONS);
    counts.deleted += deleted.filter(Boolean).length;
    position.swept = page.position;
    if (page.position !== null && Date.now() >= deadline) return false;
  }
  return true;
}

/**
 * Lists the children of a root or tree node, and the trees that leaf values name: manifests in object entries, owner trees in
 * owner lists.
 *
 * @param sources gets the fingerprints of the sources of objects
 */
export function childrenOf(text: string, sources?: Set<string>): string[] {
  if (text.startsWith('{')) return treesOf(decodeRoot(text));
  const node = decodeNode(text);
  if (node.level > 0) return node.entries.map(childHash);
  return node.entries.flatMap(([, value]) => {
    if (value.startsWith('["')) {
      const { manifest, source } = decodeObject(value);
      sources?.add(source);
      return [manifest];
    }
    return value.startsWith('{') ? [(JSON.parse(value) as { tree: string }).tree] : [];
  });
}
