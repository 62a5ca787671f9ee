/** Promise: a table's keys are of one type, in its rows and at the ends of its edges. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { derivedKey, fieldText } from '../../lib/definition/declaration.ts';
import { ContextKey, flow, type RelationTable, TableSchema } from '../../lib/index.ts';

function table(
  id: z.ZodType,
  { untyped = false, ...options }: { untyped?: boolean; keyNormalize?: 'trim' | 'nfc+trim' } = {},
) {
  let made: { node: (id: unknown) => unknown; ends: (from: unknown, to: unknown) => unknown } | undefined;
  flow(new ContextKey('keys'), graph => {
    const node = graph.nodeTable('N', untyped ? {} : { schema: TableSchema.from(z.object({ id })), ...options });
    const edge = graph.relationTable('R', node, node);
    made = {
      node: key => node.declareRecord({ id: key } as never).key,
      ends: (from, to) => edge.declareRelation({ fromId: from as never, toId: to as never }).ends,
    };
  });
  return made as NonNullable<typeof made>;
}

describe('a key', () => {
  it.each([
    ['INTEGER', z.int(), '101', 101n],
    ['INTEGER', z.int(), 101, 101n],
    ['INTEGER', z.int(), '-5', -5n],
    ['INTEGER', z.bigint(), '9007199254740993', 9007199254740993n],
    ['FLOAT', z.number(), '1.5', 1.5],
    ['FLOAT', z.number(), 2n ** 60n, 2n ** 60n],
    ['FLOAT', z.number(), '9007199254740993', 9007199254740993n],
    ['STRING', z.string(), '7', '7'],
    ['BOOLEAN', z.boolean(), true, true],
    ['ANY', z.union([z.string(), z.number()]), '7', '7'],
  ])('of type %s (%o) takes %o as %o', (_type, id, given, key) => {
    const { node, ends } = table(id);
    expect(node(given)).toBe(key);
    expect(ends(given, given)).toEqual({ from: key, to: key });
  });

  it.each([
    [z.int(), 'x1', 'got string "x1", expected an integer'],
    [z.int(), '1.0', 'got string "1.0", expected an integer'],
    [z.int(), ' 1', 'got string " 1", expected an integer'],
    [z.int(), 2 ** 53, 'may have lost digits'],
    [z.number(), 2 ** 53, 'may have lost digits'],
    [z.number(), '1,5', 'got string "1,5", expected a number'],
    [z.string(), 7, 'got number 7, expected a string'],
    [z.boolean(), 'true', 'got string "true", expected a boolean'],
    [z.string(), '\ud800', 'half a surrogate pair'],
  ])('of %o refuses %o at a node and at an end, where it names the type', (id, given, message) => {
    const { node, ends } = table(id);
    expect(() => node(given)).toThrow(`N.id: `);
    expect(() => node(given)).toThrow(message);
    expect(() => ends(given, given)).toThrow('R.fromId: ');
    expect(() => ends(given, given)).toThrow(message);
    expect(() => ends(given, given)).toThrow(/: N\.id is [A-Z]+$/);
  });

  it('without a schema is what it is given as, but never a number that may have lost digits', () => {
    const { node } = table(z.any(), { untyped: true });
    expect([node('7'), node(7)]).toEqual(['7', 7n]);
    expect(() => node(2 ** 53)).toThrow('got number 9007199254740992, expected a bigint or text as key');
  });

  it('goes through its column’s encoder, at the ends too', () => {
    const upper = z.string().meta({ neo4jEncoder: (text: string) => text.toUpperCase() } as never);
    const { node, ends } = table(upper);
    expect(node('ams')).toBe('AMS');
    expect(ends('ams', 'lhr')).toEqual({ from: 'AMS', to: 'LHR' });
  });

  it.each([z.iso.date(), z.array(z.string()), z.object({})])('can’t be of a type that is none of a key’s', id => {
    expect(() => table(id)).toThrow(
      /primaryKey id is a column of type .*, and a key is STRING, INTEGER, FLOAT or BOOLEAN/,
    );
  });
});

describe('which row an edge is', () => {
  let edge!: RelationTable<{ id: string }>;
  flow(new ContextKey('edges'), graph => {
    const [from, to] = [graph.nodeTable('A'), graph.nodeTable('B')];
    edge = graph.relationTable('R', from, to) as unknown as typeof edge;
  });
  const row = (fromId: unknown, toId: unknown, id?: string) =>
    edge.declareRelation({ fromId, toId, ...(id !== undefined && { record: { id } }) } as never).row;

  it('without a key of its own its typed ends tell, and a key that is what they would make is none', () => {
    expect(row(1, 'x')).not.toBe(row('1', 'x'));
    expect(row(1, 'x', 'A_1_B_x')).toBe(row(1, 'x'));
    expect(row('1', 'x', 'A_1_B_x')).toBe(row('1', 'x'));
  });

  it('with one that alone tells', () => {
    expect(row(1, 'x', 'own')).toBe(row(2, 'y', 'own'));
    expect(row(1, 'x', 'own')).not.toBe(row(1, 'x'));
  });
});

it('a row’s hash tells what belongs to a name from what belongs to its value', () => {
  expect(fieldText('a', '1')).toBe('\na=1');
  expect(fieldText('a=b', '1')).toBe('\n"a=b"=1');
  expect(fieldText('"a', '1')).toBe('\n"\\"a"=1');
});

describe('the id of an edge without a key', () => {
  const [from, to] = [{ label: 'A' }, { label: 'B' }];
  const end = fc.array(fc.constantFrom('_', 'A', 'B', '_B_', '~', '~0', '~1', 'x')).map(parts => parts.join(''));

  it('is another for other ends', () => {
    fc.assert(
      fc.property(end, end, end, end, (a, b, c, d) => {
        const same = derivedKey(from, to, { from: a, to: b }) === derivedKey(from, to, { from: c, to: d });
        expect(same).toBe(a === c && b === d);
      }),
      { numRuns: 20_000 },
    );
  });

  it('is as CocoIndex makes it, unless that could be of other ends', () => {
    expect(derivedKey(from, to, { from: 'a_B_b', to: 'c' })).toBe('A_a_B_b_B_c');
    expect(derivedKey(from, to, { from: 'a', to: 'b_B_c' })).toBe('A_a_B_~b~1B~1c');
    expect(derivedKey(from, to, { from: 'a', to: 'b_c' })).toBe('A_a_B_b_c');
  });
});

it('keyNormalize makes one of keys that look alike, in rows and at both ends', () => {
  const { node, ends } = table(z.string(), { keyNormalize: 'nfc+trim' });
  expect(node(' cafe\u0301')).toBe('café');
  expect(ends('cafe\u0301', 'b\u200b')).toEqual({ from: 'café', to: 'b' });
  expect(table(z.int(), { keyNormalize: 'trim' }).node(' 7 ')).toBe(7n);
});

it('a key goes through its column’s encoder, in rows and at both ends', () => {
  const lower = (value: unknown) => String(value).toLowerCase();
  const { node, ends } = table(z.string().meta({ neo4jEncoder: lower }));
  expect(node('ANN')).toBe('ann');
  expect(ends('ANN', 'Bob')).toEqual({ from: 'ann', to: 'bob' });
  // Which gets texts as they stand.
  const hex = (value: unknown) => (typeof value === 'string' ? BigInt(`0x${value}`) : 0n);
  expect(table(z.int().meta({ neo4jEncoder: hex })).node('10')).toBe(16n);
});
