import type { Declaration } from '../definition/declaration.ts';
import type { TableDefinition } from '../definition/definition.ts';
import { vectorDimension } from '../values/types/vector.ts';

/** Numbers of a vector that take as long as a row without any: 384 of them 7 times as long, here and on the server. */
const NUMBERS_OF_ROW = 64;

/**
 * What a vector in an index takes at least, in rows. Neo4j adds a transaction's vectors to the index one after the other, and to many it
 * takes longer than to few: 6,000 of 384 numbers at once take three times as long as 1,000 by 1,000.
 */
const INDEXED_VECTOR_ROWS = 15;

/** Tells how much of a batch a row takes, in rows without vectors. */
export class RowWeights {
  /** Columns with vectors, and what each takes, by table. */
  readonly #vectors: ReadonlyMap<string, readonly { readonly field: string; readonly rows: number }[]>;

  constructor(tables: ReadonlyMap<string, TableDefinition>) {
    this.#vectors = new Map([...tables].map(([id, table]) => [id, vectorsOf(table)]));
  }

  of({ table, values }: Declaration): number {
    let rows = 1;
    for (const vector of this.#vectors.get(table) ?? []) if (values[vector.field] != null) rows += vector.rows;
    return rows;
  }
}

/** A table without a schema tells of those of its vectors that are in an index. */
function vectorsOf(table: TableDefinition): { readonly field: string; readonly rows: number }[] {
  const rows = new Map<string, number>();
  for (const { name, type } of table.columns ?? []) {
    const dimension = vectorDimension(type);
    if (dimension !== undefined) rows.set(name, Math.floor(dimension / NUMBERS_OF_ROW));
  }
  for (const { field, dimension } of table.kind === 'node' ? table.vectorIndexes : [])
    rows.set(field, Math.max(Math.floor(dimension / NUMBERS_OF_ROW), INDEXED_VECTOR_ROWS));
  return [...rows].map(([field, taken]) => ({ field, rows: taken }));
}
