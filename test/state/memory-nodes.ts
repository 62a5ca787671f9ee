import type { Nodes } from '../../lib/state/tree.ts';
import { childHash, decodeNode, type StoredNode, type TreeNode } from '../../lib/state/tree-node.ts';

/** Tree nodes in a Map: for testing trees without a database. */
export class MemoryNodes implements Nodes {
  readonly stored = new Map<string, string>();
  readonly loaded = new Set<string>();
  /** How many nodes each call asked for. */
  readonly calls: number[] = [];

  async load(hashes: readonly string[]): Promise<TreeNode[]> {
    this.calls.push(hashes.length);
    return hashes.map(hash => {
      const text = this.stored.get(hash);
      if (text === undefined) throw new Error(`no node ${hash}`);
      this.loaded.add(hash);
      return decodeNode(text);
    });
  }

  put(node: StoredNode): void {
    this.stored.set(node.hash, node.text);
  }

  /** All nodes that a root needs. */
  reachable(root: string): Set<string> {
    const found = new Set<string>();
    const visit = (hash: string) => {
      if (hash === '' || found.has(hash)) return;
      found.add(hash);
      const node = decodeNode(this.stored.get(hash) ?? '[0,[]]');
      if (node.level > 0) for (const entry of node.entries) visit(childHash(entry));
    };
    visit(root);
    return found;
  }
}
