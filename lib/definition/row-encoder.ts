import { DefinitionError, RowError } from '../errors.ts';
import { columnType, valueText } from '../values/column-types.ts';
import { FLOAT_COLUMNS, type WithFloats } from '../values/float-columns.ts';
import { identifier } from '../values/identifier.ts';
import { encodeVector } from '../values/types/vector.ts';
import { type KeyValue, render, type Value, ValueError } from '../values/value.ts';
import { absentVersion, versionText } from '../values/version.ts';
import type { Column } from './column.ts';
import { fieldText } from './declaration.ts';
import type { VectorIndexDefinition } from './definition.ts';
import type { KeyEncoder } from './key-encoder.ts';

/** What a vector index needs of a field's values. */
export type IndexedVector = Pick<VectorIndexDefinition, 'dimension' | 'metric'>;

/** What a row's encoding depends on. */
export interface RowShape {
  readonly table: string;
  readonly primaryKey: string;
  readonly encodeKey: KeyEncoder;
  readonly columns: readonly Column[] | null;
  readonly versionBy: string | null;
  /** Each field that has a vector index. */
  readonly vectors: ReadonlyMap<string, IndexedVector>;
  /** Most properties of a row without a schema. */
  readonly maxProperties: number;
}

/** A row's values in the form Neo4j takes, and all of them as canonical text: see `fieldText`. */
export interface EncodedRow {
  readonly key: KeyValue;
  readonly values: Record<string, Value | null>;
  readonly text: string;
  readonly version: string;
}

/**
 * Encodes a row, column by column, the key included.
 *
 * @param derived the key, where the row needn't give one
 * @throws RowError that names the table, the column and what was got
 */
export function encodeRow(shape: RowShape, row: object, derived?: KeyValue): EncodedRow {
  const given = row as Readonly<Record<string, unknown>>;
  const values: Record<string, Value | null> = {};
  let text = '';
  const names = shape.columns === null ? Object.keys(given).sort() : null;
  const floats = (row as WithFloats)[FLOAT_COLUMNS];
  if (shape.columns !== null) refuseUnknownColumns(shape, given);
  if (names !== null && names.length > shape.maxProperties) {
    const advice = 'give the table a schema, or say maxProperties';
    throw new RowError(
      shape.table,
      '*',
      `got ${names.length} properties, expected at most ${shape.maxProperties}: ${advice}`,
    );
  }
  let name = '';
  try {
    for (const column of names ?? shape.columns ?? []) {
      name = typeof column === 'string' ? column : column.name;
      if (typeof column === 'string') identifier(column, 'the name');
      const value = encodeField(shape, column, Object.hasOwn(given, name) ? given[name] : undefined, floats, derived);
      if (value === undefined) continue;
      values[name] = value;
      if (value !== null) text += fieldText(name, valueText(value));
    }
  } catch (error) {
    throw inRow(shape.table, name, error);
  }
  const key = values[shape.primaryKey];
  if (key === undefined || key === null) {
    throw new RowError(shape.table, shape.primaryKey, 'got no value, expected the primary key');
  }
  const { versionBy } = shape;
  const version = versionBy === null ? '' : at(shape.table, versionBy, () => versionText(values[versionBy]));
  return { key: key as KeyValue, values, text, version };
}

/**
 * Encodes what tells of a row that it is absent: its key, and since which version.
 *
 * @param key undefined: the row gives it
 * @param row has the version by the name of the `versionBy` column, or as `version`
 * @throws RowError
 */
export function encodeAbsent(
  shape: RowShape,
  row: Readonly<Record<string, unknown>>,
  key?: KeyValue,
): { readonly key: KeyValue; readonly text: string; readonly version: string } {
  const { table, primaryKey, versionBy } = shape;
  const encoded = key ?? at(table, primaryKey, () => shape.encodeKey(row[primaryKey]));
  if (versionBy === null) {
    if (row.version !== undefined)
      throw new RowError(table, 'version', 'the table has no versionBy: leave it out, or say one');
    return { key: encoded, text: valueText(encoded), version: absentVersion('') };
  }
  const given = Object.hasOwn(row, versionBy) ? row[versionBy] : row.version;
  if (given === null || given === undefined)
    throw new RowError(table, versionBy, `got ${given}, expected the version since which the row is absent`);
  const column = shape.columns?.find(({ name }) => name === versionBy) ?? versionBy;
  const version = at(table, versionBy, () => versionText(encode(shape, column, given)));
  return { key: encoded, text: valueText(encoded), version: absentVersion(version) };
}

/** Encodes what a row has of a column; undefined: it has nothing, and no schema says that it might. @throws ValueError */
function encodeField(
  shape: RowShape,
  column: Column | string,
  value: unknown,
  floats: ReadonlySet<string> | undefined,
  derived: KeyValue | undefined,
): Value | null | undefined {
  const name = typeof column === 'string' ? column : column.name;
  if (name === shape.primaryKey) return derived ?? shape.encodeKey(value);
  if (value !== null && value !== undefined) return encode(shape, column, value, floats?.has(name));
  if (typeof column === 'string') return undefined;
  if (!column.nullable) throw new ValueError(`got ${render(value)}, expected a value: the column is not nullable`);
  return null;
}

function encode(shape: RowShape, column: Column | string, value: unknown, float = false): Value {
  const name = typeof column === 'string' ? column : column.name;
  const index = shape.vectors.get(name);
  if (index !== undefined) return encodeIndexed(value, index);
  if (typeof column !== 'string') return column.encode(value);
  const encoded = encodeAny(value);
  return float && typeof value !== 'bigint' ? asFloat(encoded) : encoded;
}

/** Encodes a vector that the index will hold: one that has no direction would be stored, and be in no search. */
function encodeIndexed(value: unknown, { dimension, metric }: IndexedVector): Value {
  const vector = encodeVector(value, dimension);
  if (metric !== 'cosine') return vector;
  const norm = Math.fround(Math.hypot(...vector));
  if (norm === 0) throw new ValueError('got a vector of zeros, which no index of metric cosine holds: leave it out');
  if (!Number.isFinite(norm)) {
    throw new ValueError(
      'got a vector whose norm is too large for float32, which no index of metric cosine holds: scale it down',
    );
  }
  return vector;
}

/** Gives back the type FLOAT to numbers that are whole. */
function asFloat(value: Value): Value {
  if (typeof value === 'bigint') return Number(value);
  return Array.isArray(value) ? value.map(asFloat) : value;
}

const { encode: encodeAny } = columnType('ANY');

function refuseUnknownColumns(shape: RowShape, given: object): void {
  const known = shape.columns ?? [];
  for (const name of Object.keys(given)) {
    if (!known.some(column => column.name === name)) {
      throw new RowError(shape.table, name, `no such column; the schema has ${known.map(c => c.name).join(', ')}`);
    }
  }
}

/** Says where a value is that can't be encoded. @throws RowError */
export function at<T>(table: string, column: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw inRow(table, column, error);
  }
}

function inRow(table: string, column: string, error: unknown): unknown {
  const isOfValue = error instanceof ValueError || error instanceof DefinitionError;
  return isOfValue ? new RowError(table, column, error.message) : error;
}
