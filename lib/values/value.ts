import type { DateTime, Duration, Integer, LocalDateTime, LocalTime, Date as NeoDate, Point, Time } from 'neo4j-driver';

/** A part of a temporal value, such as its year. */
export type Part = number | bigint | Integer;

/**
 * Values as Neo4j stores them, each in one JavaScript type and one normal form: `bigint` is INTEGER, `number` is FLOAT,
 * `Uint8Array` is BYTES, `Float32Array` is a float32 vector; temporal values, durations and points are the driver's.
 */
export type Value =
  | boolean
  | bigint
  | number
  | string
  | Uint8Array
  | Float32Array
  | NeoDate<Part>
  | LocalTime<Part>
  | Time<Part>
  | LocalDateTime<Part>
  | DateTime<Part>
  | Duration<bigint>
  | Point<number>
  | readonly Value[];

/** A primary-key value, as Neo4j tells keys apart: an integral FLOAT is the same key as the INTEGER. */
export type KeyValue = bigint | number | string | boolean;

const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;

/** Longest key in UTF-8 bytes: Neo4j's range index takes a little over 8,000 bytes and fails beyond with a server error. */
export const MAX_KEY_BYTES = 4000;

/** What is wrong with a value, without saying where: the caller knows the column. */
export class ValueError extends Error {}

/** Renders a value for messages: its type and at most 60 characters. */
export function render(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  const text =
    typeof value === 'string' ? JSON.stringify(value) : typeof value === 'object' ? describe(value) : String(value);
  return `${typeof value} ${text.length > 60 ? `${text.slice(0, 57)}...` : text}`;
}

/** Throws a ValueError that says what was got and what was expected. */
export function fail(value: unknown, expected: string): never {
  throw new ValueError(`got ${render(value)}, expected ${expected}`);
}

function describe(value: object): string {
  if (Array.isArray(value)) return `list of ${value.length}`;
  return value.constructor?.name ?? 'without a prototype';
}

/** Returns the integer. @throws ValueError if it doesn't fit Neo4j's 64 bits */
export function integer(value: bigint): bigint {
  if (value < MIN_INT64 || value > MAX_INT64) throw new ValueError(`got ${value}, expected a 64-bit integer`);
  return value;
}

/**
 * Normalises a primary-key value to the one form in which graphdrop stores it: `1`, `1n`, `1.0` are INTEGER 1, `-0` is 0.
 *
 * @throws ValueError for NaN, half surrogate pairs, other types, and keys over {@link MAX_KEY_BYTES}
 */
export function toKeyValue(value: unknown): KeyValue {
  switch (typeof value) {
    case 'boolean':
      return value;
    case 'bigint':
      return integer(value);
    case 'number': {
      if (Number.isNaN(value)) throw new ValueError('got NaN, which equals no key, not even itself');
      if (!Number.isInteger(value)) return value;
      const exact = BigInt(value);
      return exact < MIN_INT64 || exact > MAX_INT64 ? value : exact;
    }
    case 'string': {
      // As UTF-8 all lone surrogates are one character: different keys would become one.
      if (!value.isWellFormed()) throw new ValueError('got a key with half a surrogate pair, which is no text');
      const bytes = value.length > MAX_KEY_BYTES / 3 ? Buffer.byteLength(value) : value.length;
      if (bytes > MAX_KEY_BYTES)
        throw new ValueError(`got a key of ${bytes} bytes, at most ${MAX_KEY_BYTES} are possible`);
      return value;
    }
    default:
      throw new ValueError(`got ${render(value)}, expected a string, a number or a boolean as key`);
  }
}

/** Returns a text that tells a key's type and can be read back by {@link parseKey}: `i1`, `f1.5`, `sAMS`, `btrue`. */
export function keyText(key: KeyValue): string {
  switch (typeof key) {
    case 'bigint':
      return `i${key}`;
    case 'number':
      return `f${key}`;
    case 'string':
      return `s${key}`;
    case 'boolean':
      return `b${key}`;
  }
}

/** Reads what {@link keyText} wrote. */
export function parseKey(text: string): KeyValue {
  const rest = text.slice(1);
  switch (text[0]) {
    case 'i':
      return BigInt(rest);
    case 'f':
      return Number(rest);
    case 's':
      return rest;
    case 'b':
      return rest === 'true';
    default:
      throw new RangeError(`no key text: ${render(text)}`);
  }
}
