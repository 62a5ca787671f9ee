import pMap from 'p-map';
import { childEntry, childHash, type Entry, type StoredNode, type TreeNode } from './tree-node.ts';
import { endsNode, naturalRuns, writeNodes } from './tree-shape.ts';

/** Where nodes are read from and new ones are put. */
export interface Nodes {
  /** @returns the nodes in the order asked for. @throws MissingNodeError */
  load(hashes: readonly string[]): Promise<TreeNode[]>;
  put(node: StoredNode): void;
}

/** Nodes of a level that are in memory at once: of a large tree a batch may touch as many leaves as it has rows. */
const NODES_AT_ONCE = 500;

/** Parts of a level that are edited at once: what one waits for is read while others are at work. */
const PARTS_AT_ONCE = 4;

/** Root of the empty tree. */
export const EMPTY = '';

/** Builds the tree of a map. @returns its root hash; {@link EMPTY} for no entries */
export function buildTree(nodes: Pick<Nodes, 'put'>, content: ReadonlyMap<string, string>): string {
  return buildSorted(nodes, sorted(content));
}

/** Builds the tree of entries that are sorted by key, each key once. */
export function buildSorted(nodes: Pick<Nodes, 'put'>, entries: readonly Entry[]): string {
  return writeTree(nodes, 0, entries);
}

/** Applies edits (null deletes) and returns the new root. Reads and writes only what is on the changed paths. */
export async function editTree(nodes: Nodes, root: string, edits: ReadonlyMap<string, string | null>): Promise<string> {
  if (edits.size === 0) return root;
  const changes = sorted(edits);
  if (root === EMPTY) return writeTree(nodes, 0, changes.filter(isPresent));
  const top = await loadOne(nodes, root);
  const entries = await editEntries(nodes, top.level, top.entries, changes);
  return await lowestRoot(nodes, top.level, entries);
}

/** Finds the values of keys; absent ones are left out. */
export async function lookup(nodes: Nodes, root: string, keys: readonly string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  if (root === EMPTY || keys.length === 0) return found;
  let frontier: Wanted[] = [{ hash: root, keys: [...keys].sort() }];
  while (frontier.length > 0) {
    const next: Wanted[] = [];
    for (let from = 0; from < frontier.length; from += NODES_AT_ONCE) {
      const some = frontier.slice(from, from + NODES_AT_ONCE);
      const loaded = await nodes.load(some.map(({ hash }) => hash));
      for (const [index, node] of loaded.entries()) look(node, some[index]?.keys ?? [], found, next);
    }
    frontier = next;
  }
  return found;
}

/** A node, and the sorted keys that are looked for below it. */
interface Wanted {
  readonly hash: string;
  readonly keys: readonly string[];
}

/** Looks for keys in a node: of a leaf adds what it has to `found`, of others the children to look into to `next`. */
function look({ level, entries }: TreeNode, keys: readonly string[], found: Map<string, string>, next: Wanted[]): void {
  for (let start = 0, place = 0; start < keys.length; ) {
    const key = keys[start] as string;
    place = placeOf(entries, key, place);
    const entry = entries[place];
    if (entry === undefined) return;
    let end = start + 1;
    if (level > 0) {
      while (end < keys.length && (keys[end] as string) <= entry[0]) end += 1;
      next.push({ hash: childHash(entry), keys: keys.slice(start, end) });
    } else if (entry[0] === key) found.set(key, entry[1]);
    start = end;
  }
}

/** Returns the place of the first entry whose key is not less, from a place on: entries are sorted. */
function placeOf(entries: readonly Entry[], key: string, from: number): number {
  let [low, high] = [from, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((entries[middle] as Entry)[0] < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** All entries in key order, a node at a time; only those with a key greater than `after`. */
export async function* scan(nodes: Nodes, root: string, after = ''): AsyncGenerator<readonly Entry[]> {
  if (root === EMPTY) return;
  const node = await loadOne(nodes, root);
  // Of a child the entry has the greatest key below it.
  const entries = node.entries.filter(([key]) => key > after);
  if (node.level === 0) {
    yield entries;
    return;
  }
  if (node.level === 1) {
    // The leaves of one node are fetched together: that bounds memory and saves round trips.
    for (const leaf of await nodes.load(entries.map(childHash))) yield leaf.entries.filter(([key]) => key > after);
    return;
  }
  for (const child of entries) yield* scan(nodes, childHash(child), after);
}

/** The entries that name the leaves of a tree, in key order, from the one on that has keys greater than `after`. */
export async function* scanLeaves(nodes: Nodes, root: string, after = ''): AsyncGenerator<Entry> {
  if (root === EMPTY) return;
  const node = await loadOne(nodes, root);
  if (node.level === 0) {
    yield childEntry(root, node);
    return;
  }
  for (const child of node.entries) {
    if (child[0] <= after) continue;
    if (node.level === 1) yield child;
    else yield* scanLeaves(nodes, childHash(child), after);
  }
}

/** All entries of several trees, by root. Reads all trees a level at a time. */
export async function scanAll(nodes: Nodes, roots: readonly string[]): Promise<Map<string, Entry[]>> {
  const found = new Map<string, Entry[]>(roots.map(root => [root, []]));
  let frontier = roots.filter(root => root !== EMPTY).map(root => ({ root, hash: root }));
  while (frontier.length > 0) {
    const loaded = await nodes.load(frontier.map(({ hash }) => hash));
    frontier = loaded.flatMap((node, index) => {
      const { root } = frontier[index] as { readonly root: string };
      if (node.level > 0) return node.entries.map(child => ({ root, hash: childHash(child) }));
      found.get(root)?.push(...node.entries);
      return [];
    });
  }
  return found;
}

/** The first entries, at most `limit`, with a key greater than `after`. */
export async function firstEntries(nodes: Nodes, root: string, after: string, limit: number): Promise<Entry[]> {
  const first: Entry[] = [];
  for await (const entries of scan(nodes, root, after)) {
    first.push(...entries);
    if (first.length >= limit) break;
  }
  return first.slice(0, limit);
}

async function editEntries(
  nodes: Nodes,
  level: number,
  entries: readonly Entry[],
  changes: readonly Change[],
): Promise<Entry[]> {
  if (level === 0) return mergeChanges(entries, changes);
  const parts = partsOf(naturalRuns(level, entries), changes);
  // All together: one by one each would be a call. They are no more than one node has.
  const touched = parts.filter(part => part.changes.length > 0);
  const children = await nodes.load(touched.flatMap(({ run }) => run.map(childHash)));
  let start = 0;
  const edits = touched.map(part => {
    const below = children.slice(start, start + part.run.length).flatMap(node => node.entries);
    start += part.run.length;
    return async () => [part, await editPart(nodes, level, below, part.changes)] as const;
  });
  const edited = new Map(await pMap(edits, edit => edit(), { concurrency: PARTS_AT_ONCE }));
  let result: Entry[] = [];
  for (const part of parts) {
    const right = edited.get(part) ?? part.run;
    result = endsWithNode(level, result) ? added(result, right) : await join(nodes, level, result, right);
  }
  return result;
}

/** Edits the entries below a run. @returns the run's own afterwards */
async function editPart(
  nodes: Nodes,
  level: number,
  below: readonly Entry[],
  changes: readonly Change[],
): Promise<Entry[]> {
  return writeNodes(level - 1, await editEntries(nodes, level - 1, below, changes), node => nodes.put(node));
}

/** A run of a level's entries, and the changes below it. */
interface Part {
  readonly run: readonly Entry[];
  readonly changes: readonly Change[];
}

/** Says which changes are below which run: what is greater than all keys is below the last one. */
function partsOf(runs: readonly (readonly Entry[])[], changes: readonly Change[]): Part[] {
  let position = 0;
  return runs.map((run, index) => {
    const start = position;
    const end = run[run.length - 1]?.[0] ?? '';
    const last = index === runs.length - 1;
    while (position < changes.length && (last || (changes[position] as Change)[0] <= end)) position += 1;
    return { run, changes: changes.slice(start, position) };
  });
}

/** Adds to a list of the caller's own, in place: to copy it for each run would take the square of its length. */
function added(list: Entry[], more: readonly Entry[]): Entry[] {
  for (const entry of more) list.push(entry);
  return list;
}

/** Whether a list of a level ends where a node of the level below does: what follows it begins another. */
function endsWithNode(level: number, left: readonly Entry[]): boolean {
  const seam = left[left.length - 1];
  return seam === undefined || level === 0 || endsNode(level - 1, seam);
}

/**
 * Puts two neighbouring lists of a level together. Where the left one's last node lost the key that ended it, the nodes on
 * both sides of the seam become one run again.
 */
async function join(nodes: Nodes, level: number, left: readonly Entry[], right: readonly Entry[]): Promise<Entry[]> {
  if (right.length === 0 || endsWithNode(level, left)) return [...left, ...right];
  const open = naturalRuns(level, left).pop() ?? [];
  const [first = []] = naturalRuns(level, right);
  const below = await join(nodes, level - 1, await childEntries(nodes, open), await childEntries(nodes, first));
  return [
    ...left.slice(0, left.length - open.length),
    ...writeNodes(level - 1, below, node => nodes.put(node)),
    ...right.slice(first.length),
  ];
}

/** Writes levels on top until one node is left: the root. */
function writeTree(nodes: Pick<Nodes, 'put'>, level: number, entries: readonly Entry[]): string {
  if (entries.length === 0) return EMPTY;
  const parents = writeNodes(level, entries, node => nodes.put(node));
  const [only] = parents;
  return parents.length === 1 && only !== undefined ? childHash(only) : writeTree(nodes, level + 1, parents);
}

/** The root is the lowest level that is one node: a tree that shrank gives up the levels it no longer needs. */
async function lowestRoot(nodes: Nodes, level: number, entries: readonly Entry[]): Promise<string> {
  const [only] = entries;
  if (level === 0 || entries.length !== 1 || only === undefined) return writeTree(nodes, level, entries);
  const child = await loadOne(nodes, childHash(only));
  return await lowestRoot(nodes, child.level, child.entries);
}

async function childEntries(nodes: Nodes, children: readonly Entry[]): Promise<Entry[]> {
  return (await nodes.load(children.map(childHash))).flatMap(node => node.entries);
}

async function loadOne(nodes: Nodes, hash: string): Promise<TreeNode> {
  const [node] = await nodes.load([hash]);
  if (node === undefined) throw new RangeError(`no node ${hash}`);
  return node;
}

type Change = readonly [key: string, value: string | null];

function isPresent(change: Change): change is Entry {
  return change[1] !== null;
}

function mergeChanges(entries: readonly Entry[], changes: readonly Change[]): Entry[] {
  const merged: Entry[] = [];
  let position = 0;
  for (const change of changes) {
    while (position < entries.length && (entries[position] as Entry)[0] < change[0]) {
      merged.push(entries[position++] as Entry);
    }
    if (entries[position]?.[0] === change[0]) position += 1;
    if (isPresent(change)) merged.push(change);
  }
  while (position < entries.length) merged.push(entries[position++] as Entry);
  return merged;
}

/** Returns a map's entries, sorted by key. */
export function sorted<V>(content: ReadonlyMap<string, V>): (readonly [string, V])[] {
  return [...content].sort(byKey);
}

/** Orders entries by their keys, of which no two are one. */
export function byKey(a: readonly [string, unknown], b: readonly [string, unknown]): number {
  return a[0] < b[0] ? -1 : 1;
}
