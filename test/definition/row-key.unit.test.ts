/** Promise: a row's identity sorts as its key does, tells any two rows apart, is never long, and levels can't be chosen. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endsRow, keyedRow } from '../../lib/definition/declaration.ts';
import { byNumber, rowKey } from '../../lib/definition/row-key.ts';
import { tableTag } from '../../lib/definition/table-tag.ts';
import { objectId } from '../../lib/state/object-entry.ts';
import { boundaryLevel } from '../../lib/state/tree-shape.ts';
import { levelOf } from '../../lib/values/tree-level.ts';

const TABLE = 'n:Person:id';

/** Keys of all lengths up to Neo4j's limit, many of which have much in common, and end in digits or in what tells levels. */
const key = fc
  .tuple(
    fc.constantFrom('', 'x'.repeat(50), 'x'.repeat(90), 'é'.repeat(1_900), '😀'.repeat(60)),
    fc.string({ unit: fc.constantFrom(...'xA.019') }),
  )
  .map(([beginning, rest]) => beginning + rest);

describe('identities of rows', () => {
  it('differ wherever tables or keys do', () => {
    fc.assert(
      fc.property(key, key, (a, b) => {
        expect(keyedRow(TABLE, a) === keyedRow(TABLE, b)).toBe(a === b);
        expect(keyedRow(TABLE, a)).not.toBe(keyedRow('n:Place:id', a));
        expect(endsRow(TABLE, { from: a, to: b }) === endsRow(TABLE, { from: b, to: a })).toBe(a === b);
      }),
      { numRuns: 2_000 },
    );
  });

  it('are at most some 90 characters, of the longest keys too', () => {
    fc.assert(
      fc.property(key, text => {
        expect(keyedRow(TABLE, text).length).toBeLessThan(100);
      }),
    );
  });

  it('can’t be had by a key that has the text which stands for a longer one', () => {
    const long = 'y'.repeat(200);
    const told = rowKey(TABLE, long).slice(tableTag(TABLE).length).replace(/\.A*$/, '');
    expect(rowKey(TABLE, told)).not.toBe(rowKey(TABLE, long));
  });

  it.each([
    ['numbers at the end', ['person-9', 'person-10', 'person-99', 'person-100']],
    ['numbers with zeros in front', ['p008', 'p009', 'p010']],
    ['texts with a prefix in common', ['a/1', 'a/2', 'a/10', 'b/1']],
    ['integers', [1n, 2n, 10n, 11n, 100n, 2n ** 62n]],
  ])('sort as their keys do: %s', (_, keys) => {
    const rows = (keys as (string | bigint)[]).map(one => keyedRow(TABLE, one));
    expect([...rows].sort()).toEqual(rows);
    const ends = (keys as (string | bigint)[]).map(one => endsRow(TABLE, { from: 'a', to: one }));
    expect([...ends].sort()).toEqual(ends);
  });

  it('keep the rows of a table together', () => {
    const rows = ['a', 'z', 'm'].flatMap(one =>
      ['n:A:id', 'n:B:id'].map(table => [keyedRow(table, one), table] as const),
    );
    const tables = rows.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, table]) => table);
    expect(new Set([tables.slice(0, 3).join(), tables.slice(3).join()])).toEqual(
      new Set(['n:A:id,n:A:id,n:A:id', 'n:B:id,n:B:id,n:B:id']),
    );
  });
});

it('a number’s text sorts by it, and no two texts become one', () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(), (a, b) => {
      expect(byNumber(`n${a}`) < byNumber(`n${b}`)).toBe(a < b);
    }),
  );
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...'ab01') }),
      fc.string({ unit: fc.constantFrom(...'ab01') }),
      (a, b) => {
        expect(byNumber(a) === byNumber(b)).toBe(a === b);
      },
    ),
    { numRuns: 2_000 },
  );
});

describe('levels', () => {
  const count = 40_000;

  it.each([
    ['rows, sequential', 64, (n: number) => keyedRow(TABLE, BigInt(n))],
    ['rows whose keys end in As', 64, (n: number) => keyedRow(TABLE, `${n}AAAA`)],
    ['rows with long keys', 64, (n: number) => keyedRow(TABLE, `${'x'.repeat(200)}${n}`)],
    ['objects', 16, (n: number) => objectId(`part-${n}`)],
  ])('of %s: one of %i ends a leaf, one of 16 of these the level above', (_, leaf, of) => {
    const levels = Array.from({ length: count }, (__, n) => boundaryLevel(of(n)));
    const [first, second] = [1, 2].map(least => levels.filter(level => level >= least).length) as [number, number];
    expect(first / (count / leaf)).toBeGreaterThan(0.8);
    expect(first / (count / leaf)).toBeLessThan(1.25);
    expect(second / (first / 16)).toBeGreaterThan(0.4);
    expect(second / (first / 16)).toBeLessThan(2);
  });

  it.each([
    [0xffff_ffff, 6, 0],
    [0x07ff_ffff, 6, 0],
    [0x03ff_ffff, 6, 1],
    [0x007f_ffff, 6, 1],
    [0x003f_ffff, 6, 2],
    [0x0fff_ffff, 4, 1],
    [0, 6, 7],
  ])('follow from the zero bits of a hash: %i of which %i are a leaf’s make %i', (bits, leaf, level) => {
    expect(levelOf(bits, leaf)).toBe(level);
  });

  it('never make an identity of an object longer', () => {
    for (let n = 0; n < 2_000; n += 1) expect(objectId(`${n}`)).toHaveLength(24);
  });
});
