/** Promise: integers go to the database as the driver would send them, and nothing else of a row is touched. */
import fc from 'fast-check';
import neo4j, { type Integer } from 'neo4j-driver';
import { expect, it } from 'vitest';
import { withIntegers } from '../../lib/neo4j/transport/bolt-integers.ts';

/** Where the driver takes one byte more or less. */
const EDGES = [-16n, 128n, -128n, 32_768n, -32_768n, 2n ** 31n, -(2n ** 31n), 2n ** 53n];
const LEAST = -(2n ** 63n);
const MOST = 2n ** 63n - 1n;

const integer = fc.oneof(
  fc.bigInt({ min: LEAST, max: MOST }),
  fc.integer({ min: -40_000, max: 40_000 }).map(BigInt),
  fc.tuple(fc.constantFrom(...EDGES), fc.integer({ min: -2, max: 2 })).map(([edge, step]) => edge + BigInt(step)),
  fc.constantFrom(LEAST, MOST),
);

it('is of the same bits, and compares in the same way, as the driver makes of it', () => {
  fc.assert(
    fc.property(integer, value => {
      const ours = withIntegers(value) as unknown as Integer;
      const theirs = neo4j.int(value);
      expect(neo4j.isInt(ours)).toBe(true);
      expect([ours.high, ours.low]).toEqual([theirs.high, theirs.low]);
      for (const edge of [-0x10, 0x80, -0x80, -0x8000, 0x8000, -0x80000000, 0x80000000]) {
        expect(ours.greaterThanOrEqual(edge)).toBe(theirs.greaterThanOrEqual(edge));
        expect(ours.lessThan(edge)).toBe(theirs.lessThan(edge));
      }
    }),
    { numRuns: 2_000 },
  );
});

it('wherever a row has one', () => {
  const formed = withIntegers([['key', 5n, [1n, -2n], { a: 3n, b: ['x', 2n ** 40n] }, 1.5, null]]);
  expect(hasInteger(formed)).toBe(false);
});

it('in lists and maps of any depth; all else is as it was', () => {
  const point = new neo4j.Point(neo4j.int(4326), 1, 2);
  const value = fc.letrec(tie => ({
    value: fc.oneof({ maxDepth: 4 }, integer, fc.double(), fc.string(), fc.boolean(), fc.constant(null), tie('more')),
    more: fc.oneof(
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(fc.stringMatching(/^[a-z]{1,3}$/), tie('value'), { maxKeys: 4, noNullPrototype: true }),
      fc.constantFrom(point, new Int8Array([1, 2])),
    ),
  })).value;
  fc.assert(
    fc.property(value, given => {
      const formed = withIntegers(given);
      expect(plain(formed)).toEqual(given);
      if (!hasInteger(given)) expect(formed).toBe(given);
    }),
  );
});

/** Returns a value with integers as bigint again, at any depth. */
function plain(value: unknown): unknown {
  if (neo4j.isInt(value)) return value.toBigInt();
  if (Array.isArray(value)) return value.map(plain);
  if (!isMap(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, plain(field)]));
}

function hasInteger(value: unknown): boolean {
  if (typeof value === 'bigint') return true;
  if (Array.isArray(value)) return value.some(hasInteger);
  return isMap(value) && Object.values(value).some(hasInteger);
}

function isMap(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
