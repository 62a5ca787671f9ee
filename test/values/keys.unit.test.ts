/** Promise: two keys are one exactly when Neo4j holds them for one, and values of different types are never one. */
import fc from 'fast-check';
import neo4j from 'neo4j-driver';
import { describe, expect, it } from 'vitest';
import { endsRow, keyedRow } from '../../lib/definition/declaration.ts';
import { valueText } from '../../lib/values/column-types.ts';
import { keyText, MAX_KEY_BYTES, parseKey, toKeyValue, type Value, ValueError } from '../../lib/values/value.ts';

const key = fc.oneof(
  fc.string(),
  fc.string({ unit: 'grapheme' }),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.double({ noNaN: true }),
  fc.boolean(),
);

describe('primary keys are one key exactly when Neo4j says so', () => {
  it.each([
    [1, 1n],
    [1, 1.0],
    [0, -0],
    [2 ** 53, 2n ** 53n],
    [-0.0, 0n],
  ])('%s and %s are one', (a, b) => {
    expect(toKeyValue(a)).toBe(toKeyValue(b));
  });

  it.each([
    [1, '1'],
    [true, 'true'],
    [1, true],
    [1.5, '1.5'],
    ['a', 'A'],
    ['é', 'e\u0301'],
    [2n ** 53n, 2n ** 53n + 1n],
  ])('%s and %s are two', (a, b) => {
    expect(keyText(toKeyValue(a))).not.toBe(keyText(toKeyValue(b)));
  });

  it('every key is read back as it was written', () => {
    fc.assert(
      fc.property(key, value => {
        const normal = toKeyValue(value);
        expect(parseKey(keyText(normal))).toStrictEqual(normal);
        expect(toKeyValue(normal)).toStrictEqual(normal);
      }),
    );
  });

  it.each([
    Number.NaN,
    null,
    undefined,
    {},
    [],
    new Date(0),
    2n ** 63n,
    'x'.repeat(MAX_KEY_BYTES + 1),
    'é'.repeat(MAX_KEY_BYTES / 2 + 1),
    '\ud800',
  ])('refuses %s', value => {
    expect(() => toKeyValue(value)).toThrow(ValueError);
  });
});

describe('rows are told apart', () => {
  it('edges whose endpoints would be alike when joined', () => {
    const ends = (from: string | bigint, to: string | bigint) => endsRow('t', { from, to });
    expect(ends('a_b', 'c')).not.toBe(ends('a', 'b_c'));
    expect(ends('1', '2')).not.toBe(ends(1n, '2'));
    expect(ends('a', 'b')).not.toBe(ends('b', 'a'));
  });

  it('by table, by key, and keyed ones from those told by endpoints', () => {
    expect(keyedRow('t', 'a')).not.toBe(keyedRow('u', 'a'));
    fc.assert(
      fc.property(key, key, (a, b) => {
        const [x, y] = [toKeyValue(a), toKeyValue(b)];
        expect(keyedRow('t', x) === keyedRow('t', y)).toBe(keyText(x) === keyText(y));
        expect(keyedRow('t', x)).not.toBe(endsRow('t', { from: x, to: y }));
      }),
    );
  });
});

it('the canonical text of a value tells types apart', () => {
  const values: Value[] = [
    1n,
    1,
    '1',
    true,
    'true',
    new neo4j.types.Date(1970, 1, 1),
    new neo4j.types.LocalDateTime(1970, 1, 1, 0, 0, 0, 0),
    new neo4j.types.DateTime(1970, 1, 1, 0, 0, 0, 0, 0),
    new neo4j.types.DateTime(1970, 1, 1, 0, 0, 0, 0, 0, 'UTC'),
    new neo4j.types.LocalTime(0, 0, 0, 0),
    new neo4j.types.Time(0, 0, 0, 0, 0),
    new neo4j.types.Duration(1n, 0n, 0n, 0n) as never,
    new neo4j.types.Point(7203, 1, 0),
    new neo4j.types.Point(4326, 1, 0),
    new neo4j.types.Point(9157, 1, 0, 0),
    [1n],
    [1],
    ['1'],
    new Uint8Array([1]),
    new Float32Array([1]),
    -0,
    0,
  ];
  expect(new Set(values.map(valueText)).size).toBe(values.length);
});
