import { NodeStage, type StoredNodes } from '../state/node-stage.ts';
import type { StoredNode, TreeNode } from '../state/tree-node.ts';
import { decodeNode } from '../state/tree-node.ts';
import type { TreeNodes } from '../state/tree-nodes.ts';

/** Tree nodes as they would be: those that a plan makes lie in memory, over those of the state. */
export class PlannedNodes implements StoredNodes {
  readonly #base: TreeNodes;
  readonly #planned = new Map<string, TreeNode>();

  constructor(base: TreeNodes) {
    this.#base = base;
  }

  /** Opens a stage for the next batch of the plan, or for reading. */
  stage(): NodeStage {
    return new NodeStage(this);
  }

  async load(hashes: readonly string[]): Promise<Map<string, TreeNode>> {
    const found = await this.#base.load(hashes.filter(hash => !this.#planned.has(hash)));
    for (const hash of hashes) {
      const node = this.#planned.get(hash);
      if (node !== undefined) found.set(hash, node);
    }
    return found;
  }

  remember(nodes: readonly StoredNode[]): void {
    for (const { hash, text } of nodes) this.#planned.set(hash, decodeNode(text));
  }
}
