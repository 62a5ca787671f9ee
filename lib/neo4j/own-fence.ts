import { StaleFenceError } from './fence.ts';
import type { GraphDatabase } from './graph-database.ts';

/** A scope's fence as who writes it knows it. */
export interface OwnFence {
  readonly scope: string;
  /** Whose lease this is done under; left out: nobody's. */
  readonly epoch?: number;
}

/** Notes something in the fence. Takes the lock first, then looks whose fence it is. @throws StaleFenceError */
export async function setInFence(
  graph: GraphDatabase,
  { scope, epoch }: OwnFence,
  assignment: string,
  values: Readonly<Record<string, readonly string[]>>,
): Promise<void> {
  const [row] = await graph.query(
    `MATCH (f:_Graphdrop {scope: $scope})
     SET f.locked = true
     WITH f, $epoch IS NULL OR coalesce(f.epoch = $epoch, false) AS ours
     FOREACH (_ IN CASE WHEN ours THEN [1] ELSE [] END | SET ${assignment})
     RETURN ours`,
    { scope, epoch: epoch === undefined ? null : BigInt(epoch), ...values },
  );
  if (row?.ours === false) throw new StaleFenceError(`${scope}: the fence is not at epoch ${epoch} any more`);
}
