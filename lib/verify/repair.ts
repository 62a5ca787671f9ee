import { type Extra, findExtras, removeExtras, removeUnkeyed } from '../extras.ts';
import { type TableDefinition, tableId } from '../graph/definition.ts';
import { GraphdropError } from '../graph/errors.ts';
import type { KeyValue } from '../graph/value.ts';
import { type Lease, takeLease } from '../lease.ts';
import type { Scope } from '../scope.ts';
import { patiently } from './patiently.ts';
import { rewriteRows } from './rows.ts';

/** The database was replaced in the middle of a repair: a resync comes first. */
export class ReplacedError extends GraphdropError {
  readonly code = 'REPLACED';
}

/**
 * Removes rows of a system table that nobody declares, as a batch would: looked at once more under the lease, in a
 * transaction that checks the fence.
 *
 * @returns how many
 */
export async function removeFound(
  scope: Scope,
  table: TableDefinition,
  columns: readonly string[] | null,
  keys: readonly KeyValue[],
): Promise<number> {
  return await underLease(scope, async lease => {
    const extras = await findExtras(scope, table, columns, keys, true);
    await removeExtras(scope, lease, table, extras);
    return extras.length;
  });
}

/** Makes copies of an edge alike, so that it doesn't matter which one stays. */
export async function levelCopies(scope: Scope, table: TableDefinition, extras: readonly Extra[]): Promise<void> {
  const rows = extras.flatMap(({ kind, row }) => (kind === 'copy' && row !== undefined ? [row] : []));
  if (rows.length > 0) await patiently(scope.limits.maxTries, () => rewriteRows(scope, tableId(table), rows));
}

/** Removes rows of a system table that no key can tell, but for nodes that edges touch. @returns how many */
export async function removeNameless(scope: Scope, table: TableDefinition): Promise<number> {
  return await underLease(scope, async lease => await removeUnkeyed(scope, lease, table));
}

async function underLease<T>(scope: Scope, work: (lease: Lease) => Promise<T>): Promise<T> {
  return await patiently(scope.limits.maxTries, async () => {
    const lease = await takeLease(scope);
    try {
      if (lease.heal)
        throw new ReplacedError(
          `${scope.name}: the database was replaced in the middle of the repair: invoke the sync function with {"resync": true} until ` +
            'it answers "settled": true, then repair what is still different',
        );
      return await work(lease);
    } finally {
      await scope.head.release(lease.epoch);
    }
  });
}
