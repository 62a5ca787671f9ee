import { knownTables } from './batch.ts';
import { FIRST_KEY, findExtras, type KeyPosition, keysFrom, removeExtras } from './extras.ts';
import { edgesFirst, type TableDefinition, tableId } from './graph/definition.ts';
import { type Lease, readRoot } from './lease.ts';
import type { Scope } from './scope.ts';

/** Rows compared with the state at once. */
const PAGE = 5_000;

/**
 * Removes from the system tables what no file declares: rows that a restored or replaced database has and the state
 * never heard of. Only for a lease that heals, when everything that files declare is applied. What no key can tell was
 * made by hand, and stays.
 *
 * @returns how many rows were removed
 */
export async function sweepUndeclared(scope: Scope, lease: Lease): Promise<number> {
  let removed = 0;
  for (const table of systemTables(scope)) removed += await sweepTable(scope, lease, table);
  return removed;
}

/** Edges first. */
export function systemTables(scope: Scope): TableDefinition[] {
  return edgesFirst(scope.tables.values()).filter(({ managedBy }) => managedBy === 'system');
}

async function sweepTable(scope: Scope, lease: Lease, table: TableDefinition): Promise<number> {
  const columns = knownTables(await readRoot(scope, lease.root), scope.tables).get(tableId(table))?.columns ?? null;
  let removed = 0;
  for (let position: KeyPosition | null = FIRST_KEY; position !== null; ) {
    const { keys, next } = await keysFrom(scope, table, position, PAGE);
    await scope.head.renew(lease.epoch, scope.limits.leaseMs);
    const extras = await findExtras(scope, table, columns, keys, false);
    const undeclared = extras.filter(({ kind }) => kind !== 'copy');
    await removeExtras(scope, lease, table, undeclared);
    removed += undeclared.length;
    position = next;
  }
  return removed;
}
