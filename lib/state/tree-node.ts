import { contentHash, HASH_LENGTH } from '../values/hash.ts';

/**
 * One node of a tree: entries sorted by key. In a leaf (level 0) an entry is a key of the map with its value; above, an
 * entry is a child: the greatest key below it, and the child's hash followed by how many leaf entries are below it.
 */
export interface TreeNode {
  readonly level: number;
  readonly entries: readonly Entry[];
}

/** Key and value. */
export type Entry = readonly [key: string, value: string];

/** A node's stored text and the hash that names it. */
export interface StoredNode {
  readonly hash: string;
  readonly text: string;
  /** What the text says, where that is at hand. */
  readonly node?: TreeNode;
}

/** The text of a node: JSON, so that a person can read it; in DynamoDB as it is, where that costs no more. */
export function encodeNode(node: TreeNode): StoredNode {
  const text = JSON.stringify([node.level, node.entries]);
  return { hash: contentHash(text), text, node };
}

export function decodeNode(text: string): TreeNode {
  const [level, entries] = JSON.parse(text) as [number, Entry[]];
  return { level, entries };
}

/** Returns what a stored node says. */
export function nodeOf({ node, text }: StoredNode): TreeNode {
  return node ?? decodeNode(text);
}

/** Entry of a child in its parent. */
export function childEntry(hash: string, node: TreeNode): Entry {
  const last = node.entries[node.entries.length - 1];
  if (last === undefined) throw new RangeError('a tree node is never empty');
  return [last[0], `${hash}${countOf(node)}`];
}

export function childHash(entry: Entry): string {
  return entry[1].slice(0, HASH_LENGTH);
}

/** Leaf entries at and below a node. */
export function countOf(node: TreeNode): number {
  if (node.level === 0) return node.entries.length;
  return node.entries.reduce((sum, entry) => sum + countOfChild(entry), 0);
}

/** Leaf entries at and below a child. */
export function countOfChild(entry: Entry): number {
  return Number(entry[1].slice(HASH_LENGTH));
}
