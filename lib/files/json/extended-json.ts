import { FLOAT_COLUMNS, type WithFloats } from '../../values/float-columns.ts';
import { ContentError } from '../content-error.ts';
import { describeValue } from '../describe-value.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Makes values of MongoDB's extended JSON, version 2, relaxed or canonical, and of what mongoexport wrote before
 * (https://www.mongodb.com/docs/manual/reference/mongodb-extended-json/). Of a record, top-level doubles stay FLOAT though they are whole.
 *
 * @throws ContentError without a line for a type that isn't known, or a value that is none of its type
 */
export function fromExtendedJson(record: unknown): unknown {
  const value = converted(record);
  if (typeof record !== 'object' || record === null || Array.isArray(record) || typeof value !== 'object') return value;
  const floats = Object.keys(record).filter(name => isDouble((record as Fields)[name]));
  if (floats.length > 0 && value !== null) (value as WithFloats)[FLOAT_COLUMNS] = new Set(floats);
  return value;
}

function isDouble(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0 && value.every(isDouble);
  return typeof value === 'object' && value !== null && Object.hasOwn(value, '$numberDouble');
}

function converted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(converted);
  const names = Object.keys(value);
  // A reference to another document ({ $ref, $id }) is an object like any.
  const marked = names.find(name => name.startsWith('$') && !['$ref', '$id', '$db'].includes(name));
  if (marked === undefined) return Object.fromEntries(names.map(name => [name, converted((value as Fields)[name])]));
  const type = TYPES[marked];
  const made = type?.((value as Fields)[marked], value as Fields);
  if (type === undefined || made === undefined)
    throw new ContentError(
      `${marked} of ${describeValue((value as Fields)[marked])} is ${type ? 'no value' : 'no type'} of extended JSON`,
    );
  return made === ABSENT ? null : made;
}

const ABSENT = Symbol('null');

/** By the first key of an object. Each gives undefined for what is none of its type. */
const TYPES: Readonly<Record<string, (content: unknown, value: Fields) => unknown>> = {
  $oid: text,
  $symbol: text,
  $uuid: text,
  $numberDecimal: text,
  $code: text,
  $undefined: () => ABSENT,
  $numberInt: integer,
  $numberLong: integer,
  $numberDouble: content => (NUMBER.test(String(content)) ? Number(content) : undefined),
  $date: dateOf,
  $binary: (content, { $type }) => binary(content, $type),
  $regularExpression: content => {
    const { pattern, options = '' } = fields(content);
    return typeof pattern === 'string' ? `/${pattern}/${options}` : undefined;
  },
  $regex: (content, { $options = '' }) => (typeof content === 'string' ? `/${content}/${$options}` : undefined),
  $timestamp: content => {
    const { t, i } = fields(content);
    return Number.isSafeInteger(t) && Number.isSafeInteger(i) ? { t, i } : undefined;
  },
};

const NUMBER = /^(?:[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|NaN|-?Infinity)$/;

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)$/;

function fields(content: unknown): Fields {
  return typeof content === 'object' && content !== null ? (content as Fields) : {};
}

function text(content: unknown): string | undefined {
  return typeof content === 'string' ? content : undefined;
}

function integer(content: unknown): number | bigint | undefined {
  if (!/^-?\d{1,19}$/.test(String(content))) return undefined;
  const number = Number(content);
  return Number.isSafeInteger(number) ? number : BigInt(String(content));
}

function dateOf(content: unknown): Date | undefined {
  const { $numberLong } = fields(content);
  // Date takes other texts too, by rules of its own: 01/02 for January.
  if (typeof content === 'string' && !INSTANT.test(content)) return undefined;
  const date = new Date(typeof content === 'string' ? content : Number(integer($numberLong ?? content) ?? Number.NaN));
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** Bytes; of subtype 4, a UUID's text. */
function binary(content: unknown, legacyType: unknown): Uint8Array | string | undefined {
  const { base64 = content, subType = legacyType } = fields(content);
  if (typeof base64 !== 'string') return undefined;
  const bytes = Uint8Array.from(Buffer.from(base64, 'base64'));
  if (Number.parseInt(String(subType), 16) !== 4 || bytes.length !== 16) return bytes;
  return Buffer.from(bytes)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
