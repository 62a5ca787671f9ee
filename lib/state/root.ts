import type { AppliedTable } from '../graph/applied-table.ts';
import { tableId } from '../graph/definition.ts';
import { contentHash } from '../graph/hash.ts';
import { EMPTY } from './tree.ts';
import type { StoredNode } from './tree-node.ts';

/** What the graph holds of a table: its definition as applied, and the tree row -> owners. Only tables with rows are kept. */
export interface TableState {
  readonly table: AppliedTable;
  readonly rows: string;
}

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
  const tables = [...root.tables.values()].sort((a, b) => (tableId(a.table) < tableId(b.table) ? -1 : 1));
  const text = JSON.stringify({ objects: root.objects, tables });
  return { hash: contentHash(text), text };
}

export function decodeRoot(text: string): Root {
  const { objects, tables } = JSON.parse(text) as { objects: string; tables: TableState[] };
  return { objects, tables: new Map(tables.map(state => [tableId(state.table), state])) };
}

/** Roots of the trees that a root names. */
export function treesOf(root: Root): string[] {
  return [root.objects, ...[...root.tables.values()].map(({ rows }) => rows)];
}
