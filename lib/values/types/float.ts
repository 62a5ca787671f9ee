import neo4j from 'neo4j-driver';
import { type Conversion, type HeaderType, type StorableType, typedJson } from '../column-type.ts';
import { isInstance } from '../driver-class.ts';
import { fail } from '../value.ts';

const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;
const SPECIAL: ReadonlyMap<string, number> = new Map(
  [Number.NaN, Infinity, -Infinity].map(value => [String(value), value]),
);

const header: HeaderType = {
  expected: 'a number',
  read(text) {
    const digits = text.trim();
    return NUMBER.test(digits) ? Number(digits) : SPECIAL.get(digits);
  },
};

/** NaN alone needs it: JSON has infinities as numbers too large for a double. */
const conversion: Conversion = {
  id: 'toFloat',
  send: value => (Number.isNaN(value) ? 'NaN' : value),
  takes: value => value === null || typeof value === 'number',
  cypher: sent => `toFloat(${sent})`,
};

/** Numbers as they are, NaN and infinities too; integers that no float is equal to are refused. */
export const floatType: StorableType<number> = {
  name: 'FLOAT',
  encode(value) {
    if (typeof value === 'number') return value;
    const whole = isInstance(value, neo4j.types.Integer) ? value.toBigInt() : value;
    if (typeof whole !== 'bigint') return fail(value, 'a number');
    const float = Number(whole);
    // Programs write a float beyond 2^53 with as few digits as tell it: as text it is that float, though not as integer.
    const isEqual = Number.isFinite(float) && (BigInt(float) === whole || String(float) === String(whole));
    return isEqual ? float : fail(value, 'a number that a FLOAT can hold');
  },
  listable: true,
  asked: ({ kind }) => kind === 'number',
  headers: { float: header, double: header },
  stored: {
    form: 'number',
    text: value => `f${floatText(value)}`,
    // 0.0 and -0.0.
    hasEquals: value => value === 0,
    queryApi: {
      types: ['Float'],
      write: typedFloat,
      read: Number,
    },
    jolt: {
      sigil: 'R',
      // An integer of more than 32 bits is called real, too. Java writes no real number without a point.
      read: text => (/^-?\d+$/.test(text) ? BigInt(text) : Number(text)),
    },
    conversion: (value, form) => (form === 'json' && Number.isNaN(value) ? conversion : undefined),
  },
};

/** Returns a float's text, `-0` apart from `0`. */
export function floatText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

export function typedFloat(value: number): string {
  return typedJson('Float', floatText(value));
}
