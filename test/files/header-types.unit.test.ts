/** Promise: cells of neo4j-admin's and Neptune's files get the type that their header names, in every format that has it. */
import { describe, expect, test } from 'vitest';
import { encodeRow } from '../../lib/definition/row-encoder.ts';
import type { GraphElement } from '../../lib/files/graph/graph-element.ts';
import { Notes } from '../../lib/files/notes.ts';
import { InvalidRecords } from '../../lib/files/problems.ts';
import { type ReadOptions, readRecords } from '../../lib/files/read-records.ts';
import { valueText } from '../../lib/values/column-types.ts';
import { chunked, outcome } from './chunked.ts';

const shape = {
  table: 'T',
  primaryKey: 'id',
  encodeKey: String,
  columns: null,
  versionBy: null,
  vectors: new Map(),
  maxProperties: 500,
};

/** What a table without a schema stores of a cell, as canonical text, which tells the type. */
async function stored(
  format: 'neo4j-admin' | 'neptune',
  id: string,
  header: string,
  cell: string,
  options: ReadOptions = {},
) {
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const content = `${id},${quoted(header)}\n1,${quoted(cell)}\n`;
  for await (const batch of readRecords({ key: 'a', body: chunked(content) }, { ...options, format })) {
    for (const { value } of batch) {
      const { properties } = value as GraphElement;
      const { v = null } = encodeRow(shape, { ...properties, id: 'x' }).values;
      return v === null ? undefined : valueText(v);
    }
  }
  return undefined;
}

type Case = readonly [header: string, cell: string, text: string];
const COMMON: readonly Case[] = [
  ['v:int', '7', 'i7'],
  ['v:Long', ' -9223372036854775808 ', 'i-9223372036854775808'],
  ['v:short', '-32768', 'i-32768'],
  ['v:byte', '127', 'i127'],
  ['v:float', '3.0', 'f3'],
  ['v:double', '1e3', 'f1000'],
  ['v:double', '-Infinity', 'f-Infinity'],
  ['v:Bool', 'true', 'T'],
  ['v:boolean', ' true ', 'T'],
  ['v:boolean', 'false', 'F'],
  ['v:string', '7', '"7"'],
  ['v', '7', '"7"'],
  ['v:datetime', '2026-11-01T12:00:00.123456789+02:00', 'ZONED DATETIME 2026-11-01T12:00:00.123456789+02:00'],
  ['v:DateTime', '2026-11-01T12:00', 'ZONED DATETIME 2026-11-01T12:00:00Z'],
  ['v:DateTime', '2026-11-01', 'ZONED DATETIME 2026-11-01T00:00:00Z'],
  ['v:int[]', '1;2', '[i1,i2]'],
  ['v:double[]', '1;2.5', '[f1,f2.5]'],
  ['v:boolean[]', 'true;false', '[T,F]'],
  [
    'v:datetime[]',
    '2026-11-01T12:00;2026-11-02',
    '[ZONED DATETIME 2026-11-01T12:00:00Z,ZONED DATETIME 2026-11-02T00:00:00Z]',
  ],
];

const DATES: readonly Case[] = [
  ['v:date', '2026-01-05', 'DATE 2026-01-05'],
  ['v:date', '20260105', 'DATE 2026-01-05'],
  ['v:date[]', '2026-01-05;2026-01-06', '[DATE 2026-01-05,DATE 2026-01-06]'],
];

/** Neptune has no dates without a time. */
const NEPTUNE_DATES: readonly Case[] = [
  ['v:Date', '2026-01-31', 'ZONED DATETIME 2026-01-31T00:00:00Z'],
  ['v:Date', '2026-01-31T12:00:00.123456Z', 'ZONED DATETIME 2026-01-31T12:00:00.123456000Z'],
];

const ADMIN: readonly Case[] = [
  ['v:char', 'é', '"é"'],
  ['v:time', '12:30:00+02:00', 'ZONED TIME 12:30:00+02:00'],
  ['v:time', '123000.5+0200', 'ZONED TIME 12:30:00.500000000+02:00'],
  ['v:time', '12:30', 'ZONED TIME 12:30:00Z'],
  ['v:time{timezone:+02:00}', '12:30', 'ZONED TIME 12:30:00+02:00'],
  ['v:time{timezone:+02:00}', '12:30Z', 'ZONED TIME 12:30:00Z'],
  ['v:localtime', '12:30:00.000000001', 'LOCAL TIME 12:30:00.000000001'],
  ['v:localdatetime', '2026-01-05T12:30', 'LOCAL DATETIME 2026-01-05T12:30:00'],
  ['v:localdatetime', '20260105T1230', 'LOCAL DATETIME 2026-01-05T12:30:00'],
  [
    'v:datetime{timezone:Europe/Berlin}',
    '2026-11-01T12:00:00',
    'ZONED DATETIME 2026-11-01T12:00:00+01:00[Europe/Berlin]',
  ],
  [
    'v:datetime{timezone:Europe/Berlin}',
    '2026-07-01T12:00[Asia/Tokyo]',
    'ZONED DATETIME 2026-07-01T12:00:00+09:00[Asia/Tokyo]',
  ],
  ["v:datetime{timezone:'+05:30'}", '2026-07-01T12:00', 'ZONED DATETIME 2026-07-01T12:00:00+05:30'],
  ['v:duration', 'P3DT4.5S', 'P0 3 4 500000000'],
  ['v:point{crs:WGS-84}', '{latitude:52.5,longitude:13.4}', 'p4326 13.4 52.5'],
  ["v:point{crs:'WGS-84'}", '{y:51.5, x:-0.1}', 'p4326 -0.1 51.5'],
  ['v:point{crs:WGS-84}', "{latitude:1, longitude:2, height: 100, crs:'WGS-84-3D'}", 'p4979 2 1 100'],
  ['v:point', '{x:1,y:2}', 'p7203 1 2'],
  ['v:point{srid:9157}', '{x:1,y:2,z:3}', 'p9157 1 2 3'],
  ['v:duration[]', 'P1D;PT1S', '[P0 1 0 0,P0 0 1 0]'],
  ['v:localtime[]', '12:00', '[LOCAL TIME 12:00:00]'],
  ['v:point[]', '{x:1,y:2};{x:3,y:4}', '[p7203 1 2,p7203 3 4]'],
  [
    'v:vector{coordinateType:float,dimensions:2}',
    '0.5;2',
    `v${Buffer.from(Float32Array.of(0.5, 2).buffer).toString('base64')}`,
  ],
  ['v:vector{coordinateType:double,dimensions:2}', '0.1;2', '[f0.1,f2]'],
  ['v:vector{coordinateType:byte,dimensions:2}', '1;-2', '[i1,i-2]'],
];

const GREMLIN: readonly Case[] = [
  ['v:Int(single)', '7', 'i7'],
  ['v:String[](set)', 'a\\;b;c', '["a;b","c"]'],
];

describe.each([
  ['neo4j-admin', 'neo4j-admin', ':ID', [...COMMON, ...DATES, ...ADMIN]],
  ['Neptune’s openCypher form', 'neptune', ':ID', [...COMMON, ...NEPTUNE_DATES, ...ADMIN]],
  ['Neptune’s Gremlin form', 'neptune', '~id', [...COMMON, ...NEPTUNE_DATES, ...GREMLIN]],
] as const)('%s', (_, format, id, cases) => {
  test.each(cases)('%s of %s', async (header, cell, text) => {
    expect(await stored(format, id, header, cell)).toBe(text);
  });
});

test('lists may have another delimiter', async () => {
  const options = { arrayDelimiter: '|' };
  for (const [format, id] of [
    ['neo4j-admin', ':ID'],
    ['neptune', '~id'],
  ] as const)
    expect(await stored(format, id, 'v:string[]', 'a;b|c', options)).toBe('["a;b","c"]');
});

test('a boolean that is neither true nor false is false, as the importers read it, and noted', async () => {
  const notes = new Notes();
  const object = { key: 'a', body: chunked(':ID,v:boolean\n1,True\n2,false\n3,yes\n') };
  await outcome(readRecords(object, { format: 'neo4j-admin' }, new InvalidRecords(0), notes));
  const problem = (got: string) => `got string "${got}", which was read as false: only the text true is true`;
  expect(notes.list).toEqual([
    {
      kind: 'odd-value',
      count: 2,
      first: [
        { line: 2, field: 'v', problem: problem('True') },
        { line: 4, field: 'v', problem: problem('yes') },
      ],
    },
  ]);
});

test('a relationship’s :ID is its own, in openCypher’s form', async () => {
  for (const format of ['neptune', 'neo4j-admin'] as const) {
    const body = chunked(':ID,:START_ID,:END_ID,:TYPE,w:Double\ne1,1,2,R,0.5\n');
    const { items } = await outcome(readRecords({ key: 'e.csv', body }, { format }));
    expect(items[0]?.value).toMatchObject({
      id: 'e1',
      type: 'R',
      start: { id: '1' },
      end: { id: '2' },
      properties: { w: 0.5 },
    });
  }
});
