import { readObject } from '../../lib/bucket/objects.ts';
import { prepareBatch } from '../../lib/reconcile/batch.ts';
import { readRoot } from '../../lib/state/read-root.ts';
import type { WorkerOptions, World } from './world.ts';

/**
 * The root that loading the bucket from nothing leads to: objects are taken one by one, with a state table of their own and
 * without a graph.
 */
export async function freshRoot(world: World, options: WorkerOptions = {}): Promise<string> {
  const scope = world.worker({ ...options, table: await world.freshTable() });
  let root = '';
  for (const key of await world.keys()) {
    const batch = await prepareBatch(scope.nodes.stage(), {
      root: await readRoot(scope, root),
      tables: scope.tables,
      changes: [{ key, version: await readObject(scope, key) }],
      runnersUp: new Map(),
      restore: [],
      maxRows: Number.POSITIVE_INFINITY,
    });
    if (batch.kind === 'blocked') throw new Error(`loading ${key} needs values of objects that were loaded before`);
    await scope.nodes.put(batch.rootNode === null ? batch.nodes : [...batch.nodes, batch.rootNode]);
    root = batch.rootHash;
  }
  return root;
}
