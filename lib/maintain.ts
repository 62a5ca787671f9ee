import type { Lease } from './lease.ts';
import type { ConnectionFactory } from './neo4j/connection-factory.ts';
import type { Count, Statement } from './neo4j/statement.ts';
import type { Scope } from './scope.ts';
import type { StoredNode } from './state/tree-node.ts';

/** What maintenance needs of a scope: a deploy has that too, without the flow and its files. */
export interface Maintained extends Pick<Scope, 'name' | 'definitionHash' | 'head' | 'nodes' | 'cache' | 'limits'> {
  readonly connection: Pick<ConnectionFactory, 'graph'>;
}

/**
 * Commits statements that follow from no object (a sweep, a cleared column), and only if nobody committed since the lease's
 * root. Rows that aren't found are no fault.
 *
 * @param next the root it leads to; the lease's own: the tracked state stays as it is
 */
export async function commitMaintenance(
  scope: Maintained,
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

/** {@link commitMaintenance}s statements that each change some rows, a transaction at a time, until they change none. */
export async function commitUntilDone(
  scope: Maintained,
  lease: Lease,
  statements: readonly Statement[],
): Promise<void> {
  for (let changed = 1; changed > 0; ) {
    await scope.head.renew(lease.epoch, scope.limits.leaseMs);
    changed = (await commitMaintenance(scope, lease, lease.root, statements)).get('none') ?? 0;
  }
}

/** Moves graph and tracked state to another root that follows from no object. @returns the lease on that root */
export async function moveRoot(
  scope: Maintained,
  lease: Lease,
  next: string,
  nodes: readonly StoredNode[],
  statements: readonly Statement[],
): Promise<Lease> {
  await scope.nodes.put(nodes);
  await scope.head.propose(lease.epoch, lease.root, next, scope.limits.stateRetentionDays * 86_400_000);
  await commitMaintenance(scope, lease, next, statements);
  await scope.head.accept(lease.epoch, next);
  return { ...lease, root: next };
}
