/** Promise: a column takes the documented forms of its type, each to one value, and refuses everything else with a reason. */
import fc from 'fast-check';
import neo4j from 'neo4j-driver';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { makeColumn } from '../../lib/definition/column.ts';
import { definitionHash } from '../../lib/definition/definition.ts';
import { zodColumn } from '../../lib/definition/zod-column.ts';
import { ContextKey, flow, TableSchema, VectorSchema } from '../../lib/index.ts';
import { columnType, valueText } from '../../lib/values/column-types.ts';
import type { Value } from '../../lib/values/value.ts';
import { anyValue } from '../neo4j/any-value.ts';

const { types } = neo4j;
const typeOf = (schema: z.core.$ZodType) => {
  const { type, nullable } = zodColumn('c', schema);
  return `${type}${nullable ? '' : ' NOT NULL'}`;
};

/** What TypeScript makes of `enum Level { Low, High }`. */
const Level = { 0: 'Low', 1: 'High', Low: 0, High: 1 } as const;

describe('the column of a zod field', () => {
  it.each<[string, z.core.$ZodType, string]>([
    ['z.boolean()', z.boolean(), 'BOOLEAN NOT NULL'],
    ['z.string()', z.string(), 'STRING NOT NULL'],
    ['z.email()', z.email(), 'STRING NOT NULL'],
    ['z.uuid()', z.uuid(), 'STRING NOT NULL'],
    ['z.templateLiteral()', z.templateLiteral(['a', z.int()]), 'STRING NOT NULL'],
    ['z.number()', z.number(), 'FLOAT NOT NULL'],
    ['z.int()', z.int(), 'INTEGER NOT NULL'],
    ['z.number().int()', z.number().int(), 'INTEGER NOT NULL'],
    ['z.int32()', z.int32(), 'INTEGER NOT NULL'],
    ['z.float32()', z.float32(), 'FLOAT NOT NULL'],
    ['z.bigint()', z.bigint(), 'INTEGER NOT NULL'],
    ['z.date()', z.date(), 'ZONED DATETIME NOT NULL'],
    ['z.coerce.date()', z.coerce.date(), 'ZONED DATETIME NOT NULL'],
    ['z.iso.date()', z.iso.date(), 'DATE NOT NULL'],
    ['z.string().date()', z.string().date(), 'DATE NOT NULL'],
    ['z.iso.time()', z.iso.time(), 'LOCAL TIME NOT NULL'],
    ['z.iso.datetime()', z.iso.datetime(), 'ZONED DATETIME NOT NULL'],
    ['z.iso.datetime({ offset })', z.iso.datetime({ offset: true }), 'ZONED DATETIME NOT NULL'],
    ['z.iso.datetime({ local })', z.iso.datetime({ local: true }), 'LOCAL DATETIME NOT NULL'],
    ['z.iso.duration()', z.iso.duration(), 'DURATION NOT NULL'],
    ['z.enum([...])', z.enum(['a', 'b']), 'STRING NOT NULL'],
    ['z.enum({ numbers })', z.enum({ a: 1, b: 2 }), 'INTEGER NOT NULL'],
    ['z.enum(of numbers)', z.enum(Level), 'INTEGER NOT NULL'],
    ['z.literal([1.5, 2.5])', z.literal([1.5, 2.5]), 'FLOAT NOT NULL'],
    ['z.literal(true)', z.literal(true), 'BOOLEAN NOT NULL'],
    ['z.literal([a, null])', z.literal(['a', null]), 'STRING'],
    ['z.array(string)', z.array(z.string()), 'LIST<STRING> NOT NULL'],
    ['z.array(date)', z.array(z.iso.date()), 'LIST<DATE> NOT NULL'],
    ['z.tuple of one type', z.tuple([z.number(), z.number()]), 'LIST<FLOAT> NOT NULL'],
    ['z.tuple of many', z.tuple([z.number(), z.string()]), 'JSON NOT NULL'],
    ['z.array(array)', z.array(z.array(z.string())), 'JSON NOT NULL'],
    ['z.array(object)', z.array(z.object({ a: z.string().nullable() })), 'JSON NOT NULL'],
    ['z.object()', z.object({ a: z.string() }), 'JSON NOT NULL'],
    ['z.record()', z.record(z.string(), z.int()), 'JSON NOT NULL'],
    ['z.json()', z.json(), 'ANY'],
    ['z.instanceof(Uint8Array)', z.instanceof(Uint8Array), 'BYTES NOT NULL'],
    ['z.instanceof(Duration)', z.instanceof(types.Duration), 'DURATION NOT NULL'],
    ['z.instanceof(Point)', z.instanceof(types.Point), 'POINT NOT NULL'],
    ['z.instanceof(Time)', z.instanceof(types.Time), 'ZONED TIME NOT NULL'],
    ['nullable', z.string().nullable(), 'STRING'],
    ['optional', z.int().optional(), 'INTEGER'],
    ['nullish', z.bigint().nullish(), 'INTEGER'],
    ['default', z.string().default('x'), 'STRING NOT NULL'],
    ['optional default', z.string().optional().default('x'), 'STRING NOT NULL'],
    ['nullable default', z.string().nullable().default('x'), 'STRING'],
    ['readonly, catch', z.string().catch('x').readonly(), 'STRING NOT NULL'],
    ['union of one type', z.union([z.string(), z.email(), z.null()]), 'STRING'],
    ['union of many', z.union([z.string(), z.int()]), 'ANY NOT NULL'],
    ['intersection', z.intersection(z.object({ a: z.int() }), z.object({ b: z.int() })), 'JSON NOT NULL'],
    ['pipe: the outcome', z.string().transform(Number).pipe(z.int()), 'INTEGER NOT NULL'],
    ['z.stringbool()', z.stringbool(), 'BOOLEAN NOT NULL'],
    ['unknown', z.unknown(), 'ANY'],
    ['neo4jType', z.number().meta({ neo4jType: 'INTEGER' }), 'INTEGER NOT NULL'],
    ['neo4jType of a wrapped field', z.string().meta({ neo4jType: 'DATE' }).optional(), 'DATE'],
    ['neo4jType of a wrapper', z.string().optional().meta({ neo4jType: 'DATE' }), 'DATE'],
    [
      'neo4jType of a transform',
      z
        .string()
        .transform(s => s.length)
        .meta({ neo4jType: 'INTEGER' }),
      'INTEGER NOT NULL',
    ],
    ['VectorSchema', z.array(z.number()).meta({ neo4jType: new VectorSchema(3) }), 'VECTOR<FLOAT32>(3) NOT NULL'],
    ['a list of an overridden type', z.array(z.string().meta({ neo4jType: 'DATE' })), 'LIST<DATE> NOT NULL'],
  ])('%s', (_, schema, type) => {
    expect(typeOf(schema)).toBe(type);
  });

  it.each<[string, z.core.$ZodType, string]>([
    ['a transform', z.string().transform(s => s.length), 'column c: the outcome of a transform has no type'],
    ['a map', z.map(z.string(), z.string()), 'column c: zod’s map has no type'.replace('’', "'")],
    ['a set', z.set(z.string()), "column c: zod's set has no type"],
    ['a function', z.function() as never, "column c: zod's function has no type"],
    ['a class nobody knows', z.instanceof(Map), 'column c: an instance of Map has no type'],
    ['a custom schema', z.custom<string>(), 'column c: a custom schema has no type'],
    ['a vector without dimension', z.instanceof(Float32Array), 'column c: a vector needs its dimension'],
    ['a list with nulls', z.array(z.string().nullable()), 'column c: no list in Neo4j can hold null'],
    ['null alone', z.null(), 'column c can only be null'],
  ])('can’t be told of %s, and the definition fails', (_, schema, message) => {
    expect(() => TableSchema.from(z.object({ c: schema as z.ZodType }))).toThrow(message);
  });

  it('can be any type with an encoder, whose result is stored', () => {
    const field = z
      .object({ a: z.int() })
      .meta({ neo4jType: 'STRING', neo4jEncoder: (v: { a: number }) => `a=${v.a}` });
    const { columns } = TableSchema.from(
      z.object({ c: field, d: z.map(z.int(), z.int()).meta({ neo4jType: 'PAIRS', neo4jEncoder: String }) }),
    );
    expect(columns.map(({ type, encode }) => [type, encode({ a: 1 })])).toEqual([
      ['STRING', 'a=1'],
      ['PAIRS', '[object Object]'],
    ]);
  });

  it('takes part in the definition’s fingerprint by its type', () => {
    const hash = (field: z.ZodType) =>
      definitionHash(
        flow(new ContextKey('k'), g =>
          g.nodeTable('A', { schema: TableSchema.from(z.object({ id: z.string(), f: field })) }),
        ).definition,
      );
    expect(hash(z.number())).not.toBe(hash(z.number().meta({ neo4jType: 'INTEGER' })));
    expect(hash(z.number())).toBe(hash(z.number().min(3)));
  });
});

describe('a column given by its type', () => {
  it.each([
    ['LIST<LIST<STRING>>', /no property can hold a LIST<LIST<STRING>>/],
    ['LIST<BYTES>', /no property can hold/],
    ['VECTOR<FLOAT32>(0)', /expected an integer from 1 to 4096/],
    ['VECTOR<FLOAT64>(3)', /column c: column type "VECTOR<FLOAT64>\(3\)" is not known/],
    ['constructor', /is not known/],
  ])('is refused: %s', (type, message) => {
    expect(() => TableSchema.of({ c: { type } })).toThrow(message);
  });

  it('is nullable unless it says otherwise, and checks what its encoder gives', () => {
    expect(makeColumn('c', { type: 'STRING' }).nullable).toBe(true);
    const { encode } = makeColumn('c', { type: 'INTEGER', encoder: value => Number(value) });
    expect(encode('7')).toBe(7n);
    expect(() => encode('7.5')).toThrow('got number 7.5, expected an integer');
    const floats = makeColumn('c', { type: 'FLOAT', encoder: Number });
    expect(floats.encode('2')).toBe(2);
  });

  it.each<[string, unknown, string]>([
    ['INTEGER', 2n ** 63n, 'expected a 64-bit integer'],
    ['INTEGER', -(2n ** 63n) - 1n, 'expected a 64-bit integer'],
    ['INTEGER', 2 ** 53, 'beyond 2^53 a number may have lost digits'],
    ['INTEGER', '1', 'expected an integer'],
    ['FLOAT', 2n ** 53n + 1n, 'expected a number that a FLOAT can hold'],
    ['FLOAT', '1.5', 'expected a number'],
    ['BOOLEAN', 'true', 'expected a boolean'],
    ['STRING', 1, 'expected a string'],
    ['BYTES', 'x', 'expected a Uint8Array'],
    ['DATE', '2024-02-30', 'expected a day that month 2 of 2024 has'],
    ['DATE', '2023-02-29', 'expected a day that month 2 of 2023 has'],
    ['DATE', '2024-1-1', 'expected a date'],
    ['DATE', '2024-01-01\n', 'expected a date'],
    ['DATE', new Date(0), 'expected a date'],
    ['DATE', new types.Date(2024, 2, 30), 'expected a day that month 2 of 2024 has'],
    ['LOCAL TIME', '10:00Z', 'expected a local time'],
    ['LOCAL TIME', '24:00:00', 'expected a local time'],
    ['LOCAL TIME', '10:00:00.1234567890', 'expected a local time'],
    ['ZONED TIME', '10:00', 'expected a time with an offset'],
    ['ZONED TIME', '10:00+19:00', 'expected a time with an offset'],
    ['LOCAL DATETIME', '2024-01-01T00:00:00Z', 'no offset'],
    ['ZONED DATETIME', '2024-01-01T00:00:00', 'expected a datetime with an offset'],
    ['ZONED DATETIME', '2024-01-01T00:00:00[Nowhere/Else]', 'a time zone that is known'],
    ['ZONED DATETIME', '2024-01-01T00:00:00+05:00[Europe/Berlin]', 'its own offset'],
    ['ZONED DATETIME', new Date(Number.NaN), 'expected a valid Date'],
    ['DURATION', 'P', 'expected a duration'],
    ['DURATION', 'P1.5D', 'expected a duration'],
    ['DURATION', '1D', 'expected a duration'],
    ['POINT', { x: 1 }, 'expected a point with 2 finite coordinates'],
    ['POINT', { x: 1, y: Number.NaN }, 'finite'],
    ['POINT', { longitude: 181, latitude: 0 }, 'expected a longitude of -180 to 180'],
    ['POINT', { longitude: 0, latitude: 91 }, 'latitude'],
    ['POINT', { x: 1, y: 2, srid: 1 }, 'expected a point of srid 7203, 9157, 4326, 4979, not 1'],
    ['POINT', { x: 1, y: 2, srid: 9157 }, '3 finite coordinates'],
    ['POINT', { x: 1, y: 2, crs: 'mars' }, 'expected a point of srid 7203, 9157, 4326, 4979, not mars'],
    ['POINT', { x: 1, y: 2, crs: 'wgs-84-3d' }, '3 finite coordinates'],
    [
      'LIST<POINT>',
      [
        { x: 1, y: 2 },
        { longitude: 1, latitude: 2 },
      ],
      'expected one type',
    ],
    ['LIST<STRING>', ['a', null], 'got null at 1'],
    ['ANY', [[1]], 'got a list of LIST'],
    ['ANY', [new Uint8Array(1)], 'got a list of BYTES'],
    ['JSON', { a: Number.NaN }, 'expected a number that JSON has'],
    ['JSON', { a: new Map() }, 'expected a JSON value'],
    ['JSON', { a: () => 1 }, 'expected a JSON value'],
    ['VECTOR<FLOAT32>(2)', [1], 'got a vector of 1 numbers, expected 2'],
    ['VECTOR<FLOAT32>(2)', [1, Number.POSITIVE_INFINITY], 'expected a finite float32 number'],
    ['VECTOR<FLOAT32>(2)', [1, 1e39], 'expected a finite float32 number'],
    ['VECTOR<FLOAT32>(2)', [1, '1'], 'expected a finite float32 number'],
    ['ANY', new Float32Array(0), 'expected at least 1'],
  ])('%s refuses %o', (type, value, message) => {
    expect(() => columnType(type).encode(value)).toThrow(message);
  });

  it('JSON has a limit of depth, also for what contains itself', () => {
    const endless: unknown[] = [];
    endless.push(endless);
    expect(() => columnType('JSON').encode(endless)).toThrow('more than 1000 levels');
  });
});

describe('one value in many forms is one text, another value another', () => {
  const text = (type: string, value: unknown) => valueText(columnType(type).encode(value));
  it.each<[string, unknown, unknown]>([
    ['ZONED DATETIME', new Date(5), '1970-01-01T00:00:00.005Z'],
    ['ZONED DATETIME', '1970-01-01T00:00:00.005Z', '1970-01-01T00:00:00,005+00:00'],
    ['ZONED DATETIME', '2024-07-01T12:00[Europe/Berlin]', '2024-07-01T12:00:00+02:00[Europe/Berlin]'],
    ['DATE', '2024-01-02', new types.Date(2024n, 1n, 2n)],
    ['DURATION', 'PT1M', 'PT60S'],
    ['DURATION', 'P1Y', new types.Duration(12, 0, 0, 0)],
    ['DURATION', 'PT-0.5S', new types.Duration(0, 0, -1, 500_000_000)],
    ['DURATION', '-PT1.5S', 'PT-1.5S'],
    ['POINT', { x: 1, y: 2 }, new types.Point(neo4j.int(7203) as never, 1, 2)],
    ['POINT', { crs: 'WGS-84', x: 1, y: 2 }, { longitude: 1, latitude: 2 }],
    ['POINT', { crs: 'wgs-84', longitude: 1, latitude: 2, height: null }, { longitude: 1, latitude: 2 }],
    ['POINT', { longitude: -0, latitude: 2 }, { longitude: 0, latitude: 2 }],
    ['INTEGER', 5, neo4j.int(5)],
    ['BYTES', new Uint8Array([255]), new Int8Array([-1])],
    ['JSON', { a: 1, b: [2n] }, { b: [2], a: 1, c: undefined }],
    ['VECTOR<FLOAT32>(1)', [0.1], new Float32Array([0.1])],
    ['VECTOR<FLOAT32>(1)', [0.1], neo4j.vector(new Float32Array([0.1]))],
  ])('%s: %o and %o', (type, a, b) => {
    expect(text(type, a)).toBe(text(type, b));
  });

  it.each<[string, unknown, unknown]>([
    ['ZONED DATETIME', '2024-01-01T00:00Z', '2024-01-01T01:00+01:00'],
    ['ZONED DATETIME', '2024-01-01T00:00Z', '2024-01-01T00:00Z[UTC]'],
    ['ZONED DATETIME', '2024-10-27T02:30+02:00[Europe/Berlin]', '2024-10-27T02:30+01:00[Europe/Berlin]'],
    ['ZONED DATETIME', '2024-01-01T00:00:00.000000001Z', '2024-01-01T00:00Z'],
    ['DURATION', 'P1M', 'P30D'],
    ['DURATION', 'P1D', 'PT24H'],
    ['POINT', { x: 0, y: 0 }, { x: -0, y: 0 }],
    ['POINT', { x: 0, y: 0 }, { longitude: 0, latitude: 0 }],
    ['FLOAT', 0, -0],
    ['LIST<STRING>', ['a,b'], ['a', 'b']],
    ['LIST<DURATION>', ['P1D', 'P2D'], ['P2D', 'P1D']],
  ])('%s: not %o and %o', (type, a, b) => {
    expect(text(type, a)).not.toBe(text(type, b));
  });

  it('what was encoded is encoded again to itself: the values read back from the database have the same text', () => {
    for (const [type, values] of Object.entries(anyValue)) {
      if (type === 'JSON') continue; // JSON text is a string of another JSON text
      fc.assert(
        fc.property(values, value => {
          const encoded: Value = columnType(type).encode(value);
          expect(text(type, encoded)).toBe(valueText(encoded));
          // Without a schema too, but for what a number or an empty list can't tell.
          if (!/FLOAT|INTEGER/.test(type)) expect(text('ANY', encoded)).toBe(valueText(encoded));
        }),
        { numRuns: 50 },
      );
    }
  });
});
