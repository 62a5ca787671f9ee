import { memoryForNodes } from '../definition/row-memory.ts';
import type { TreeNode } from './tree-node.ts';

/** Measured, of an entry: two lists of two and the heads of two texts. A character takes a byte more, beyond Latin-1 two. */
const BYTES_OF_ENTRY = 100;

/** Nodes by hash, kept by warm workers: what a hash names never changes. */
export class NodeCache {
  readonly #nodes = new Map<string, Kept>();
  readonly #maxBytes: number;
  #bytes = 0;

  /** @param maxBytes bytes of nodes, about, to keep. Default: what this process's memory allows */
  constructor(maxBytes = memoryForNodes()) {
    this.#maxBytes = maxBytes;
  }

  get(hash: string): TreeNode | undefined {
    const kept = this.#nodes.get(hash);
    if (kept === undefined) return undefined;
    // Back to the end of the Map's order, which makes it a least-recently-used list.
    this.#nodes.delete(hash);
    this.#nodes.set(hash, kept);
    return kept.node;
  }

  /** @param characters of the node's text */
  set(hash: string, node: TreeNode, characters: number): void {
    if (this.get(hash) !== undefined) return;
    const bytes = BYTES_OF_ENTRY * node.entries.length + characters;
    this.#nodes.set(hash, { node, bytes });
    this.#bytes += bytes;
    for (const [oldest, gone] of this.#nodes) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#nodes.delete(oldest);
      this.#bytes -= gone.bytes;
    }
  }
}

interface Kept {
  readonly node: TreeNode;
  /** What it takes in memory, about. */
  readonly bytes: number;
}
