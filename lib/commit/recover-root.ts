import { writeClaims } from '../neo4j/fence/claims.ts';
import { type Fence, rootOf } from '../neo4j/fence/fence.ts';
import { noteTables } from '../neo4j/fence/noted-tables.ts';
import { createFence, moveFence, type Stamp } from '../neo4j/fence/stamp-fence.ts';
import type { Scope } from '../scope.ts';
import { childrenOf } from '../state/garbage-collection.ts';
import { decodeRoot, isOfThisForm, treesOf } from '../state/root.ts';
import { EMPTY } from '../state/tree.ts';

/** What graph and state are at now. */
export interface RecoveredRoot {
  readonly root: string;
  /** Whether the database has rows that the state knows nothing of: see `Head`. */
  readonly hasUntrackedRows: boolean;
}

/** Event of the log; the stack has an alarm on it. */
export const DATABASE_REPLACED = 'database-replaced';

/** Tree nodes written again between two renewals of the lease. */
const NODES_AT_ONCE = 2_000;

/**
 * Makes what the database holds the truth, where it isn't what the state led it to: it was restored, wiped or swapped, or
 * the state lacks nodes. Its root goes on, if the state has all that root's nodes, else the empty one; a resync then
 * applies the difference.
 */
export async function recoverRoot(
  scope: Scope,
  stamp: Stamp,
  fence: Fence | null,
  keepRoot: boolean,
): Promise<RecoveredRoot> {
  const { graph } = scope.connection;
  const found = rootOf(fence);
  scope.log({ level: 'error', event: DATABASE_REPLACED, scope: scope.name, found, keepRoot });
  const kept = keepRoot && found !== EMPTY && (await renewNodes(scope, stamp.epoch, found));
  const root = kept ? found : EMPTY;
  const hasUntrackedRows = !kept && fence?.root !== EMPTY;
  await scope.head.requireResync(stamp.epoch, root, hasUntrackedRows);
  if (fence === null) await createFence(graph, stamp, EMPTY);
  else if (root !== fence.root) await moveFence(graph, { ...stamp, root: fence.root, next: root });
  await writeClaims(graph, stamp, scope.definition);
  await noteTables(graph, stamp, scope.definition);
  return { root, hasUntrackedRows };
}

/** Puts all nodes of a root again, so that no collection takes them. @returns false if some are gone already, or it is of an earlier form */
async function renewNodes(scope: Scope, epoch: number, root: string): Promise<boolean> {
  let frontier = [root];
  const seen = new Set<string>();
  while (frontier.length > 0) {
    const part = frontier.slice(0, NODES_AT_ONCE);
    frontier = frontier.slice(NODES_AT_ONCE);
    const found = await scope.nodes.find(part);
    if (part.some(hash => !found.has(hash)) || (part[0] === root && !isOfThisForm(found.get(root) ?? ''))) return false;
    await scope.nodes.put([...found].map(([hash, text]) => ({ hash, text })));
    for (const [hash, text] of found) {
      for (const child of hash === root ? treesOf(decodeRoot(text)) : childrenOf(text)) {
        if (child === EMPTY || seen.has(child)) continue;
        seen.add(child);
        frontier.push(child);
      }
    }
    await scope.head.renew(epoch, scope.limits.leaseMs);
  }
  return true;
}
