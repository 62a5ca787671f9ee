import { isPlain, markOf } from './driver-class.ts';
import { FLOAT_COLUMNS, type WithFloats } from './float-columns.ts';

/** Something in a value has no content that could be told: a function, say, or an instance of a foreign class. */
class NoContent extends Error {}

/**
 * Returns a text of everything that a function could tell of a value, the order of fields among it: equal texts, equal values. Null: the
 * value holds something whose content can't be told, such as a function or an instance of a foreign class.
 */
export function contentText(value: unknown): string | null {
  try {
    return textOf(value);
  } catch (error) {
    // Too deep counts, too, and what refers to itself.
    if (error instanceof NoContent || error instanceof RangeError) return null;
    throw error;
  }
}

function textOf(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value);
    case 'bigint':
      return `${value}n`;
    case 'boolean':
    case 'undefined':
      return String(value);
    case 'object':
      return value === null ? 'null' : objectText(value);
    default:
      throw new NoContent();
  }
}

function objectText(value: object): string {
  if (Array.isArray(value)) {
    // One with holes, or with fields of its own, as what a regular expression found has.
    if (Object.keys(value).length !== value.length) throw new NoContent();
    return `[${value.map(textOf).join()}]`;
  }
  if (isPlain(value)) {
    const names = Object.getPrototypeOf(value) === null ? 'null' : '';
    return `${names}{${fieldsText(value)}}${floatsText(value)}`;
  }
  if (ArrayBuffer.isView(value)) {
    const { buffer, byteOffset, byteLength } = value;
    return `${value.constructor.name}(${Buffer.from(buffer, byteOffset, byteLength).toString('base64')})`;
  }
  if (value instanceof Date) return `Date(${value.getTime()})`;
  if (value instanceof Map) return `Map(${[...value].map(textOf).join()})`;
  if (value instanceof Set) return `Set(${[...value].map(textOf).join()})`;
  const mark = markOf(Object.getPrototypeOf(value) as object);
  if (mark === undefined) throw new NoContent();
  return `${mark}{${fieldsText(value)}}`;
}

function fieldsText(value: object): string {
  if (Object.getOwnPropertySymbols(value).some(symbol => symbol !== FLOAT_COLUMNS)) throw new NoContent();
  return Object.entries(value)
    .map(([name, field]) => `${JSON.stringify(name)}:${textOf(field)}`)
    .join();
}

/** Of two records that are equal in JavaScript one may have a FLOAT where the other has an INTEGER. */
function floatsText(value: WithFloats): string {
  const floats = value[FLOAT_COLUMNS];
  return floats === undefined ? '' : `floats${JSON.stringify([...floats].sort())}`;
}
