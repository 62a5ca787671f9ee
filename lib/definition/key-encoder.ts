import { DefinitionError } from '../errors.ts';
import { type KeyNormalize, normalKey } from '../values/key-form.ts';
import { fail, type KeyValue, toKeyValue } from '../values/value.ts';
import type { Column } from './column.ts';

/** Makes a table's key of what a row or an edge's end gives. @throws ValueError */
export type KeyEncoder = (value: unknown) => KeyValue;

/** The types whose values Neo4j's index tells apart exactly as graphdrop does. */
const KEY_TYPES = ['STRING', 'INTEGER', 'FLOAT', 'BOOLEAN', 'ANY'];

/**
 * Returns how a table's keys are made, in its own rows and at the ends of its edges: by the type and encoder of the key's column. A
 * text that is exactly a number is that number where the column is INTEGER or FLOAT.
 *
 * @param column undefined: the table has no schema, and a key is what it is given as
 * @param normalize what is done to texts first. Default: nothing
 * @throws DefinitionError for a column of a type that no key has
 */
export function keyEncoder(column: Column | undefined, what: string, normalize?: KeyNormalize): KeyEncoder {
  const encodeKey = exactEncoder(column, what);
  if (normalize === undefined) return encodeKey;
  return value => encodeKey(typeof value === 'string' ? normalKey(value, normalize) : value);
}

function exactEncoder(column: Column | undefined, what: string): KeyEncoder {
  if (column === undefined) return value => exactKey(required(value));
  const { name, type, encode, hasEncoder } = column;
  if (hasEncoder) return value => exactKey(encode(required(value)));
  if (!KEY_TYPES.includes(type)) {
    throw new DefinitionError(
      `${what}: primaryKey ${name} is a column of type ${type}, and a key is STRING, INTEGER, FLOAT or BOOLEAN: ` +
        "say one by .meta({ neo4jType: 'STRING' }), with neo4jEncoder if values need one",
    );
  }
  return value => {
    const given = fromText(type, required(value));
    // As a key, an integer that is given for a FLOAT stays one: Neo4j holds the two for equal.
    return exactKey(type === 'FLOAT' && typeof given === 'bigint' ? given : encode(given));
  };
}

/** How spreadsheets write numbers of 12 digits and more. */
const SHORTENED = /^-?\d\.\d+E\+\d\d+$/;

const WHOLE = /^-?\d{1,19}$/;
const DECIMAL = /^-?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;

function fromText(type: string, value: unknown): unknown {
  if (typeof value !== 'string' || (type !== 'INTEGER' && type !== 'FLOAT')) return value;
  if (WHOLE.test(value)) return BigInt(value);
  return type === 'FLOAT' && DECIMAL.test(value) ? Number(value) : value;
}

function required(value: unknown): unknown {
  // As UTF-8 all lone surrogates are one character: an encoder must not make one key of different ones.
  return typeof value === 'string' || value === null || value === undefined ? toKeyValue(value) : value;
}

/** Normalises a key. @throws ValueError for a number that may stand for others */
function exactKey(value: unknown): KeyValue {
  if (Number.isInteger(value) && !Number.isSafeInteger(value))
    return fail(value, 'a bigint or text as key: beyond 2^53 a number may have lost digits');
  if (typeof value === 'string' && value.includes('E+') && SHORTENED.test(value))
    return fail(
      value,
      "all digits of the key: so a spreadsheet writes a number that is too long for its column's width",
    );
  return toKeyValue(value);
}
