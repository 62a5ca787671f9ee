import type { CommitInput } from '../neo4j/graph-database.ts';
import type { Count, Statement } from '../neo4j/statements/statement.ts';
import type { ConnectionFactory } from '../neo4j/transport/connection-factory.ts';
import type { Scope } from '../scope.ts';
import type { RootMove } from '../state/state-store.ts';
import type { StoredNode } from '../state/tree-node.ts';
import type { Ready } from './ready.ts';

const DAY_MS = 86_400_000;

/** What committing needs of a scope: a deploy has that too, without the flow and its files. */
export interface CommittingScope
  extends Pick<Scope, 'name' | 'definitionHash' | 'head' | 'nodes' | 'limits' | 'observe'> {
  readonly connection: Pick<ConnectionFactory, 'graph'>;
}

/** A step of graph and tracked state together. */
export interface Move {
  /** The root that it leads to; the present one: only the graph changes. */
  readonly next: string;
  /** Nodes of that root which may not be stored yet, its own included. */
  readonly nodes: readonly StoredNode[];
  readonly statements: readonly Statement[];
  /** Whether rows that a statement doesn't find are no fault. */
  readonly tolerant: boolean;
  /** Objects and rows of the batch, for the log. Default: none, it follows from no object. */
  readonly size?: Omit<RootMove, 'from'>;
  /** Looks at what the transaction made before it commits, and may throw. Default: nothing is looked at. */
  readonly review?: CommitInput['review'];
  /** Called when the database has the batch to work on and the next tree is stored. Default: nothing is done meanwhile. */
  readonly onSent?: CommitInput['onSent'];
}

/**
 * Commits a move in one transaction that checks and moves the fence, storing its nodes and the proposal meanwhile: a root in
 * head or fence always has all its nodes. Head is not told that it is committed: see {@link moveRoot}.
 *
 * @returns rows changed, by kind
 * @throws StaleFenceError, GraphDriftError, CommitUnknownError, LeaseLostError and the database's errors
 */
export async function commitMove(
  scope: CommittingScope,
  { epoch, root }: Pick<Ready, 'epoch' | 'root'>,
  { next, nodes, statements, tolerant, size, review = async () => {}, onSent }: Move,
): Promise<Map<Count, number>> {
  const store = async (): Promise<void> => {
    if (next === root && nodes.length === 0) return;
    await scope.nodes.put(nodes);
    await scope.observe('stored');
    await scope.head.propose(epoch, root, next, scope.limits.stateRetentionDays * DAY_MS, size);
    await scope.observe('proposed');
  };
  const counts = await scope.connection.graph.commit({
    fence: { scope: scope.name, epoch, root, definition: scope.definitionHash, next },
    statements,
    tolerant,
    timeoutMs: scope.limits.transactionMs,
    store,
    onSent,
    review,
    beforeCommit: async () => await scope.observe('committing'),
  });
  await scope.observe('committed');
  return counts;
}

/** Notes in head that a move is committed, which keeps the lease for longer, too. @returns the lease on its root */
export async function acceptMove(scope: CommittingScope, ready: Ready, { next }: Pick<Move, 'next'>): Promise<Ready> {
  await scope.head.accept(ready.epoch, next, scope.limits.leaseMs);
  await scope.observe('accepted');
  return { ...ready, root: next };
}
