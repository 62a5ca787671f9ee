import { prepareBatch } from '../../lib/batch.ts';
import { readObject } from '../../lib/bucket.ts';
import { readRoot } from '../../lib/lease.ts';
import type { ScopeOptions } from '../../lib/scope.ts';
import { NodeStage } from '../../lib/state/node-stage.ts';
import type { World } from './world.ts';

/**
 * The root that loading the bucket from nothing leads to: objects are taken one by one, with a state table of their own and
 * without a graph.
 */
export async function freshRoot(world: World, options: Partial<ScopeOptions> = {}): Promise<string> {
  const scope = world.worker({ ...options, table: await world.freshTable() });
  let root = '';
  for (const key of await world.keys()) {
    const batch = await prepareBatch(new NodeStage(scope.cache, scope.nodes), {
      root: await readRoot(scope, root),
      tables: scope.tables,
      changes: [{ key, version: await readObject(scope, key) }],
      survivors: new Map(),
      restore: [],
      maxRows: Number.POSITIVE_INFINITY,
    });
    if (batch.kind === 'blocked') throw new Error(`loading ${key} needs values of objects that were loaded before`);
    await scope.nodes.put(batch.rootNode === null ? batch.nodes : [...batch.nodes, batch.rootNode]);
    root = batch.rootHash;
  }
  return root;
}
