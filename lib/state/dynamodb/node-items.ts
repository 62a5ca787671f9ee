import type { ListedNode, NodePage, NodeStore } from '../state-store.ts';
import type { StoredNode } from '../tree-node.ts';
import type { ItemTable } from './item-table.ts';
import { hashOfNodeKey, NODE_PARTITIONS, nodeKey, nodePartition } from './items.ts';
import { textAttributes, textOf } from './node-text.ts';

/** Of a page of nodes: deletions spread over that many partition keys, none of which takes more than 1,000 a second. */
const PARTITIONS_AT_ONCE = 16;
const NODES_OF_PARTITION = 100;

/** The tree nodes of one scope, spread over 64 partition keys. */
export class NodeItems implements NodeStore {
  readonly #table: ItemTable;
  readonly #scope: string;

  constructor(table: ItemTable, scope: string) {
    this.#table = table;
    this.#scope = scope;
  }

  async find(hashes: readonly string[]): Promise<Map<string, string>> {
    const items = await this.#table.getAll([...new Set(hashes)].map(hash => nodeKey(this.#scope, hash)));
    return new Map(items.map(item => [hashOfNodeKey(item.sk?.S ?? ''), textOf(item)]));
  }

  async put(nodes: readonly StoredNode[]): Promise<void> {
    const at = { N: String(Date.now()) };
    await this.#table.writeAll(
      nodes.map(({ hash, text }) => ({
        PutRequest: { Item: { ...nodeKey(this.#scope, hash), ...textAttributes(text, this.#scope), at } },
      })),
    );
  }

  async *list(after?: string): AsyncGenerator<NodePage> {
    // The partitions that aren't at their end, with the last hash that was listed of each.
    const all = [...NODE_PARTITIONS].map((first): [string, string] => [first, '']);
    let open = after === undefined ? all : (JSON.parse(after) as [string, string][]);
    while (open.length > 0) {
      const pages = await Promise.all(
        open.slice(0, PARTITIONS_AT_ONCE).map(([first, last]) => this.#page(first, last)),
      );
      open = [...open.slice(PARTITIONS_AT_ONCE), ...pages.flatMap(({ rest }) => rest)];
      const nodes = pages.flatMap(page => page.nodes);
      nodes.sort((a, b) => (a.hash.slice(1) < b.hash.slice(1) ? -1 : 1));
      yield { nodes, position: open.length === 0 ? null : JSON.stringify(open) };
    }
  }

  async #page(
    first: string,
    last: string,
  ): Promise<{ readonly nodes: readonly ListedNode[]; readonly rest: readonly [string, string][] }> {
    const start = last === '' ? null : nodeKey(this.#scope, last);
    const page = await this.#table.skim(nodePartition(this.#scope, first), ['sk', 'at'], start, NODES_OF_PARTITION);
    const nodes = page.items.map(({ sk, at }) => ({ hash: hashOfNodeKey(sk?.S ?? ''), at: Number(at?.N) }));
    return { nodes, rest: page.next === null ? [] : [[first, hashOfNodeKey(page.next.sk?.S ?? '')]] };
  }

  async delete({ hash, at }: ListedNode): Promise<boolean> {
    return await this.#table.delete(nodeKey(this.#scope, hash), ['at', { N: String(at) }]);
  }
}
