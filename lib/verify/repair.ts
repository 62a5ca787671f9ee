/** Puts right what differs, in the way of every batch: lease, fence, one transaction that names the root it was planned on. */
import { commitChanges } from '../commit/committer.ts';
import { acquire, withLease } from '../commit/lease.ts';
import { commitMaintenance } from '../commit/maintenance.ts';
import type { Ready } from '../commit/ready.ts';
import { recover } from '../commit/recover.ts';
import { retryPassing } from '../commit/retry.ts';
import { settled } from '../definition/applied-table.ts';
import type { Ends } from '../definition/declaration.ts';
import {
  endpointTableId,
  type NodeTableDefinition,
  type RelationTableDefinition,
  type TableDefinition,
  tableId,
} from '../definition/definition.ts';
import { GraphdropError } from '../errors.ts';
import { nodeShape, relationShape, shapeOf } from '../neo4j/statements/batch-statements.ts';
import { deleteNodes, type ManagedEdge, removeLabel, removeStubs } from '../neo4j/statements/node-statements.ts';
import { deleteCopies, deleteRelations } from '../neo4j/statements/relation-statements.ts';
import { removeUnkeyed } from '../neo4j/statements/remove-statements.ts';
import type { Statement } from '../neo4j/statements/statement.ts';
import { declaredKeys } from '../reconcile/batch.ts';
import { knownTables } from '../reconcile/known-tables.ts';
import type { Scope } from '../scope.ts';
import { readRoot } from '../state/read-root.ts';
import type { Root } from '../state/root.ts';
import type { KeyValue } from '../values/value.ts';
import { findUndeclared, knownContent, type UndeclaredRow } from './undeclared-rows.ts';

/** The database was replaced in the middle of a repair: a resync comes first. */
export class ReplacedError extends GraphdropError {
  readonly code = 'REPLACED';
}

/**
 * Writes rows again with their winners' values, merging.
 *
 * @param deadline ms since 1970: no transaction but the first begins later
 * @returns how many; fewer than given where a winner's values can't be had, or time was up
 * @throws the error that kept the batch from being applied; ScopeBusyError while another worker commits
 */
export async function rewriteRows(
  scope: Scope,
  table: string,
  rows: readonly string[],
  deadline: number,
): Promise<number> {
  if (rows.length === 0) return 0;
  const counts = await retryPassing(scope.limits.maxTries, async () => {
    const lost = rows.map(row => ({ table, row }));
    const outcome = await commitChanges(scope, [], { lost, deadline });
    if (outcome.failure !== null) throw outcome.failure.error;
    return outcome.counts;
  });
  const written = (counts.get('nodesUpserted') ?? 0) + (counts.get('relationsUpserted') ?? 0);
  return Math.min(rows.length, written); // an object that had to be applied first counts its own
}

/**
 * Removes the undeclared rows of a system table among those with some keys, having looked at them once more under the lease.
 *
 * @returns how many
 */
export async function removeByKey(
  scope: Scope,
  root: Root,
  table: TableDefinition,
  keys: readonly KeyValue[],
): Promise<number> {
  if (keys.length === 0) return 0;
  return await underLease(scope, async ready => {
    const content = knownContent(scope, root, tableId(table));
    const undeclared = await findUndeclared(scope, table, content, keys, true);
    await removeUndeclared(scope, ready, table, undeclared);
    return undeclared.length;
  });
}

/** Removes some rows of a system table that no key can tell, but for nodes that edges touch. @returns how many */
export async function removeSomeUnkeyed(scope: Scope, table: TableDefinition): Promise<number> {
  const statement = removeUnkeyed(shapeOf(settled(table)));
  return await underLease(scope, async ready => (await commitMaintenance(scope, ready, [statement])).get('none') ?? 0);
}

/**
 * Removes undeclared rows in one transaction, only if nothing was committed since the lease was taken. Nodes with other labels
 * lose only the table's, nodes that edges touch become bare stubs. Of copies one is left.
 */
export async function removeUndeclared(
  scope: Scope,
  ready: Ready,
  table: TableDefinition,
  undeclared: readonly UndeclaredRow[],
): Promise<void> {
  if (undeclared.length === 0) return;
  const root = await readRoot(scope, ready.root);
  await scope.head.renew(ready.epoch, scope.limits.leaseMs);
  const statements =
    table.kind === 'node'
      ? removalOfNodes(scope, root, table, undeclared)
      : await removalOfEdges(scope, root, table, undeclared);
  await commitMaintenance(scope, ready, statements);
}

function removalOfNodes(
  scope: Scope,
  root: Root,
  table: NodeTableDefinition,
  undeclared: readonly UndeclaredRow[],
): Statement[] {
  const known = knownTables(root, scope.tables);
  const shape = nodeShape(tableId(table), known);
  const keys = undeclared.map(({ key }) => key);
  const edges = [...known.values()].flatMap((other): ManagedEdge[] => {
    if (other.kind === 'node') return [];
    const { type, from, to } = other;
    return [
      ...(from.label === table.label ? [{ type, to: to.label }] : []),
      ...(to.label === table.label ? [{ type, from: from.label }] : []),
    ];
  });
  return [...removeLabel(shape, keys, edges), ...deleteNodes(shape, keys)];
}

async function removalOfEdges(
  scope: Scope,
  root: Root,
  table: RelationTableDefinition,
  undeclared: readonly UndeclaredRow[],
): Promise<Statement[]> {
  const known = knownTables(root, scope.tables);
  const shape = relationShape(tableId(table), known);
  const edges = undeclared.map(({ kind, key, ends }) => ({ kind, key, ends: ends as Ends }));
  const stubs = (['from', 'to'] as const).map(async side => {
    const end = table[side];
    if (end.managedBy === 'user') return []; // a user's nodes are never taken for stubs
    const keys = [...new Set(edges.map(({ ends }) => ends[side]))];
    const stage = scope.nodes.stage();
    const declared = await declaredKeys(stage, endpointTableId(end), root.tables.get(endpointTableId(end)), keys);
    return removeStubs(
      nodeShape(endpointTableId(end), known),
      keys.filter(key => !declared.has(key)),
    );
  });
  return [
    ...deleteCopies(
      shape,
      edges.filter(({ kind }) => kind === 'copy'),
    ),
    ...deleteRelations(
      shape,
      edges.filter(({ kind }) => kind !== 'copy'),
    ),
    ...(await Promise.all(stubs)).flat(),
  ];
}

async function underLease<T>(scope: Scope, work: (ready: Ready) => Promise<T>): Promise<T> {
  return await retryPassing(scope.limits.maxTries, async () => {
    return await withLease(await acquire(scope), async lease => {
      const ready = await recover(scope, lease);
      if (ready.tolerant)
        throw new ReplacedError(
          `${scope.name}: the database was replaced in the middle of the repair: invoke the sync function with {"resync": true} until ` +
            'it answers "settled": true, then repair what is still different',
        );
      return await work(ready);
    });
  });
}
