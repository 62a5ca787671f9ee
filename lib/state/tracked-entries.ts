import { decodeObject, type ObjectEntry, objectId } from './object-entry.ts';
import { readRoot } from './read-root.ts';
import { lookup } from './tree.ts';
import type { TreeNodes } from './tree-nodes.ts';

/** Reads what a root of the tracked state knows of some objects, by key. */
export async function trackedEntries(
  scope: { readonly nodes: TreeNodes },
  rootHash: string,
  keys: readonly string[],
): Promise<Map<string, ObjectEntry>> {
  const root = await readRoot(scope, rootHash);
  const found = await lookup(scope.nodes.stage(), root.objects, keys.map(objectId));
  return new Map([...found.values()].map(text => decodeObject(text)).map(entry => [entry.key, entry]));
}
