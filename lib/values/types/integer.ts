import neo4j from 'neo4j-driver';
import { type HeaderType, type StorableType, typedJson } from '../column-type.ts';
import { isInstance } from '../driver-class.ts';
import { fail, integer } from '../value.ts';

const { Integer } = neo4j.types;

export const integerType: StorableType<bigint> = {
  name: 'INTEGER',
  encode(value) {
    if (typeof value === 'bigint') return integer(value);
    if (Number.isSafeInteger(value)) return BigInt(value as number);
    if (Number.isInteger(value)) return fail(value, 'a bigint: beyond 2^53 a number may have lost digits');
    if (isInstance(value, Integer)) return integer(value.toBigInt());
    return fail(value, 'an integer');
  },
  listable: true,
  classes: [Integer],
  asked: ({ kind, formats }) =>
    kind === 'bigint' || (kind === 'number' && formats.some(({ format }) => format?.includes('int'))),
  headers: { byte: ofBits(8n), short: ofBits(16n), int: ofBits(32n), long: ofBits(64n) },
  stored: {
    form: 'bigint',
    text: value => `i${value}`,
    queryApi: {
      types: ['Integer'],
      write: value => typedJson('Integer', String(integer(value))),
      read: content => BigInt(content as string),
    },
    jolt: { sigil: 'Z', read: BigInt },
  },
};

function ofBits(bits: bigint): HeaderType {
  const most = 2n ** (bits - 1n);
  return {
    expected: `an integer of ${bits} bits`,
    read(text) {
      const digits = text.trim();
      const value = /^[+-]?\d{1,19}$/.test(digits) ? BigInt(digits.replace('+', '')) : undefined;
      return value === undefined || value < -most || value >= most ? undefined : value;
    },
  };
}
