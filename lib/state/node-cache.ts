import type { NodeTable } from './node-table.ts';
import { decodeNode, type TreeNode } from './tree-node.ts';

/** Nodes by hash, kept by warm workers: what a hash names never changes. */
export class NodeCache {
  readonly #nodes = new Map<string, TreeNode>();
  readonly #maxNodes: number;

  /** @param maxNodes how many nodes (about 10 KB of memory each) to keep. Default 20,000 */
  constructor(maxNodes = 20_000) {
    this.#maxNodes = maxNodes;
  }

  get(hash: string): TreeNode | undefined {
    const node = this.#nodes.get(hash);
    if (node !== undefined) {
      // Back to the end of the Map's order, which makes it a least-recently-used list.
      this.#nodes.delete(hash);
      this.#nodes.set(hash, node);
    }
    return node;
  }

  set(hash: string, node: TreeNode): void {
    this.#nodes.set(hash, node);
    if (this.#nodes.size > this.#maxNodes) {
      const [oldest] = this.#nodes.keys();
      if (oldest !== undefined) this.#nodes.delete(oldest);
    }
  }
}

/** Reads nodes through a cache. */
export async function loadThrough(
  cache: NodeCache,
  table: NodeTable,
  hashes: readonly string[],
): Promise<Map<string, TreeNode>> {
  const found = new Map<string, TreeNode>();
  const missing: string[] = [];
  for (const hash of hashes) {
    const node = cache.get(hash);
    if (node === undefined) missing.push(hash);
    else found.set(hash, node);
  }
  if (missing.length === 0) return found;
  for (const [hash, text] of await table.get(missing)) {
    const node = decodeNode(text);
    cache.set(hash, node);
    found.set(hash, node);
  }
  return found;
}
