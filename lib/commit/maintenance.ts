/** Changes of graph and state that follow from no object: a sweep, a cleared column, a dropped table. */
import type { Count, Statement } from '../neo4j/statements/statement.ts';
import { acceptMove, type CommittingScope, commitMove, type Move } from './commit-move.ts';
import type { Ready } from './ready.ts';

/** Commits statements and leaves the tracked state as it is. @returns rows changed, by kind */
export async function commitMaintenance(
  scope: CommittingScope,
  ready: Ready,
  statements: readonly Statement[],
): Promise<Map<Count, number>> {
  return await commitMove(scope, ready, { next: ready.root, nodes: [], statements, tolerant: true });
}

/**
 * Commits statements that each change some rows, a transaction at a time, until they change none.
 *
 * @returns rows changed
 */
export async function commitUntilDone(
  scope: CommittingScope,
  ready: Ready,
  statements: readonly Statement[],
): Promise<number> {
  for (let total = 0; ; ) {
    await scope.head.renew(ready.epoch, scope.limits.leaseMs);
    const changed = (await commitMaintenance(scope, ready, statements)).get('none') ?? 0;
    if (changed === 0) return total;
    total += changed;
  }
}

/** Moves graph and tracked state to another root. @returns the lease on that root */
export async function moveRoot(scope: CommittingScope, ready: Ready, move: Omit<Move, 'tolerant'>): Promise<Ready> {
  await commitMove(scope, ready, { ...move, tolerant: true });
  return await acceptMove(scope, ready, move);
}
