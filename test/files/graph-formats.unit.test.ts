/** Promise: files of APOC, neo4j-admin and Neptune give nodes and relationships with the types of their headers. */
import { describe, expect, test } from 'vitest';
import { ContentError } from '../../lib/files/content-error.ts';
import type { FileFormat } from '../../lib/files/file-format.ts';
import { type ReadOptions, readRecords } from '../../lib/files/read-records.ts';
import { RejectedObjectError } from '../../lib/files/rejection.ts';
import { chunked, outcome } from './chunked.ts';

const read = (content: string, format: NonNullable<ReadOptions['format']>, options: ReadOptions = {}) =>
  outcome(readRecords({ key: 'a', body: chunked(content, [0.4, 0.7]) }, { ...options, format }));
const values = async (content: string, format: NonNullable<ReadOptions['format']>) => {
  const { items, error } = await read(content, format);
  if (error) throw error;
  return items.map(({ value }) => value);
};
const properties = async (header: string, cells: string, format: 'neo4j-admin' | 'neptune') =>
  ((await values(`${header}\n${cells}\n`, format))[0] as { properties: object }).properties;

describe('neo4j-admin', () => {
  test.each([
    ['a:int,b:long,c:short,d:byte', '-1,9223372036854775807,+7,-128', { a: -1n, b: 2n ** 63n - 1n, c: 7n, d: -128n }],
    ['a:float,b:double,c:DOUBLE', '1,.5e3,NaN', { a: 1, b: 500, c: Number.NaN }],
    ['a:boolean,b:boolean,c:Bool,d:boolean', 'true,True,1,false', { a: true, b: false, c: false, d: false }],
    ['a:string,b,c:char', 'x, y ,é', { a: 'x', b: ' y ', c: 'é' }],
    ['a:string[],b:int[],c:boolean[]', 'x;y,1;2,true;no', { a: ['x', 'y'], b: [1n, 2n], c: [true, false] }],
    ['a:int,b', ',', {}],
    ['constructor,toString:int', 'x,1', { constructor: 'x', toString: 1n }],
    ['x:IGNORE,:IGNORE,a', '1,2,3', { a: '3' }],
  ])('%s of %s', async (header, cells, expected) => {
    expect(await properties(`:ID,${header}`, `1,${cells}`, 'neo4j-admin')).toEqual(expected);
  });

  test('ids in groups, with and without a name', async () => {
    expect(await values('id:ID(P){id-type:int},:LABEL\n1,A;B\n2,\n', 'neo4j-admin')).toEqual([
      { kind: 'node', id: '1', idType: 'int', labels: ['A', 'B'], properties: { id: '1' } },
      { kind: 'node', id: '2', idType: 'int', labels: [], properties: { id: '2' } },
    ]);
    expect(await values(':START_ID(P),w:float,:END_ID(Q)\n1,2,3\n', 'neo4j-admin')).toEqual([
      {
        kind: 'relationship',
        id: null,
        type: null,
        start: { id: '1', group: 'P' },
        end: { id: '3', group: 'Q' },
        properties: { w: 2 },
      },
    ]);
  });

  test.each([
    [':ID,n:int\n1,1.5\n', 'a:2 n: got string "1.5", expected an integer of 32 bits'],
    [':ID,n:int\n1,2147483648\n', 'a:2 n: got string "2147483648", expected an integer of 32 bits'],
    [':ID,n:byte\n1,128\n', 'expected an integer of 8 bits'],
    [':ID,n:float\n1,1.5f\n', 'expected a number'],
    [':ID,n:datetime\n1,now\n', 'expected a date and time'],
    [':ID,n:point\n1,x\n', 'expected a point'],
    [':ID,n:point\n1,"{latitude:91,longitude:0}"\n', 'expected a point'],
    [':ID,n:date\n1,05/01/2026\n', 'a:2 n: got string "05/01/2026", expected a date such as 2026-01-31'],
    [':ID,n:date\n1,2026-02-30\n', 'expected a date'],
    [':ID,n:duration\n1,three days\n', 'expected a duration such as P1DT2H'],
    [':ID,n:time\n1,25:00\n', 'expected a time such as 12:30:00+02:00'],
    [':ID,n:localtime\n1,12:00Z\n', 'expected a time such as 12:30:00'],
    [':ID,n:localdatetime\n1,2026-01-31T12:00Z\n', 'expected a date and time such as 2026-01-31T12:00:00'],
    [':ID,n:datetime{timezone:Mars/Base}\n1,2026-01-31T12:00\n', 'expected a date and time'],
    [':ID,n:date[]\n1,2026-01-31;x\n', 'n: got string "x", expected a date'],
    [':ID,"v:vector{coordinateType:short,dimensions:1}"\n1,1.5\n', 'expected an integer of 16 bits'],
    [':ID,"v:vector{coordinateType:text,dimensions:1}"\n1,1\n', 'has the coordinateType text, which is not known'],
    [':ID,"v:vector{dimensions:2}"\n1,1;2;3\n', 'expected 2 numbers, not 3'],
    [':ID,n:money\n1,1\n', 'a:1 the header\'s column 2, string "n:money", has the type money, which is not known'],
    [':ID,:int\n1,1\n', 'has no name'],
    [':ID,:ID\n1,1\n', 'several columns :ID'],
    ['a,b\n1,2\n', 'the header has no :ID: nodes have :ID, relationships :START_ID and :END_ID'],
    [':ID,:START_ID\n1,2\n', 'the header has ID, START_ID'],
    ['1,Ann,P\n', "where it is a file of its own, say its columns in the source's header"],
    [':ID,a\n,2\n', 'a:2 got string "", expected a value of :ID'],
    [':START_ID,:END_ID,:TYPE\n1,2,\n', 'expected a value of :TYPE'],
  ])('%j is refused', async (content, problem) => {
    const { error } = await read(content, 'neo4j-admin');
    expect(error).toBeInstanceOf(RejectedObjectError);
    expect(error?.message).toContain(problem);
  });
});

describe('Neptune', () => {
  test.each([
    ['n:Int(single),d:Double,b:Bool,c:boolean', '1,.5,true,yes', { n: 1n, d: 0.5, b: true, c: false }],
    ['s:String(set),l:String[],m:Int[](set)', 'a;b,a\\;b;c,1;2', { s: 'a;b', l: ['a;b', 'c'], m: [1n, 2n] }],
    ['a\\:b,plain', 'x,y', { 'a:b': 'x', plain: 'y' }],
  ])('%s of %s', async (header, cells, expected) => {
    expect(await properties(`~id,${header}`, `1,${cells}`, 'neptune')).toEqual(expected);
  });

  test('without a label it is a vertex or an edge', async () => {
    expect(await values('~id\n1\n', 'neptune')).toMatchObject([{ labels: ['vertex'] }]);
    expect(await values('~id,~from,~to\n1,2,3\n', 'neptune')).toMatchObject([{ type: 'edge', id: '1' }]);
  });

  test.each([
    ['~id,n:Money\n', 'has the type Money, which is not known'],
    ['~id,~ID\n', 'is neither ~id, ~label, ~from, ~to nor name:Type'],
    ['id,name\n', 'the header needs ~id'],
    ['~id,~from\n', 'the header needs ~id'],
    ['~id,a,a\n', 'two columns string "a"'],
    ['~id,n:Int\n1,x\n', 'a:2 n: got string "x", expected an integer of 32 bits'],
    ['~id,~from,~to\n1,,3\n', 'expected a value of ~from'],
  ])('%j is refused', async (content, problem) => {
    expect((await read(content, 'neptune')).error?.message).toContain(problem);
  });
});

test.each([
  ['[]', 'the line is array of 0, expected an object'],
  ['{"type":"path"}', 'type is string "path", expected "node" or "relationship"'],
  ['{"type":"node","labels":["A"]}', 'the node has the id nothing'],
  ['{"type":"node","id":1,"labels":"A"}', 'labels is string "A"'],
  ['{"type":"node","id":1,"properties":[]}', 'properties is array of 0'],
  ['{"type":"relationship","id":1,"start":{"id":1},"end":{"id":2}}', 'label is nothing'],
  ['{"type":"relationship","id":1,"label":"T","start":{"id":1}}', 'end is nothing'],
  ['{"type":"relationship","id":1,"label":"T","start":{},"end":{"id":2}}', 'start has the id nothing'],
])('APOC: %s is refused with its line', async (line, problem) => {
  const { items, error } = await read(`{"type":"node","id":"0"}\n${line}\n`, 'apoc');
  expect(items).toHaveLength(1);
  expect(error?.message).toContain(`a:2 ${problem}`);
});

describe('a format of one’s own', () => {
  const lines: FileFormat = {
    extensions: ['.log'],
    contentTypes: [],
    async *read(bytes, { maxRecordBytes }) {
      let text = '';
      for await (const chunk of bytes) text += Buffer.from(chunk).toString();
      for (const [index, line] of text.trim().split('\n').entries()) {
        if (line === 'bad') throw new ContentError('is bad', index + 1);
        if (line === 'bug') throw new TypeError('oh');
        yield [{ line: index + 1, value: { line, maxRecordBytes } }];
      }
    },
  };

  test('reads what it will, with the source’s options, unpacked', async () => {
    expect((await read('a\nb\n', lines, { maxRecordBytes: 5 })).items).toEqual([
      { line: 1, value: { line: 'a', maxRecordBytes: 5 } },
      { line: 2, value: { line: 'b', maxRecordBytes: 5 } },
    ]);
  });

  test('refuses a file, and a fault of its own is one of the file', async () => {
    expect((await read('a\nbad\n', lines)).error?.message).toBe('a:2 is bad');
    expect((await read('a\nbug\n', lines)).error).toBeInstanceOf(RejectedObjectError);
    expect((await read('a\nbug\n', lines)).error?.message).toBe("a the format's reader failed: oh");
  });

  test('but a failure of the bytes is none', async () => {
    const reset = new Error('socket hang up');
    async function* failing() {
      yield Buffer.from('a\n');
      throw reset;
    }
    expect((await outcome(readRecords({ key: 'a', body: failing() }, { format: lines }))).error).toBe(reset);
  });
});
