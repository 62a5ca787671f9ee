/** Promise: numbers of JSON come out as they are written, or as the nearest FLOAT; what no number can hold is refused, wherever it stands. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseJson } from '../../lib/files/json/json-value.ts';

/** Literals of RFC 8259 about the places where their kinds part. */
const integer = fc.oneof(
  fc.bigInt({ min: -(2n ** 53n) - 3n, max: -(2n ** 53n) + 3n }),
  fc.bigInt({ min: 2n ** 53n - 3n, max: 2n ** 53n + 3n }),
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
  fc.integer().map(BigInt),
);
const fraction = fc
  .tuple(integer, fc.stringMatching(/^\d{1,20}$/), fc.constantFrom('', 'e3', 'E-5', 'e+20', 'e280'))
  .map(([whole, digits, exponent]) => `${whole}.${digits}${exponent}`);
const literal = fc.oneof(integer.map(String), fraction, fc.constantFrom('0', '-0', '1e15', '1e16', '9e307', '1E-400'));

function expected(text: string): number | bigint {
  const number = Number(text);
  return /^-?\d+$/.test(text) && !Number.isSafeInteger(number) ? BigInt(text) : number;
}

/** A place for some literals, and what is read of it. */
const PLACES: readonly (readonly [write: (all: readonly string[]) => string, read: (value: never) => unknown[]])[] = [
  [all => `[${all.join(',')}]`, (value: unknown[]) => value],
  [all => `{"a":[[${all.join(' , ')}]]}`, (value: { a: unknown[][] }) => value.a[0] ?? []],
  [all => `{${all.map((one, i) => `"k${i}":${one}`).join()}}`, (value: object) => Object.values(value)],
  [all => `{${all.map((one, i) => `"\\\\${i}":{"x":${one}}`).join()}}`, value => Object.values(value).map(xOf)],
];

function xOf(value: unknown): unknown {
  return (value as { readonly x: unknown }).x;
}

it('whatever is written, in any place', () => {
  fc.assert(
    fc.property(fc.constantFrom(...PLACES), fc.array(literal, { minLength: 1, maxLength: 6 }), ([write, read], all) => {
      expect(read(parseJson(write(all), 100) as never)).toEqual(all.map(expected));
    }),
    { numRuns: 5_000 },
  );
});

it('alone', () => {
  fc.assert(
    fc.property(literal, text => {
      expect(parseJson(text, 100)).toEqual(expected(text));
    }),
    { numRuns: 1_000 },
  );
});

it.each(['1e400', '-1e309', '123.5e400'])('%s is beyond all of them, in any place', beyond => {
  for (const [write] of PLACES) {
    expect(() => parseJson(write([beyond]), 100)).toThrow('1.8e308');
    expect(() => parseJson(write(['1', beyond, '2']), 100)).toThrow('1.8e308');
    expect(() => parseJson(write(['12345678901234567890', beyond]), 100)).toThrow('1.8e308');
  }
});

it.each([
  '{"__proto__":1}',
  '{"a":{"__proto__":1}}',
  '[{"b":1},{"__proto__":{}}]',
  '{"a":1,"\\u005f_proto__":2}',
  '{"a":12345678901234567890,"b":{"_\\u005fproto__":2}}',
])('a key __proto__ is refused: %s', text => {
  expect(() => parseJson(text, 100)).toThrow('__proto__');
});

it('so is an integer of more than a thousand digits', () => {
  expect(parseJson(`[${'9'.repeat(1_000)}]`, 100)).toEqual([BigInt('9'.repeat(1_000))]);
  expect(() => parseJson(`[${'9'.repeat(1_001)}]`, 100)).toThrow('1001 digits');
});
