import * as z from 'zod';

/** A kind of values that a column may hold, with the schema that the proposed flow gives it. */
export interface ColumnKind {
  readonly name: string;
  /** The schema as code. */
  readonly code: string;
  /** Whether values of it make good keys. */
  readonly asKey: boolean;
  /** Tells whether a value is of this kind, and the schema accepts it. */
  readonly accepts: (value: unknown) => boolean;
}

function kind(
  name: string,
  code: string,
  schema: z.ZodType,
  looksSo: (value: unknown) => boolean,
  asKey = false,
): ColumnKind {
  return { name, code, asKey, accepts: value => looksSo(value) && schema.safeParse(value).success };
}

const matches = (pattern: RegExp) => (value: unknown) => typeof value === 'string' && pattern.test(value);

/** A number with a zero before it is a code: `00501`. */
const INTEGER = matches(/^-?(0|[1-9]\d{0,15})$/);
const NUMBER = matches(/^-?(0|[1-9]\d*)?(\.\d+)?([eE][-+]?\d+)?$/);
const LOCAL = matches(/^\d{4}-\d\d-\d\dT[\d:.]+$/);
const ZONED = matches(/^\d{4}-\d\d-\d\dT[\d:.]+(Z|[-+]\d\d:\d\d)$/);

const DATES: readonly ColumnKind[] = [
  kind('date', 'z.iso.date()', z.iso.date(), matches(/^\d{4}-\d\d-\d\d$/), true),
  kind('datetime', 'z.iso.datetime({ offset: true })', z.iso.datetime({ offset: true }), ZONED),
  kind('local datetime', 'z.iso.datetime({ local: true })', z.iso.datetime({ local: true }), LOCAL),
];

const STRING = kind('string', 'z.string()', z.string(), value => typeof value === 'string', true);

/** Cells with decimals. What is called a key is a code, though: `11.10` and `11.1` are two. */
export const DECIMAL: ColumnKind = kind('number', 'z.coerce.number()', z.coerce.number(), NUMBER);

/** Kinds of the cells of CSV, special ones before general ones. */
export const TEXT_KINDS: readonly ColumnKind[] = [
  kind('boolean', 'z.stringbool()', z.stringbool(), matches(/^(true|false)$/i)),
  kind('integer', 'z.coerce.number().int()', z.coerce.number().int(), INTEGER, true),
  DECIMAL,
  ...DATES,
  STRING,
];

/** Kinds of the values of JSON and Parquet, special ones before general ones. */
export const VALUE_KINDS: readonly ColumnKind[] = [
  kind('boolean', 'z.boolean()', z.boolean(), value => typeof value === 'boolean'),
  kind('integer', 'z.int()', z.int(), Number.isSafeInteger, true),
  // Of large ids, too: the next may be a small one, which JSON gives as a number.
  kind('integer', 'z.union([z.int(), z.bigint()])', z.union([z.int(), z.bigint()]), isInteger, true),
  kind('number', 'z.number()', z.number(), value => typeof value === 'number'),
  ...DATES,
  STRING,
  kind('datetime', 'z.date()', z.date(), value => value instanceof Date),
  kind('list of strings', 'z.array(z.string())', z.array(z.string()), Array.isArray),
  kind('list of integers', 'z.array(z.int())', z.array(z.int()), Array.isArray),
  kind('list of numbers', 'z.array(z.number())', z.array(z.number()), Array.isArray),
  { name: 'any', code: 'z.unknown()', asKey: false, accepts: () => true },
];

function isInteger(value: unknown): boolean {
  return typeof value === 'bigint' || Number.isSafeInteger(value);
}
