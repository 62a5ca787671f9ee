/** Goes through the keys that a table has in the graph. */
import { settled } from '../definition/applied-table.ts';
import type { TableDefinition } from '../definition/definition.ts';
import { WHOLE_TABLE_MS } from '../neo4j/graph-database.ts';
import { shapeOf } from '../neo4j/statements/batch-statements.ts';
import { KEY_KINDS, type KeyKind, nextKeys, unkeyedRows } from '../neo4j/statements/row-queries.ts';
import type { Scope } from '../scope.ts';
import type { KeyValue } from '../values/value.ts';

/** Where in a table the next page of keys begins. */
export interface KeyPosition {
  readonly kind: KeyKind;
  /** The last key before it; null: none. */
  readonly after: KeyValue | null;
}

export const FIRST_KEY: KeyPosition = { kind: KEY_KINDS[0], after: null };

/** Reads the next keys of a table in the graph, and where to go on; null: that was all. */
export async function keysFrom(
  scope: Scope,
  table: TableDefinition,
  { kind, after }: KeyPosition,
  limit: number,
): Promise<{ keys: KeyValue[]; next: KeyPosition | null }> {
  const { text, parameters } = nextKeys(shapeOf(settled(table)), kind, after, limit);
  const keys = (await scope.connection.graph.query(text, parameters)).map(({ key }) => key as KeyValue);
  const last = keys[keys.length - 1];
  if (last !== undefined && keys.length === limit) return { keys, next: { kind, after: last } };
  const following = KEY_KINDS[KEY_KINDS.indexOf(kind) + 1];
  return { keys, next: following === undefined ? null : { kind: following, after: null } };
}

/** Counts the rows of a system table that no key can tell: see {@link unkeyedRows}. */
export async function countUnkeyed(scope: Scope, table: TableDefinition): Promise<number> {
  const text = `${unkeyedRows(shapeOf(settled(table)))} RETURN count(*) AS n`;
  const [found] = await scope.connection.graph.query(text, {}, WHOLE_TABLE_MS);
  return Number(found?.n);
}
