import type { GraphDatabase } from '../graph-database.ts';
import { LOCKED_FENCE, StaleFenceError } from './fence.ts';

/** A scope's fence, as its writer knows it. */
export interface OwnFence {
  readonly scope: string;
  /** The epoch of the writer's lease; left out: it has none. */
  readonly epoch?: number;
}

/** Writes into the fence. Takes the lock first, then compares the epoch. @throws StaleFenceError */
export async function setInFence(
  graph: GraphDatabase,
  { scope, epoch }: OwnFence,
  assignment: string,
  values: Readonly<Record<string, readonly string[]>>,
): Promise<void> {
  const [row] = await graph.query(
    `${LOCKED_FENCE}
     WITH f, $epoch IS NULL OR coalesce(f.epoch = $epoch, false) AS ours
     FOREACH (_ IN CASE WHEN ours THEN [1] ELSE [] END | SET ${assignment})
     RETURN ours`,
    { scope, epoch: epoch === undefined ? null : BigInt(epoch), ...values },
  );
  if (row?.ours === false) throw new StaleFenceError(`${scope}: the fence is not at epoch ${epoch} any more`);
}
