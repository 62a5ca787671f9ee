import type { AppliedTable } from '../definition/applied-table.ts';
import { tableId } from '../definition/definition.ts';
import { contentHash } from '../values/hash.ts';
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

/**
 * Form of the trees that a root names: what their keys are, and where nodes are cut. A root of another form is one whose nodes are
 * missing (see `readRoot`). It is the beginning of the text: an earlier graphdrop, too, fails at it, and reads no tree in its own way.
 */
const FORM = 2;
const BEGINNING = `{"form":${FORM},`;

/** The stored text of a root and its hash; nothing for the empty root, whose name is {@link EMPTY}. */
export function encodeRoot(root: Root): StoredNode | null {
  if (root.objects === EMPTY && root.tables.size === 0) return null;
  const tables = [...root.tables.values()].sort((a, b) => (tableId(a.table) < tableId(b.table) ? -1 : 1));
  const text = JSON.stringify({ form: FORM, trees: { objects: root.objects, tables } });
  return { hash: contentHash(text), text };
}

/** Whether a root's text is of the present form. */
export function isOfThisForm(text: string): boolean {
  return text.startsWith(BEGINNING);
}

/** Reads a root of any form. */
export function decodeRoot(text: string): Root {
  const stored = JSON.parse(text) as StoredTrees & { readonly trees?: StoredTrees };
  const { objects, tables } = stored.trees ?? stored;
  return { objects, tables: new Map(tables.map(state => [tableId(state.table), state])) };
}

interface StoredTrees {
  readonly objects: string;
  readonly tables: readonly TableState[];
}

/** Roots of the trees that a root names. */
export function treesOf(root: Root): string[] {
  return [root.objects, ...[...root.tables.values()].map(({ rows }) => rows)];
}
