import { quoted } from './graph/identifier.ts';
import { type Lease, readRoot } from './lease.ts';
import { commitMaintenance, moveRoot } from './maintain.ts';
import type { Statement } from './neo4j/statement.ts';
import type { Scope } from './scope.ts';
import { type AppliedTable, appliedId, encodeRoot, type Root, settled } from './state/root.ts';
import { EMPTY } from './state/tree.ts';

/** Nodes or edges that one transaction clears. */
const ROWS_PER_TRANSACTION = 10_000;

/** Whether tables are in the graph as an earlier definition wrote them: columns of it may be left on some rows. */
export function hasEarlierTables(scope: Scope, root: Root): boolean {
  return nameOf(settledRoot(scope, root)) !== nameOf(root);
}

/**
 * Ends a change of the definition, once every object was looked at under the new one: columns that it no longer has are
 * cleared from all rows, and the tracked state says so.
 */
export async function settleDefinition(scope: Scope, lease: Lease): Promise<void> {
  const root = await readRoot(scope, lease.root);
  const next = settledRoot(scope, root);
  const stored = encodeRoot(next);
  if (nameOf(next) === lease.root || stored === null) return;
  for (const [id, { table }] of root.tables) {
    const columns = new Set(next.tables.get(id)?.table.columns);
    const gone = table.columns?.filter(column => !columns.has(column)) ?? [];
    if (gone.length > 0) await clearColumns(scope, lease, table, gone);
  }
  await moveRoot(scope, lease, stored.hash, [stored], []);
}

async function clearColumns(
  scope: Scope,
  lease: Lease,
  table: AppliedTable,
  columns: readonly string[],
): Promise<void> {
  const row = table.kind === 'node' ? `(r:${quoted(table.label)})` : `()-[r:${quoted(table.type)}]->()`;
  const present = columns.map(column => `r.${quoted(column)} IS NOT NULL`).join(' OR ');
  const nulls = columns.map(column => `${quoted(column)}: null`).join(', ');
  const statement: Statement = {
    text: `UNWIND $rows AS limit MATCH ${row} WHERE ${present} WITH r LIMIT ${ROWS_PER_TRANSACTION} SET r += {${nulls}} RETURN count(*) AS n`,
    rows: [ROWS_PER_TRANSACTION],
    result: 'changed',
    counts: 'none',
    table: appliedId(table),
  };
  for (let cleared = 1; cleared > 0; ) {
    await scope.head.renew(lease.epoch, scope.limits.leaseMs);
    cleared = (await commitMaintenance(scope, lease, lease.root, [statement])).get('none') ?? 0;
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
