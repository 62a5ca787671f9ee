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
  ? Omit<T, 'columns' | 'versionBy' | 'vectorIndexes'> & { readonly columns: readonly string[] | null }
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

export function appliedId(table: AppliedTable): string {
  return tableId(table as unknown as TableDefinition);
}

/**
 * A table as a commit leaves it. Columns that an earlier definition had are kept in the list until they are cleared from
 * all rows, so that they are not forgotten in the graph.
 */
export function applied(table: TableDefinition, before: AppliedTable | undefined): AppliedTable {
  const { columns, versionBy: _, ...rest } = table;
  const { vectorIndexes: __, ...plain } = { vectorIndexes: null, ...rest };
  const names = columns?.map(({ name }) => name) ?? null;
  const all = names === null ? null : [...new Set([...names, ...(before?.columns ?? [])])].sort();
  return { ...plain, columns: all } as AppliedTable;
}
