import { memoryForNodes } from '../definition/row-memory.ts';
import type { TreeNode } from './tree-node.ts';

/** Measured, of an entry: two lists of two and the heads of two texts; each character takes a byte more. */
const BYTES_OF_ENTRY = 100;

/** Nodes by hash, kept by warm workers: what a hash names never changes. */
export class NodeCache {
  readonly #nodes = new Map<string, TreeNode>();
  readonly #maxBytes: number;
  #bytes = 0;

  /** @param maxBytes bytes of nodes, about, to keep. Default: what this process's memory allows */
  constructor(maxBytes = memoryForNodes()) {
    this.#maxBytes = maxBytes;
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
    if (this.get(hash) !== undefined) return;
    this.#nodes.set(hash, node);
    this.#bytes += bytesOf(node);
    for (const [oldest, gone] of this.#nodes) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#nodes.delete(oldest);
      this.#bytes -= bytesOf(gone);
    }
  }
}

function bytesOf({ entries }: TreeNode): number {
  return entries.reduce((sum, [key, value]) => sum + BYTES_OF_ENTRY + key.length + value.length, 0);
}
