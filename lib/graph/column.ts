import neo4j from 'neo4j-driver';
import { encodeDuration } from './duration.ts';
import { DefinitionError } from './errors.ts';
import { identifier } from './identifier.ts';
import { encodeJson } from './json-text.ts';
import { encodePoint } from './point.ts';
import { encodeDate, encodeDateTime, encodeLocalDateTime, encodeLocalTime, encodeTime } from './temporal.ts';
import { fail, integer, typeOf, type Value, ValueError } from './value.ts';
import { encodeVector, type VectorSchema, vectorDimension } from './vector.ts';

/** Turns a non-null value of the row into what Neo4j stores. @throws ValueError when the value has another type */
export type Encoder = (value: unknown) => Value;

/** A column as a user may give it. */
export interface ColumnDef {
  /** Neo4j type name, e.g. `STRING`, `INTEGER`, `LIST<FLOAT>`, or a `VectorSchema`: see {@link encoderOf}. */
  readonly type: string | VectorSchema;
  /** Whether the value may be null or absent. Default true. */
  readonly nullable?: boolean;
  /**
   * Applied to non-null values; what it gives is stored by the column's type (for JSON, and for types that graphdrop doesn't
   * know, by its own: text stays text). With an encoder the type may be any text: it is metadata.
   */
  readonly encoder?: (value: unknown) => unknown;
}

/** A column ready for use. */
export interface Column {
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
  readonly encode: Encoder;
}

const ENCODERS: Readonly<Record<string, Encoder>> = {
  BOOLEAN: value => (typeof value === 'boolean' ? value : fail(value, 'a boolean')),
  STRING: value => (typeof value === 'string' ? value.toWellFormed() : fail(value, 'a string')),
  INTEGER: encodeInteger,
  FLOAT: encodeFloat,
  BYTES: encodeBytes,
  DATE: encodeDate,
  'LOCAL TIME': encodeLocalTime,
  'ZONED TIME': encodeTime,
  'LOCAL DATETIME': encodeLocalDateTime,
  'ZONED DATETIME': encodeDateTime,
  DURATION: encodeDuration,
  POINT: encodePoint,
  JSON: value => encodeJson(value),
  ANY: encodeAny,
};

/**
 * The encoder of a type name: those of docs/types.md, `VECTOR<FLOAT32>(n)`, and `LIST<...>` of one that a property can hold
 * lists of.
 *
 * @throws DefinitionError for any other name
 */
export function encoderOf(type: string): Encoder {
  const dimension = vectorDimension(type);
  if (dimension !== undefined) return value => encodeVector(value, dimension);
  const element = /^LIST<(.+)>$/.exec(type)?.[1];
  if (element !== undefined) {
    if (element === 'BYTES' || element.startsWith('LIST<') || element.startsWith('VECTOR')) {
      throw new DefinitionError(`no property can hold a ${type}; use JSON`);
    }
    const encode = encoderOf(element);
    return value => (Array.isArray(value) ? encodeList(value, encode) : fail(value, 'a list'));
  }
  const encoder = Object.hasOwn(ENCODERS, type) ? ENCODERS[type] : undefined;
  if (encoder === undefined) {
    throw new DefinitionError(
      `column type ${JSON.stringify(type)} is not known; use ${Object.keys(ENCODERS).join(', ')}, VECTOR<FLOAT32>(n), or LIST<...> of one`,
    );
  }
  return encoder;
}

/** Checks a column's name and options and finds its encoder. @throws DefinitionError */
export function makeColumn(name: string, def: ColumnDef): Column {
  const type = String(def.type);
  const column = { name: identifier(name, 'column'), type, nullable: def.nullable ?? true };
  const own = def.encoder;
  if (own === undefined) return { ...column, encode: inColumn(name, () => encoderOf(type)) };
  const result = type !== 'JSON' && isKnown(type) ? encoderOf(type) : encodeAny;
  return { ...column, encode: value => result(own(value)) };
}

/** Says which column a mistake is in. */
export function inColumn<T>(name: string, define: () => T): T {
  try {
    return define();
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    throw new DefinitionError(`column ${name}: ${error.message}`, { cause: error });
  }
}

function isKnown(type: string): boolean {
  try {
    encoderOf(type);
    return true;
  } catch {
    return false;
  }
}

/**
 * Encodes by the value's own type: integral numbers are INTEGER, others FLOAT; a Date is a ZONED DATETIME; the driver's
 * temporal types, durations, points, integers and vectors are what they are; other objects become JSON text.
 */
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
  if (typeof value !== 'object' || value === null) return fail(value, 'a value that Neo4j can store');
  if (Array.isArray(value)) return encodeList(value, encodeAny);
  if (value instanceof Date) return encodeDateTime(value);
  const found = BY_CLASS.find(([is]) => is(value));
  return found === undefined ? encodeJson(value) : found[1](value);
}

const BY_CLASS: readonly (readonly [(value: object) => boolean, Encoder])[] = [
  [value => value instanceof Uint8Array || value instanceof Int8Array, encodeBytes],
  [value => value instanceof Float32Array || neo4j.isVector(value), value => encodeVector(value)],
  [neo4j.isInt, encodeInteger],
  [neo4j.isDate, encodeDate],
  [neo4j.isLocalTime, encodeLocalTime],
  [neo4j.isTime, encodeTime],
  [neo4j.isLocalDateTime, encodeLocalDateTime],
  [neo4j.isDateTime, encodeDateTime],
  [neo4j.isDuration, encodeDuration],
  [neo4j.isPoint, encodePoint],
];

function encodeList(values: readonly unknown[], encode: Encoder): Value {
  const encoded = Array.from(values, (value, index) => {
    if (value === null || value === undefined) throw new ValueError(`got null at ${index}, which no list can hold`);
    return encode(value);
  });
  const types = new Set(encoded.map(typeOf));
  if (types.size === 2 && types.has('INTEGER') && types.has('FLOAT')) return encoded.map(encodeFloat);
  const [type = ''] = types;
  if (types.size > 1) throw new ValueError(`got a list of ${[...types].join(' and ')}, expected one type`);
  if (['LIST', 'BYTES', 'VECTOR'].includes(type))
    throw new ValueError(`got a list of ${type}, which no property can hold`);
  return encoded;
}

function encodeInteger(value: unknown): bigint {
  if (typeof value === 'bigint') return integer(value);
  if (Number.isSafeInteger(value)) return BigInt(value as number);
  if (Number.isInteger(value)) return fail(value, 'a bigint: beyond 2^53 a number may have lost digits');
  if (neo4j.isInt(value)) return integer(value.toBigInt());
  return fail(value, 'an integer');
}

/** Numbers as they are, NaN and infinities too; integers that no float is equal to are refused. */
function encodeFloat(value: unknown): number {
  if (typeof value === 'number') return value;
  const whole = neo4j.isInt(value) ? value.toBigInt() : value;
  if (typeof whole !== 'bigint') return fail(value, 'a number');
  return BigInt(Number(whole)) === whole ? Number(whole) : fail(value, 'a number that a FLOAT can hold');
}

/** A Uint8Array, or an Int8Array as the driver gives it. */
function encodeBytes(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (!(value instanceof Int8Array)) return fail(value, 'a Uint8Array');
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}
