import { GraphdropError } from '../errors.ts';
import { NodeCache } from './node-cache.ts';
import { NodeStage } from './node-stage.ts';
import type { ListedNode, NodePage, NodeStore } from './state-store.ts';
import { decodeNode, nodeOf, type StoredNode, type TreeNode } from './tree-node.ts';

/** A node that a root needs isn't in the store: the store was restored, or the root is another store's. */
export class MissingNodeError extends GraphdropError {
  readonly code = 'MISSING_NODE';
  constructor(scope: string, hash: string) {
    super(`tracked state of ${scope} lacks tree node ${hash}; the next worker begins the state anew from the files`);
  }
}

/** The tree nodes of one scope: a store, and a cache that warm workers keep. */
export class TreeNodes implements NodeStore {
  readonly scope: string;
  readonly #store: NodeStore;
  readonly #cache = new NodeCache();

  constructor(scope: string, store: NodeStore) {
    this.scope = scope;
    this.#store = store;
  }

  /** Opens a stage for the nodes of one batch, or for reading. @param beforeLoad see {@link NodeStage} */
  stage(beforeLoad?: () => Promise<void>): NodeStage {
    return new NodeStage(this, beforeLoad);
  }

  /** Reads nodes through the cache. @throws MissingNodeError */
  async load(hashes: readonly string[]): Promise<Map<string, TreeNode>> {
    const found = new Map<string, TreeNode>();
    const missing: string[] = [];
    for (const hash of hashes) {
      const node = this.#cache.get(hash);
      if (node === undefined) missing.push(hash);
      else found.set(hash, node);
    }
    if (missing.length === 0) return found;
    for (const [hash, text] of await this.get(missing)) {
      const node = decodeNode(text);
      this.#cache.set(hash, node, text.length);
      found.set(hash, node);
    }
    return found;
  }

  /** Keeps nodes that were stored in the cache. */
  remember(nodes: readonly StoredNode[]): void {
    for (const stored of nodes) this.#cache.set(stored.hash, nodeOf(stored), stored.text.length);
  }

  /** Reads texts by hash, past the cache. @throws MissingNodeError */
  async get(hashes: readonly string[]): Promise<Map<string, string>> {
    const found = await this.find(hashes);
    for (const hash of hashes) if (!found.has(hash)) throw new MissingNodeError(this.scope, hash);
    return found;
  }

  async find(hashes: readonly string[]): Promise<Map<string, string>> {
    return await this.#store.find(hashes);
  }

  async put(nodes: readonly StoredNode[]): Promise<void> {
    await this.#store.put(nodes);
  }

  list(after?: string): AsyncIterable<NodePage> {
    return this.#store.list(after);
  }

  async delete(node: ListedNode): Promise<boolean> {
    return await this.#store.delete(node);
  }
}
