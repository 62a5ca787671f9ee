import { childEntry, type Entry, encodeNode, type StoredNode, type TreeNode } from './tree-node.ts';

/**
 * The shape of a tree follows from its keys alone: a key that ends in n times `A` ends a node on every level below n, and how
 * many keys do follows from a hash of each (see `levelOf`). So a change touches one path only. This is a prolly tree; see also
 * Auvolat and Taïani, "Merkle Search Trees" (2019).
 */
export function boundaryLevel(key: string): number {
  let end = key.length;
  while (key.charAt(end - 1) === 'A') end -= 1;
  return key.length - end;
}

/** Whether an entry of that level ends its node. */
export function endsNode(level: number, entry: Entry): boolean {
  return boundaryLevel(entry[0]) > level;
}

/**
 * Longest node in characters. A run of keys that grows past it is cut at places counted from the run's start, so that
 * the cuts follow from content as well. With JSON's escapes and UTF-8 this stays under DynamoDB's 400 KB an item.
 */
const MAX_NODE_CHARACTERS = 32_768;

/** Cuts the entries of one level into nodes, hands each to `put` and returns the entries of the level above. */
export function writeNodes(level: number, entries: readonly Entry[], put: (node: StoredNode) => void): Entry[] {
  const parents: Entry[] = [];
  let run: Entry[] = [];
  let characters = 0;
  const close = () => {
    if (run.length === 0) return;
    const node: TreeNode = { level, entries: run };
    const stored = encodeNode(node);
    put(stored);
    parents.push(childEntry(stored.hash, node));
    run = [];
    characters = 0;
  };
  for (const entry of entries) {
    const size = entry[0].length + entry[1].length;
    // A node above the leaves keeps two children at least, or the tree would never come to one root.
    if (characters + size > MAX_NODE_CHARACTERS && run.length >= (level === 0 ? 1 : 2)) close();
    run.push(entry);
    characters += size;
    if (endsNode(level, entry)) close();
  }
  close();
  return parents;
}

/** Groups a level's entries (children) into runs that were one before cutting by size: each ends where its last key says. */
export function naturalRuns(level: number, children: readonly Entry[]): Entry[][] {
  const runs: Entry[][] = [];
  let run: Entry[] = [];
  for (const child of children) {
    run.push(child);
    if (endsNode(level - 1, child)) {
      runs.push(run);
      run = [];
    }
  }
  if (run.length > 0) runs.push(run);
  return runs;
}
