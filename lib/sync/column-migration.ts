import { commitMaintenance, commitUntilDone, moveRoot } from '../commit/maintenance.ts';
import type { Ready } from '../commit/ready.ts';
import { type AppliedTable, combined, extraLabels, settled } from '../definition/applied-table.ts';
import { type TableDefinition, tableId } from '../definition/definition.ts';
import { tableTag } from '../definition/table-tag.ts';
import { findClaimants } from '../neo4j/fence/claims.ts';
import { notedTables, noteSettled } from '../neo4j/fence/noted-tables.ts';
import { shapeOf } from '../neo4j/statements/batch-statements.ts';
import { type Clearing, clearRows, clearSome, spare } from '../neo4j/statements/clear-statements.ts';
import type { Scope } from '../scope.ts';
import { readRoot } from '../state/read-root.ts';
import { encodeRoot, type Root } from '../state/root.ts';
import { trackedRows } from '../state/tracked-rows.ts';
import { EMPTY, scan } from '../state/tree.ts';
import { forgetValues } from './forget-values.ts';

/** Whether tables are in the graph as an earlier definition wrote them: columns and extra labels of it may be left on some rows. */
export function hasEarlierTables(scope: Scope, root: Root): boolean {
  return nameOf(settledRoot(scope, root)) !== nameOf(root);
}

/**
 * Ends a change of the definition, once every object was looked at under the new one: columns and extra labels that it no longer has are
 * cleared from the rows that still have them (of files that the new definition rejects, or that a database has which was put
 * back and that the tracked state knows nothing of), and state and fence say so.
 */
export async function settleDefinition(scope: Scope, start: Ready): Promise<void> {
  let ready = start;
  let root = await readRoot(scope, ready.root);
  const clearings = new Map<TableDefinition, Clearing>();
  for (const before of await earlierTables(scope, ready, root)) {
    const now = scope.tables.get(tableId(before));
    const clearing = now && clearingOf(before, now);
    if (now && clearing) clearings.set(now, clearing);
  }
  if (clearings.size > 0) {
    ready = await forgetValues(
      scope,
      ready,
      root,
      new Set([...clearings.keys()].map(table => tableTag(tableId(table)))),
    );
    root = await readRoot(scope, ready.root);
  }
  for (const [table, clearing] of clearings) await clear(scope, ready, root, settled(table), clearing);
  await noteSettled(scope.connection.graph, { scope: scope.name, epoch: ready.epoch }, scope.definition);
  const stored = encodeRoot(settledRoot(scope, root));
  if (stored !== null && stored.hash !== ready.root)
    await moveRoot(scope, ready, { next: stored.hash, nodes: [stored], statements: [] });
}

/** The tables as the root has them, and as the fence has them, where there may be rows that the root knows nothing of. */
async function earlierTables(scope: Scope, ready: Ready, root: Root): Promise<Iterable<AppliedTable>> {
  const tables = new Map([...root.tables].map(([id, { table }]) => [id, table]));
  const noted = ready.hasUntrackedRows ? await notedTables(scope.connection.graph, scope.name) : [];
  for (const table of noted) tables.set(tableId(table), combined(table, tables.get(tableId(table))));
  return tables.values();
}

/** What rows of an earlier definition may have too much; null: nothing. */
function clearingOf(before: AppliedTable, now: TableDefinition): Clearing | null {
  const labels = extraLabels(before).filter(label => !extraLabels(now).includes(label));
  const kept = [...new Set([now.primaryKey, ...(now.columns?.map(({ name }) => name) ?? [])])];
  if (now.columns !== null && before.columns === null) return { kept, labels };
  const undeclared = now.columns === null ? [] : (before.columns ?? []).filter(column => !kept.includes(column));
  return undeclared.length + labels.length === 0 ? null : { undeclared, labels };
}

async function clear(scope: Scope, ready: Ready, root: Root, table: AppliedTable, clearing: Clearing): Promise<void> {
  const shape = shapeOf(table);
  if (table.managedBy === 'system') {
    await commitUntilDone(scope, ready, [clearSome(shape, clearing)]);
    return;
  }
  // Of the user's table only what files declare is ours, and of that no column that another scope has in its own table.
  const id = tableId(table);
  const claimants = await findClaimants(scope.connection.graph, scope.name, [table]);
  const own = spare(clearing, claimants.get(id));
  if (own === null) return;
  const stage = scope.nodes.stage();
  for await (const page of scan(stage, root.tables.get(id)?.rows ?? EMPTY)) {
    const ids = page.map(([row]) => row);
    const tracked = await trackedRows(stage, root, id, ids);
    await scope.head.renew(ready.epoch, scope.limits.leaseMs);
    await commitMaintenance(scope, ready, clearRows(shape, own, [...tracked.values()]));
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
