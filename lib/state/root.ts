import { type TableDefinition, tableId } from '../graph/definition.ts';
import { contentHash } from '../graph/hash.ts';
import { EMPTY } from './tree.ts';
import type { StoredNode } from './tree-node.ts';

/** What the graph holds of a table: its definition as applied, and the tree row -> owners. Only tables with rows are kept. */
export interface TableState {
  readonly table: AppliedTable;
  readonly rows: string;
}

/** What must be known of a table to change or delete its rows without the flow that made them. */
export type AppliedTable = TableDefinition extends infer T ? Applied<T> : never;
type Applied<T> = T extends TableDefinition
  ? Omit<T, 'columns' | 'versionBy' | 'vectorIndexes' | 'adopt'> & { readonly columns: readonly string[] | null }
  : never;

/** One version of the tracked state: named by its hash, which stands in the fence. */
export interface Root {
  readonly tables: ReadonlyMap<string, TableState>;
  /** Tree object id -> {@link ObjectEntry}. */
  readonly objects: string;
}

export const EMPTY_ROOT: Root = { tables: new Map(), objects: EMPTY };

/** The stored text of a root and its hash; nothing for the empty root, whose name is {@link EMPTY}. */
export function encodeRoot(root: Root): StoredNode | null {
  if (root.objects === EMPTY && root.tables.size === 0) return null;
  const tables = [...root.tables.values()].sort((a, b) => (appliedId(a.table) < appliedId(b.table) ? -1 : 1));
  const text = JSON.stringify({ objects: root.objects, tables });
  return { hash: contentHash(text), text };
}

export function decodeRoot(text: string): Root {
  const { objects, tables } = JSON.parse(text) as { objects: string; tables: TableState[] };
  return { objects, tables: new Map(tables.map(state => [appliedId(state.table), state])) };
}

/** Roots of the trees that a root names. */
export function treesOf(root: Root): string[] {
  return [root.objects, ...[...root.tables.values()].map(({ rows }) => rows)];
}

export function appliedId(table: AppliedTable): string {
  return tableId(table as unknown as TableDefinition);
}

/** A table all of whose rows are as this definition writes them. */
export function settled(table: TableDefinition): AppliedTable {
  const columns = table.columns?.map(({ name }) => name) ?? null;
  if (table.kind === 'node') {
    const { kind, label, primaryKey, managedBy } = table;
    return { kind, label, primaryKey, managedBy, columns };
  }
  const { kind, type, from, to, primaryKey, managedBy } = table;
  return { kind, type, from, to, primaryKey, managedBy, columns };
}

/**
 * A table as a batch leaves it: some of its rows may still be as an earlier definition wrote them. The columns of both are
 * known until all rows are settled, so that each row that is written loses those it no longer has; null (a schema has
 * come to a table without) stays, so that rows are replaced whole.
 */
export function applied(table: TableDefinition, before: AppliedTable | undefined): AppliedTable {
  const now = settled(table);
  if (before === undefined || now.columns === null) return now;
  if (before.columns === null) return { ...now, columns: null };
  return { ...now, columns: [...new Set([...now.columns, ...before.columns])].sort() };
}
