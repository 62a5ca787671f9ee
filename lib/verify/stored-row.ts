import { type Ends, edgeRow, keyedRow } from '../definition/declaration.ts';
import type { ManagedBy, RelationTableDefinition } from '../definition/definition.ts';
import type { ResultRow } from '../neo4j/graph-database.ts';
import { type KeyValue, toKeyValue } from '../values/value.ts';

/** Properties as the graph has them. */
export type Properties = Readonly<Record<string, unknown>>;

/** What the graph has of a row. */
export interface StoredContent {
  readonly properties: Properties;
  /** Those of a node's labels that are its table's extra ones. */
  readonly labels: readonly string[];
}

/** A row of the graph: see `rowsByKey`. */
export interface StoredRow {
  /** Its identity as a row. */
  readonly row: string;
  readonly key: KeyValue;
  /** Only an edge has them. */
  readonly ends: Ends | undefined;
}

/** What tells which row a node or edge of the graph is. */
type Table =
  | { readonly kind: 'node'; readonly managedBy: ManagedBy }
  | Pick<RelationTableDefinition, 'kind' | 'managedBy' | 'from' | 'to'>;

/** Reads `key`, of an edge also `from` and `to`; null: one of them is none that a row has, so it was made by hand. */
export function storedRow(table: Table, id: string, record: ResultRow): StoredRow | null {
  const key = storedKey(record.key, table);
  if (key === null) return null;
  if (table.kind === 'node') return { row: keyedRow(id, key), key, ends: undefined };
  const [from, to] = [storedKey(record.from, table.from), storedKey(record.to, table.to)];
  if (from === null || to === null) return null;
  const ends = { from, to };
  return { row: edgeRow({ ...table, table: id }, key, ends), key, ends };
}

/** Returns a key of the graph in the one form that rows have it in. One that no row can have (over-long text) stays as it is. */
function storedKey(value: unknown, { managedBy }: { readonly managedBy: ManagedBy }): KeyValue | null {
  if (!['string', 'number', 'bigint', 'boolean'].includes(typeof value) || Number.isNaN(value)) return null;
  // The index that graphdrop made tells -0.0 from the key 0: no statement of a row finds it.
  if (Object.is(value, -0) && managedBy === 'system') return null;
  try {
    return toKeyValue(value);
  } catch {
    return value as KeyValue;
  }
}
