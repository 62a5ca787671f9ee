import { type Lease, readRoot } from './lease.ts';
import { commitMaintenance, moveRoot } from './maintain.ts';
import { nodeShape, relationShape } from './neo4j/batch-statements.ts';
import { clearRows, clearSome } from './neo4j/clear-statements.ts';
import type { Statement } from './neo4j/statement.ts';
import type { Scope } from './scope.ts';
import { NodeStage } from './state/node-stage.ts';
import { appliedId, encodeRoot, type Root, settled, type TableState } from './state/root.ts';
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
 * cleared from the rows that still have them (of files that the new definition rejects), and the tracked state says so.
 */
export async function settleDefinition(scope: Scope, lease: Lease): Promise<void> {
  const root = await readRoot(scope, lease.root);
  const next = settledRoot(scope, root);
  const stored = encodeRoot(next);
  if (nameOf(next) === lease.root || stored === null) return;
  for (const [id, state] of root.tables) {
    const columns = new Set(next.tables.get(id)?.table.columns);
    const gone = state.table.columns?.filter(column => !columns.has(column)) ?? [];
    if (gone.length > 0) await clearColumns(scope, lease, root, state, gone);
  }
  await moveRoot(scope, lease, stored.hash, [stored], []);
}

async function clearColumns(
  scope: Scope,
  lease: Lease,
  root: Root,
  { table, rows }: TableState,
  columns: readonly string[],
): Promise<void> {
  const id = appliedId(table);
  const shape =
    table.kind === 'node' ? nodeShape(id, new Map([[id, table]])) : relationShape(id, new Map([[id, table]]));
  const clear = async (statement: Statement): Promise<number> => {
    await scope.head.renew(lease.epoch, scope.limits.leaseMs);
    return (await commitMaintenance(scope, lease, lease.root, [statement])).get('none') ?? 0;
  };
  if (table.managedBy === 'system') {
    const statement = clearSome(shape, columns, ROWS_PER_TRANSACTION);
    while ((await clear(statement)) > 0);
    return;
  }
  // Of the user's table only what files declare is ours.
  const stage = new NodeStage(scope.cache, scope.nodes);
  for await (const page of scan(stage, rows)) {
    const ids = page.map(([row]) => row);
    const tracked = await trackedRows(stage, root, id, ids);
    await clear(clearRows(shape, columns, [...tracked.values()]));
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
