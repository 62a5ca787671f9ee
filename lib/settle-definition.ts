import { forgetValues } from './forget-values.ts';
import { type AppliedTable, combined, settled } from './graph/applied-table.ts';
import { type TableDefinition, tableId } from './graph/definition.ts';
import { type Lease, readRoot } from './lease.ts';
import { commitMaintenance, commitUntilDone, moveRoot } from './maintain.ts';
import { shapeOf } from './neo4j/batch-statements.ts';
import { type Clearing, clearRows, clearSome } from './neo4j/clear-statements.ts';
import { heldTables, holdSettled } from './neo4j/held-tables.ts';
import type { Scope } from './scope.ts';
import { tableTag } from './state/manifest-row.ts';
import { NodeStage } from './state/node-stage.ts';
import { encodeRoot, type Root } from './state/root.ts';
import { EMPTY, scan } from './state/tree.ts';
import { trackedRows } from './tracked-rows.ts';

/** Nodes or edges that one transaction clears. */
const ROWS_PER_TRANSACTION = 10_000;

/** Whether tables are in the graph as an earlier definition wrote them: columns of it may be left on some rows. */
export function hasEarlierTables(scope: Scope, root: Root): boolean {
  return nameOf(settledRoot(scope, root)) !== nameOf(root);
}

/**
 * Ends a change of the definition, once every object was looked at under the new one: columns that it no longer has are
 * cleared from the rows that still have them (of files that the new definition rejects, or that a database has which was put
 * back and that the tracked state knows nothing of), and state and fence say so.
 */
export async function settleDefinition(scope: Scope, start: Lease): Promise<void> {
  let lease = start;
  let root = await readRoot(scope, lease.root);
  const clearings = new Map<TableDefinition, Clearing>();
  for (const before of await earlierTables(scope, lease, root)) {
    const now = scope.tables.get(tableId(before));
    const clearing = now && clearingOf(before, now);
    if (now && clearing) clearings.set(now, clearing);
  }
  if (clearings.size > 0) {
    lease = await forgetValues(
      scope,
      lease,
      root,
      new Set([...clearings.keys()].map(table => tableTag(tableId(table)))),
    );
    root = await readRoot(scope, lease.root);
  }
  for (const [table, clearing] of clearings) await clear(scope, lease, root, settled(table), clearing);
  await holdSettled(scope.connection.graph, { scope: scope.name, epoch: lease.epoch }, scope.definition);
  const stored = encodeRoot(settledRoot(scope, root));
  if (stored !== null && stored.hash !== lease.root) await moveRoot(scope, lease, stored.hash, [stored], []);
}

/** The tables as the root has them, and as the fence has them, where there may be rows that the root knows nothing of. */
async function earlierTables(scope: Scope, lease: Lease, root: Root): Promise<Iterable<AppliedTable>> {
  const tables = new Map([...root.tables].map(([id, { table }]) => [id, table]));
  const held = lease.unknown ? await heldTables(scope.connection.graph, scope.name) : [];
  for (const table of held) tables.set(tableId(table), combined(table, tables.get(tableId(table))));
  return tables.values();
}

/** What rows of an earlier definition may have too much; null: nothing. */
function clearingOf(before: AppliedTable, now: TableDefinition): Clearing | null {
  if (now.columns === null) return null;
  const kept = [...new Set([now.primaryKey, ...now.columns.map(({ name }) => name)])];
  if (before.columns === null) return { kept };
  const gone = before.columns.filter(column => !kept.includes(column));
  return gone.length === 0 ? null : { gone };
}

async function clear(scope: Scope, lease: Lease, root: Root, table: AppliedTable, clearing: Clearing): Promise<void> {
  const shape = shapeOf(table);
  if (table.managedBy === 'system')
    return await commitUntilDone(scope, lease, [clearSome(shape, clearing, ROWS_PER_TRANSACTION)]);
  // Of the user's table only what files declare is ours.
  const id = tableId(table);
  const stage = new NodeStage(scope.cache, scope.nodes);
  for await (const page of scan(stage, root.tables.get(id)?.rows ?? EMPTY)) {
    const ids = page.map(([row]) => row);
    const tracked = await trackedRows(stage, root, id, ids);
    await scope.head.renew(lease.epoch, scope.limits.leaseMs);
    await commitMaintenance(scope, lease, lease.root, [clearRows(shape, clearing, [...tracked.values()])]);
  }
}

function settledRoot(scope: Scope, root: Root): Root {
  const tables = [...root.tables].map(([id, state]) => {
    const definition = scope.tables.get(id);
    return [id, definition === undefined ? state : { ...state, table: settled(definition) }] as const;
  });
  return { ...root, tables: new Map(tables) };
}

function nameOf(root: Root): string {
  return encodeRoot(root)?.hash ?? EMPTY;
}
