import type { Nodes } from './tree.ts';
import { childHash, nodeOf, type StoredNode, type TreeNode } from './tree-node.ts';

/** Where a stage's nodes come from, and where they are remembered. */
export interface StoredNodes {
  /** @throws MissingNodeError */
  load(hashes: readonly string[]): Promise<Map<string, TreeNode>>;
  remember(nodes: readonly StoredNode[]): void;
}

/**
 * The nodes of one batch: what exists is read through the cache, what is new is held here until it is known which of it
 * the next root needs.
 *
 * Whatever was loaded is reachable from the root the batch started from (a batch reads nothing else), so it need not be
 * written again. Everything else is, even if an equal node may be in the table already: garbage collection could be about to
 * delete that one.
 */
export class NodeStage implements Nodes {
  readonly #stored: StoredNodes;
  readonly #beforeLoad: () => Promise<void>;
  /** New nodes of the batch before this one, which may not be stored yet. */
  readonly #ahead: ReadonlyMap<string, StoredNode>;
  readonly #new = new Map<string, StoredNode>();
  readonly #known = new Set<string>();

  /** @param beforeLoad called before nodes are loaded: reading may take its time, and a lease may have to be renewed */
  constructor(
    stored: StoredNodes,
    beforeLoad: () => Promise<void> = async () => {},
    ahead: ReadonlyMap<string, StoredNode> = new Map(),
  ) {
    this.#stored = stored;
    this.#beforeLoad = beforeLoad;
    this.#ahead = ahead;
  }

  /**
   * Opens the stage of the batch that follows this one, which can be planned before this one's nodes are stored. Those of batches
   * before this one are: nothing holds them any longer.
   *
   * @param nodes new ones that this batch stores
   */
  following(nodes: readonly StoredNode[], beforeLoad?: () => Promise<void>): NodeStage {
    return new NodeStage(this.#stored, beforeLoad, new Map(nodes.map(node => [node.hash, node])));
  }

  async load(hashes: readonly string[]): Promise<TreeNode[]> {
    await this.#beforeLoad();
    const present = hashes.filter(hash => !this.#new.has(hash));
    const found = await this.#stored.load(present.filter(hash => !this.#ahead.has(hash)));
    for (const hash of present) this.#known.add(hash);
    return hashes.map(hash => found.get(hash) ?? nodeOf((this.#new.get(hash) ?? this.#ahead.get(hash)) as StoredNode));
  }

  put(node: StoredNode): void {
    if (!this.#known.has(node.hash)) this.#new.set(node.hash, node);
  }

  /** Notes that a subtree is part of the root that the batch started from. */
  keep(hash: string): void {
    this.#known.add(hash);
    this.#new.delete(hash);
  }

  /** Lists the new nodes below some roots, without those that editing made on the way and no root needs. */
  needed(roots: readonly string[]): StoredNode[] {
    const needed = new Map<string, StoredNode>();
    const visit = (hash: string) => {
      const stored = this.#new.get(hash);
      if (stored === undefined || needed.has(hash)) return;
      needed.set(hash, stored);
      const node = nodeOf(stored);
      if (node.level > 0) for (const entry of node.entries) visit(childHash(entry));
    };
    roots.forEach(visit);
    return [...needed.values()];
  }

  /** Has later batches find nodes in the cache, once they are stored. */
  remember(nodes: readonly StoredNode[]): void {
    this.#stored.remember(nodes);
  }
}
