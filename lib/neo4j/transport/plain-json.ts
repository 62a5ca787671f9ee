/**
 * Values as plain JSON, which the server's parser takes for exactly these: a number without a point is INTEGER, of up to 64 bits,
 * one with a point or an exponent FLOAT.
 */
import { integer, render } from '../../values/value.ts';
import { jsonList, jsonMap } from './json-list.ts';

/**
 * The JSON text of a value: `bigint` is INTEGER, `number` FLOAT.
 *
 * @throws RangeError for values that JSON doesn't have, RequestTooLargeError
 */
export function toPlainJson(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value.toWellFormed());
    case 'bigint':
      return String(integer(value));
    case 'number':
      return float(value);
    case 'boolean':
      return String(value);
    case 'undefined':
      return 'null';
    case 'object':
      if (value === null) return 'null';
      if (Array.isArray(value)) return jsonList(value, toPlainJson);
      if (isMap(value)) return jsonMap(value, toPlainJson);
  }
  throw new RangeError(`plain JSON has no form for ${render(value)}`);
}

function float(value: number): string {
  if (Number.isNaN(value)) throw new RangeError('plain JSON has no NaN');
  // Read as a double, what is too large for one is infinite.
  if (!Number.isFinite(value)) return value < 0 ? '-1e999' : '1e999';
  if (Object.is(value, -0)) return '-0.0';
  const text = String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

function isMap(value: object): value is Record<string, unknown> {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
