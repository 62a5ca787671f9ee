import { EMPTY, type Nodes } from './tree.ts';
import { childHash, type Entry } from './tree-node.ts';

/** A key whose value differs between two trees; undefined: the key isn't in that tree. */
export interface Difference {
  readonly key: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/**
 * Compares two trees. Equal subtrees have equal hashes and are skipped, so the cost follows the size of the difference.
 *
 * @param onShared told the hash of each subtree that both have
 */
export async function diffTrees(
  nodes: Nodes,
  before: string,
  after: string,
  onShared: (hash: string) => void = () => {},
): Promise<Difference[]> {
  if (before === after) {
    if (before !== EMPTY) onShared(before);
    return [];
  }
  let left = await open(nodes, before);
  let right = await open(nodes, after);
  for (let level = Math.max(left.level, right.level); level > 0; level -= 1) {
    [left, right] = await Promise.all([descend(nodes, left, level), descend(nodes, right, level)]);
    [left, right] = skipShared(left, right, onShared);
  }
  const [old, now] = await Promise.all([entriesOf(nodes, left), entriesOf(nodes, right)]);
  const differences: Difference[] = [];
  for (const [key, value] of now) {
    const previous = old.get(key);
    if (previous !== value) differences.push({ key, before: previous, after: value });
  }
  for (const [key, value] of old) {
    if (!now.has(key)) differences.push({ key, before: value, after: undefined });
  }
  return differences;
}

/** The subtrees of one side that aren't compared yet, all of one level. */
interface Frontier {
  readonly level: number;
  readonly hashes: readonly string[];
}

async function open(nodes: Nodes, root: string): Promise<Frontier> {
  if (root === EMPTY) return { level: 0, hashes: [] };
  const [node] = await nodes.load([root]);
  return { level: node?.level ?? 0, hashes: [root] };
}

async function descend(nodes: Nodes, frontier: Frontier, level: number): Promise<Frontier> {
  if (frontier.level !== level) return frontier;
  const loaded = await nodes.load(frontier.hashes);
  return { level: level - 1, hashes: loaded.flatMap(node => node.entries.map(childHash)) };
}

function skipShared(left: Frontier, right: Frontier, onShared: (hash: string) => void): [Frontier, Frontier] {
  if (left.level !== right.level) return [left, right];
  const known = new Set(left.hashes);
  const shared = new Set(right.hashes.filter(hash => known.has(hash)));
  shared.forEach(onShared);
  const rest = ({ level, hashes }: Frontier) => ({ level, hashes: hashes.filter(hash => !shared.has(hash)) });
  return [rest(left), rest(right)];
}

async function entriesOf(nodes: Nodes, frontier: Frontier): Promise<Map<string, string>> {
  const loaded = await nodes.load(frontier.hashes);
  return new Map<string, string>(loaded.flatMap((node): readonly Entry[] => node.entries));
}
