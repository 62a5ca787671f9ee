import { loadThrough, type NodeCache } from './node-cache.ts';
import type { NodeTable } from './node-table.ts';
import type { Nodes } from './tree.ts';
import { childHash, decodeNode, type StoredNode, type TreeNode } from './tree-node.ts';

/**
 * The nodes of one batch: what exists is read through the cache, what is new is held here until it is known which of it
 * the next root needs.
 *
 * Whatever was loaded is reachable from the root the batch started from (a batch reads nothing else), so it need not be
 * written again. Everything else is, even if an equal node may be in the table already: a collection under way could be
 * about to take that one.
 */
export class NodeStage implements Nodes {
  readonly #cache: NodeCache;
  readonly #table: NodeTable;
  readonly #new = new Map<string, string>();
  readonly #known = new Set<string>();

  constructor(cache: NodeCache, table: NodeTable) {
    this.#cache = cache;
    this.#table = table;
  }

  async load(hashes: readonly string[]): Promise<TreeNode[]> {
    const stored = hashes.filter(hash => !this.#new.has(hash));
    const found = await loadThrough(this.#cache, this.#table, stored);
    for (const hash of stored) this.#known.add(hash);
    return hashes.map(hash => found.get(hash) ?? decodeNode(this.#new.get(hash) ?? ''));
  }

  put(node: StoredNode): void {
    if (!this.#known.has(node.hash)) this.#new.set(node.hash, node.text);
  }

  /** Notes that a subtree is part of the root the batch started from. */
  keep(hash: string): void {
    this.#known.add(hash);
    this.#new.delete(hash);
  }

  /** The new nodes below some roots; what editing made on the way and nobody needs is left out. */
  needed(roots: readonly string[]): StoredNode[] {
    const needed = new Map<string, StoredNode>();
    const visit = (hash: string) => {
      const text = this.#new.get(hash);
      if (text === undefined || needed.has(hash)) return;
      needed.set(hash, { hash, text });
      const node = decodeNode(text);
      if (node.level > 0) for (const entry of node.entries) visit(childHash(entry));
    };
    roots.forEach(visit);
    return [...needed.values()];
  }

  /** To be called once the nodes are stored: later batches find them in the cache. */
  remember(nodes: readonly StoredNode[]): void {
    for (const { hash, text } of nodes) this.#cache.set(hash, decodeNode(text));
  }
}
