import type { Lease } from './lease.ts';
import type { Count, Statement } from './neo4j/statement.ts';
import type { Scope } from './scope.ts';

/**
 * Commits statements that follow from no object (a sweep, a cleared column), and only if nobody committed since the lease's
 * root. Rows that aren't found are no fault.
 *
 * @param next the root it leads to; the lease's own: the tracked state stays as it is
 */
export async function commitMaintenance(
  scope: Scope,
  { epoch, root }: Lease,
  next: string,
  statements: readonly Statement[],
): Promise<Map<Count, number>> {
  const { graph } = scope.connection;
  return await graph.commit({
    fence: { scope: scope.name, epoch, root, definition: scope.definitionHash, next },
    statements,
    tolerant: true,
    timeoutMs: scope.limits.transactionMs,
    stored: Promise.resolve(),
    review: async () => {},
  });
}
