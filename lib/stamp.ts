import { type Fence, type Stamp, stampFence } from './neo4j/fence.ts';
import type { GraphDatabase } from './neo4j/graph-database.ts';
import type { Head, HeadItem } from './state/head.ts';

/** The fence as it is with this lease's epoch; null: there is none. */
export interface Stamped {
  readonly stamp: Stamp;
  readonly fence: Fence | null;
}

/**
 * Stamps the fence for who has just taken the lease. Where the state was restored to an older point than the database, head's
 * epoch is raised over the fence's. On failure the lease is given back: what stands in the way here (an unreachable
 * database, say) is no reason to keep others waiting.
 *
 * @param stampOnce stamps the fence; default: waiting as long as the database does for whoever is at it
 * @throws ForeignFenceError, LeaseLostError
 */
export async function stampAbove(
  item: HeadItem,
  graph: GraphDatabase,
  first: Stamp,
  stampOnce: typeof stampFence = stampFence,
): Promise<Stamped> {
  let stamp = first;
  try {
    let fence = await stampOnce(graph, stamp);
    while (fence !== null && fence.epoch > stamp.epoch) {
      stamp = { ...stamp, epoch: await item.raise(stamp.epoch, fence.epoch) };
      fence = await stampOnce(graph, stamp);
    }
    return { stamp, fence };
  } catch (error) {
    await item.release(stamp.epoch).catch(() => {});
    throw error;
  }
}

/**
 * Sets head right by the fence, which knows what became of the batches before.
 *
 * @returns the root that graph and state are at; null: the fence has none that head knows of, the database was replaced
 */
export async function agreedRoot(item: HeadItem, head: Head, { stamp, fence }: Stamped): Promise<string | null> {
  if (fence === null || (fence.root !== head.root && fence.root !== head.pending)) return null;
  // Pending: a predecessor died, after its commit or before.
  if (head.pending !== null) await item.accept(stamp.epoch, fence.root);
  return fence.root;
}
