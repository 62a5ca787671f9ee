import { readRoot } from './lease.ts';
import type { Scope } from './scope.ts';
import { NodeStage } from './state/node-stage.ts';
import { decodeObject, type ObjectEntry, objectId } from './state/object-entry.ts';
import { lookup } from './state/tree.ts';

/** What a root of the tracked state knows of some objects, by key. */
export async function trackedEntries(
  scope: Scope,
  rootHash: string,
  keys: readonly string[],
): Promise<Map<string, ObjectEntry>> {
  const root = await readRoot(scope, rootHash);
  const found = await lookup(new NodeStage(scope.cache, scope.nodes), root.objects, keys.map(objectId));
  return new Map([...found.values()].map(text => decodeObject(text)).map(entry => [entry.key, entry]));
}
