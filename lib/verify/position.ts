import { type TableDefinition, tableId } from '../definition/definition.ts';
import type { KeyKind } from '../neo4j/statements/row-queries.ts';
import { keyText } from '../values/value.ts';
import { FIRST_KEY, type KeyPosition } from './key-pages.ts';
import type { ListingPosition } from './objects.ts';

/** Where a verification goes on. Plain JSON. */
export type Position =
  /** Rows of tracked state, looked for in the graph. `after`: a row's identity. */
  | { readonly phase: 'declared'; readonly table: string; readonly after: string }
  /**
   * Rows of the graph, looked for in tracked state: system tables only. `after`: `keyText` of a key, or that unkeyed rows were
   * counted; null: nothing.
   */
  | {
      readonly phase: 'undeclared';
      readonly table: string;
      readonly kind: KeyKind | 'unkeyed';
      readonly after: string | null;
    }
  /** Objects of the bucket, looked for in tracked state. */
  | { readonly phase: 'listing'; readonly at: ListingPosition | null }
  /** Objects of tracked state, looked for in the bucket. `after`: an object's id. */
  | { readonly phase: 'tracked'; readonly after: string };

export const START: Position = { phase: 'declared', table: '', after: '' };

export const OBJECTS: Position = { phase: 'listing', at: null };

/** Unkeyed rows were counted, and are being removed. */
export const COUNTED = 'counted';

/** Begins with the keys that a table has in the graph; with the objects after the last table. */
export function keysOf(table: TableDefinition | undefined): Position {
  return table === undefined ? OBJECTS : keysAt(table, FIRST_KEY);
}

export function keysAt(table: TableDefinition, { kind, after }: KeyPosition): Position {
  return { phase: 'undeclared', table: tableId(table), kind, after: after === null ? null : keyText(after) };
}
