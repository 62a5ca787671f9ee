import type { Ready } from '../commit/ready.ts';
import { edgesFirst, type TableDefinition, tableId } from '../definition/definition.ts';
import type { Scope } from '../scope.ts';
import { readRoot } from '../state/read-root.ts';
import { parseKey } from '../values/value.ts';
import { keysFrom } from './key-pages.ts';
import { keysAt, keysOf, type Position } from './position.ts';
import { removeUndeclared } from './repair.ts';
import { findUndeclared, knownContent } from './undeclared-rows.ts';

/** Keys compared with the state at once. */
const PAGE = 5_000;

/** Where a sweep goes on. Plain JSON. */
export type SweepPosition = Position & { phase: 'undeclared' };

export interface SweepOptions {
  /** Where the sweep before stopped. Default: it begins. */
  readonly from?: SweepPosition;
  /** Time (ms since 1970) at which no other page is begun; one is in any case. Default: none. */
  readonly deadline?: number;
  /** Counts what it would remove, and removes nothing. Default false. */
  readonly countOnly?: boolean;
}

/** What a sweep did. */
export interface Swept {
  /** Rows removed, or to be removed. */
  readonly removed: number;
  /** Null: all was looked at. */
  readonly next: SweepPosition | null;
}

/**
 * Removes from the system tables what no file declares: rows that a restored or replaced database has and the state
 * never heard of. Only for a tolerant lease, when everything that files declare is applied; renews it. What no key can tell was
 * made by hand, and stays.
 */
export async function sweepUndeclared(
  scope: Scope,
  ready: Ready,
  { from, deadline = Number.POSITIVE_INFINITY, countOnly = false }: SweepOptions = {},
): Promise<Swept> {
  const tables = systemTables(scope);
  let position: Position = from ?? keysOf(tables[0]);
  for (let removed = 0; ; ) {
    if (position.phase !== 'undeclared') return { removed, next: null };
    const page = await sweepPage(scope, ready, tables, position, countOnly);
    removed += page.removed;
    position = page.next;
    if (position.phase === 'undeclared' && Date.now() >= deadline) return { removed, next: position };
  }
}

/** Lists the tables that graphdrop owns, edges first. */
export function systemTables(scope: Scope): TableDefinition[] {
  return edgesFirst(scope.tables.values()).filter(({ managedBy }) => managedBy === 'system');
}

async function sweepPage(
  scope: Scope,
  ready: Ready,
  tables: readonly TableDefinition[],
  { table: id, kind, after }: SweepPosition,
  countOnly: boolean,
): Promise<{ readonly removed: number; readonly next: Position }> {
  const index = tables.findIndex(other => tableId(other) === id);
  const table = tables[index];
  if (table === undefined || kind === 'unkeyed') return { removed: 0, next: keysOf(tables[index + 1]) };
  const position = { kind, after: after === null ? null : parseKey(after) };
  const { keys, next } = await keysFrom(scope, table, position, PAGE);
  await scope.head.renew(ready.epoch, scope.limits.leaseMs);
  const content = knownContent(scope, await readRoot(scope, ready.root), id);
  const found = await findUndeclared(scope, table, content, keys, false);
  const undeclared = found.filter(row => row.kind !== 'copy');
  if (!countOnly) await removeUndeclared(scope, ready, table, undeclared);
  return { removed: undeclared.length, next: next === null ? keysOf(tables[index + 1]) : keysAt(table, next) };
}
