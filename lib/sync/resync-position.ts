import type { Scope } from '../scope.ts';
import type { Root } from '../state/root.ts';
import { EMPTY, type Nodes } from '../state/tree.ts';
import { countOf } from '../state/tree-node.ts';
import type { SweepPosition } from '../verify/sweep.ts';
import type { Unmatched } from './unmatched-keys.ts';

/** Where a resync goes on, with what it has counted so far. Plain JSON: a message has it. */
export interface ResyncPosition {
  /** Hash of the definition that it was begun with: with another one it begins anew. */
  readonly definition: string;
  /** The root as it began, which all of it compares with: its nodes are kept longer than a resync lasts. */
  readonly root: string;
  /** The resync that the database's state asked for as it began: see `Head.resync`. */
  readonly wanted: number | null;
  readonly phase: 'listing' | 'weighing' | 'gone' | 'settling';
  /** While listing: which of the sources' prefixes is listed. */
  readonly prefix: number;
  /** The key that was listed last, or the id of the tracked object that was looked at last. Empty: none. */
  readonly after: string;
  /** Objects of the bucket that a source matches. */
  readonly listed: number;
  /** Objects among them that no source matches; left out: none. */
  readonly unmatched?: Unmatched | undefined;
  /** Of them those that tracked state has, and the rows that they declare as it has them. */
  readonly known: number;
  readonly knownRows: number;
  /** Objects that are not up to date, and those of them that nothing waits for. */
  readonly open: number;
  readonly tolerated: number;
  /** Tracked rows in all, and those of objects that no source reads any more. */
  readonly rows: number;
  readonly unreadRows: number;
  readonly unreadObjects: number;
  /** Rows of the graph that no file declares: as counted, then as removed. */
  readonly undeclared: number;
  readonly swept: number;
  /** Whether the undeclared rows are counted and being removed. */
  readonly counted: boolean;
  readonly sweep: SweepPosition | null;
}

/** Begins a resync at a root. */
export function beginning(scope: Scope, root: string, wanted: number | null): ResyncPosition {
  return {
    definition: scope.definitionHash,
    root,
    wanted,
    phase: 'listing',
    prefix: 0,
    after: '',
    listed: 0,
    known: 0,
    knownRows: 0,
    open: 0,
    tolerated: 0,
    rows: 0,
    unreadRows: 0,
    unreadObjects: 0,
    undeclared: 0,
    swept: 0,
    counted: false,
    sweep: null,
  };
}

/** Counts the entries of a tree. */
export async function sizeOf(nodes: Nodes, tree: string): Promise<number> {
  const [node] = tree === EMPTY ? [] : await nodes.load([tree]);
  return node === undefined ? 0 : countOf(node);
}

/** Counts the rows of all tables. */
export async function rowsAt(nodes: Nodes, root: Root): Promise<number> {
  let rows = 0;
  for (const table of root.tables.values()) rows += await sizeOf(nodes, table.rows);
  return rows;
}
