import { DefinitionError } from './errors.ts';
import { identifier } from './identifier.ts';
import { integer, render, type Value, ValueError } from './value.ts';

/** Turns a non-null value of the row into what Neo4j stores. @throws ValueError when the value has another type */
export type Encoder = (value: unknown) => Value;

/** A column as a user may give it. */
export interface ColumnDef {
  /** Neo4j type name, e.g. `STRING`, `INTEGER`, `LIST<FLOAT>`: see {@link encoderOf}. */
  readonly type: string;
  /** Whether the value may be null or absent. Default true. */
  readonly nullable?: boolean;
  /** Applied to non-null values before they are stored. Default: by type. */
  readonly encoder?: (value: unknown) => unknown;
}

/** A column ready for use. */
export interface Column {
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
  readonly encode: Encoder;
}

const ENCODERS: Record<string, Encoder> = {
  BOOLEAN: value => expectType(value, typeof value === 'boolean', 'a boolean'),
  STRING: value => (typeof value === 'string' ? value.toWellFormed() : fail(value, 'a string')),
  INTEGER: encodeInteger,
  FLOAT: value =>
    typeof value === 'bigint' ? Number(value) : expectType(value, typeof value === 'number', 'a number'),
  'ZONED DATETIME': value => expectType(value, value instanceof Date && !Number.isNaN(value.getTime()), 'a valid Date'),
  BYTES: value => expectType(value, value instanceof Uint8Array, 'a Uint8Array'),
  JSON: encodeJson,
  ANY: encodeAny,
};

/**
 * The encoder of a type name: `BOOLEAN`, `STRING`, `INTEGER`, `FLOAT`, `ZONED DATETIME`, `BYTES`, `JSON` (any JSON value, stored
 * as text), `ANY` (by the value itself) and `LIST<...>` of one of these.
 *
 * @throws DefinitionError for any other name
 */
export function encoderOf(type: string): Encoder {
  const element = /^LIST<(.+)>$/.exec(type)?.[1];
  if (element !== undefined) {
    const encode = encoderOf(element);
    return value => (Array.isArray(value) ? encodeList(value, encode) : fail(value, 'a list'));
  }
  const encoder = Object.hasOwn(ENCODERS, type) ? ENCODERS[type] : undefined;
  if (encoder === undefined) {
    throw new DefinitionError(
      `column type ${JSON.stringify(type)} is not known; use ${Object.keys(ENCODERS).join(', ')} or LIST<...> of one`,
    );
  }
  return encoder;
}

/** Checks a column's name and options and finds its encoder. */
export function makeColumn(name: string, def: ColumnDef): Column {
  const standard = encoderOf(def.type);
  const own = def.encoder;
  const encode: Encoder = own === undefined ? standard : value => encodeAny(own(value));
  return { name: identifier(name, 'column'), type: def.type, nullable: def.nullable ?? true, encode };
}

/** Encodes a vector as float32. @throws ValueError unless it has that many finite numbers */
export function encodeVector(value: unknown, dimension: number): Float32Array {
  if (!Array.isArray(value) && !(value instanceof Float32Array)) return fail(value, `a vector of ${dimension} numbers`);
  if (value.length !== dimension) {
    throw new ValueError(`got a vector of ${value.length} numbers, expected ${dimension}`);
  }
  const vector = Float32Array.from(value, element => (typeof element === 'number' ? element : Number.NaN));
  const bad = vector.findIndex(element => !Number.isFinite(element));
  if (bad >= 0) throw new ValueError(`got ${render(value[bad])} at ${bad}, expected a finite float32 number`);
  return vector;
}

/** Encodes by the value's own type: integral numbers are INTEGER, others FLOAT; objects become JSON text. */
export function encodeAny(value: unknown): Value {
  switch (typeof value) {
    case 'boolean':
      return value;
    case 'string':
      return value.toWellFormed();
    case 'bigint':
      return integer(value);
    case 'number':
      return Number.isSafeInteger(value) && !Object.is(value, -0) ? BigInt(value) : value;
  }
  if (value instanceof Date) return expectType(value, !Number.isNaN(value.getTime()), 'a valid Date');
  if (value instanceof Uint8Array || value instanceof Float32Array) return value;
  if (Array.isArray(value)) return encodeList(value, encodeAny);
  if (typeof value === 'object' && value !== null) return encodeJson(value);
  return fail(value, 'a value that Neo4j can store');
}

function encodeList(values: readonly unknown[], encode: Encoder): Value {
  const encoded = values.map((value, index) => {
    if (value === null || value === undefined) throw new ValueError(`got null at ${index}, which no list can hold`);
    return encode(value);
  });
  const kinds = new Set(encoded.map(kind));
  if (kinds.size === 2 && kinds.has('bigint') && kinds.has('number')) return encoded.map(Number);
  if (kinds.size > 1) throw new ValueError(`got a list of ${[...kinds].join(' and ')}, expected one type`);
  if (kinds.has('list')) throw new ValueError('got a list of lists, which no property can hold');
  return encoded;
}

function kind(value: Value): string {
  return typeof value === 'object' ? (Array.isArray(value) ? 'list' : value.constructor.name) : typeof value;
}

function encodeInteger(value: unknown): bigint {
  if (typeof value === 'bigint') return integer(value);
  if (typeof value === 'number' && Number.isInteger(value)) return integer(BigInt(value));
  return fail(value, 'an integer');
}

/** JSON with sorted keys, so that equal content is equal text; integers beyond 2^53 keep their digits. */
function encodeJson(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Date) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(encodeJson).join(',')}]`;
  if (typeof value === 'object') {
    const fields = Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, field]) => `${JSON.stringify(name)}:${encodeJson(field)}`);
    return `{${fields.join(',')}}`;
  }
  return JSON.stringify(value) ?? fail(value, 'a JSON value');
}

function expectType<T>(value: unknown, ok: boolean, expected: string): T {
  return ok ? (value as T) : fail(value, expected);
}

function fail(value: unknown, expected: string): never {
  throw new ValueError(`got ${render(value)}, expected ${expected}`);
}
