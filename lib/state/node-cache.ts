import type { TreeNode } from './tree-node.ts';

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
