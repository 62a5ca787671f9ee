import { type Column, encodeAny } from './column.ts';
import { RowError } from './errors.ts';
import { identifier } from './identifier.ts';
import { type KeyValue, render, toKeyValue, type Value, ValueError, valueText } from './value.ts';
import { encodeVector } from './vector.ts';
import { versionText } from './version.ts';

/** What a row's encoding depends on. */
export interface RowShape {
  readonly table: string;
  readonly primaryKey: string;
  readonly columns: readonly Column[] | null;
  readonly versionBy: string | null;
  /** Dimension of each field that has a vector index. */
  readonly vectors: ReadonlyMap<string, number>;
}

/** A row's values in the form Neo4j takes and as canonical text. */
export interface EncodedRow {
  readonly key: KeyValue;
  readonly values: Record<string, Value | null>;
  readonly texts: readonly (readonly [string, string])[];
  readonly version: string;
}

/**
 * Encodes a row, column by column, the key included.
 *
 * @throws RowError that names the table, the column and what was got
 */
export function encodeRow(shape: RowShape, row: object): EncodedRow {
  const given = row as Readonly<Record<string, unknown>>;
  const values: Record<string, Value | null> = {};
  const texts: [string, string][] = [];
  const put = (name: string, value: Value) => {
    values[name] = value;
    texts.push([name, valueText(value)]);
  };
  const names = shape.columns === null ? Object.keys(given).sort() : null;
  if (shape.columns !== null) refuseUnknownColumns(shape, given);
  for (const column of names ?? shape.columns ?? []) {
    const name = typeof column === 'string' ? identifier(column, `column of ${shape.table}`) : column.name;
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    at(shape.table, name, () => {
      if (name === shape.primaryKey) put(name, toKeyValue(value));
      else if (value !== null && value !== undefined) put(name, encode(shape, column, value));
      else if (typeof column !== 'string') {
        if (!column.nullable)
          throw new ValueError(`got ${render(value)}, expected a value: the column is not nullable`);
        values[name] = null;
      }
    });
  }
  const key = values[shape.primaryKey];
  if (key === undefined || key === null) {
    throw new RowError(shape.table, shape.primaryKey, 'got no value, expected the primary key');
  }
  const { versionBy } = shape;
  const version = versionBy === null ? '' : at(shape.table, versionBy, () => versionText(values[versionBy]));
  return { key: key as KeyValue, values, texts, version };
}

function encode(shape: RowShape, column: Column | string, value: unknown): Value {
  const name = typeof column === 'string' ? column : column.name;
  const dimension = shape.vectors.get(name);
  if (dimension !== undefined) return encodeVector(value, dimension);
  return typeof column === 'string' ? encodeAny(value) : column.encode(value);
}

function refuseUnknownColumns(shape: RowShape, given: object): void {
  const known = shape.columns ?? [];
  for (const name of Object.keys(given)) {
    if (!known.some(column => column.name === name)) {
      throw new RowError(shape.table, name, `no such column; the schema has ${known.map(c => c.name).join(', ')}`);
    }
  }
}

function at<T>(table: string, column: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof ValueError) throw new RowError(table, column, error.message);
    throw error;
  }
}

/** A key given by itself, as an edge's endpoint. */
export function encodeKey(table: string, column: string, value: unknown): KeyValue {
  return at(table, column, () => toKeyValue(value));
}
