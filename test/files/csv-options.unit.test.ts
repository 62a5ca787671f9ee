/** Promise: CSV is read as its source says: names, lines to skip, words for null, quotes, encodings; and whatever was joined is told. */
import { describe, expect, test } from 'vitest';
import { Notes } from '../../lib/files/notes.ts';
import { InvalidRecords } from '../../lib/files/problems.ts';
import { type ReadOptions, readRecords } from '../../lib/files/read-records.ts';
import { byteByByte, chunked, outcome } from './chunked.ts';

async function read(content: string | Uint8Array, options: ReadOptions = {}, key = 'a.csv') {
  const whole = await outcome(readRecords({ key, body: chunked(content) }, options));
  const cut = await outcome(readRecords({ key, body: byteByByte(content as string) }, options));
  expect({ items: cut.items, message: cut.error?.message }).toEqual({
    items: whole.items,
    message: whole.error?.message,
  });
  return whole;
}
const valuesOf = async (content: string | Uint8Array, options: ReadOptions = {}, key = 'a.csv') => {
  const { items, error } = await read(content, options, key);
  expect(error).toBeUndefined();
  return items.map(({ line, value }) => [line, value]);
};
const faultOf = async (content: string | Uint8Array, options: ReadOptions = {}, key = 'a.csv') =>
  (await read(content, options, key)).error?.message;

describe('header', () => {
  test('names the columns of a file without a header row', async () => {
    const options = { header: ['id', 'name'], delimiter: '\u0001' };
    expect(await valuesOf('1\u0001Ann\n2\u0001\n', options)).toEqual([
      [1, { id: '1', name: 'Ann' }],
      [2, { id: '2' }],
    ]);
    expect(await valuesOf('', options)).toEqual([]);
    expect(await faultOf('1\n', options)).toBe('a.csv:1 the row has 1 cells, the header 2');
    expect(await valuesOf('id\u0001name\n3\u0001Cy\n', options)).toEqual([[2, { id: '3', name: 'Cy' }]]);
  });

  test('false numbers them', async () => {
    expect(await valuesOf('1,Ann\n', { header: false })).toEqual([[1, { column0: '1', column1: 'Ann' }]]);
  });

  test('names those of neo4j-admin, whose header is in a file of its own', async () => {
    const options = { format: 'neo4j-admin', header: [':ID', 'age:int', ':LABEL'] } as const;
    expect(await valuesOf('1,7,A\n', options)).toMatchObject([
      [1, { id: '1', labels: ['A'], properties: { age: 7n } }],
    ]);
  });
});

test.each(['\n', '\r\n', '\r'])('skipRows leaves lines out that end with %j, and counts them', async end => {
  const content = ['Report, "of today', '', 'id,name', '1,Ann', '1,2,3'].join(end);
  const { items, error } = await read(content, { skipRows: 2 });
  expect(items).toEqual([{ line: 4, value: { id: '1', name: 'Ann' } }]);
  expect(error?.message).toContain('a.csv:5 the row has 3 cells');
  expect(await valuesOf('a', { skipRows: 3, header: ['x'] })).toEqual([]);
});

test('nullValues are absent as whole cells, quoted or not', async () => {
  expect(await valuesOf('a,b,c\nNULL,\\N,"NULL"\nNULLs, \\N,x\n', { nullValues: ['NULL', '\\N'] })).toEqual([
    [2, {}],
    [3, { a: 'NULLs', b: ' \\N', c: 'x' }],
  ]);
  expect(await faultOf('~id\nNULL\n', { format: 'neptune', nullValues: ['NULL'] })).toContain('a value of ~id');
});

test('quote and escape may be others, or none', async () => {
  expect(await valuesOf("a,b\n'x,1','it''s'\n", { quote: "'" })).toEqual([[2, { a: 'x,1', b: "it's" }]]);
  expect(await valuesOf('a\n"say \\"hi\\""\n', { escape: '\\' })).toEqual([[2, { a: 'say "hi"' }]]);
  expect(await valuesOf('a,b\n5" pipe,"\n', { quote: '' })).toEqual([[2, { a: '5" pipe', b: '"' }]]);
});

test('trim drops blanks around names and cells', async () => {
  expect(await valuesOf('id , name\n 1 ," a "\n', { trim: true })).toEqual([[2, { id: '1', name: ' a ' }]]);
});

describe('encoding', () => {
  const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('id\tname\r\n1\tZoë\r\n', 'utf16le')]);

  test('is any that TextDecoder knows, with or without a byte order mark', async () => {
    const expected = [[2, { id: '1', name: 'Zoë' }]];
    expect(await valuesOf(utf16, { encoding: 'utf-16le' }, 'a.tsv')).toEqual(expected);
    expect(await valuesOf(utf16.subarray(2), { encoding: 'utf-16le' }, 'a.tsv')).toEqual(expected);
    expect(await valuesOf(utf16.subarray().swap16(), { encoding: 'utf-16be' }, 'a.tsv')).toEqual(expected);
    utf16.swap16();
    const latin = Buffer.from('id,name\n1,Zoë\n', 'latin1');
    expect(await valuesOf(latin, { encoding: 'windows-1252' })).toEqual(expected);
  });

  test('is told where a byte order mark shows that it is another', async () => {
    const words = 'starts with the byte order mark of UTF-16LE: save it as UTF-8, or, of CSV, set the source';
    for (const key of ['a.tsv', 'a.json', 'a.ndjson'])
      expect(await faultOf(utf16, {}, key)).toContain(`${key} ${words}`);
    expect(await faultOf(utf16.subarray(0, -1), { encoding: 'utf-16le' }, 'a.tsv')).toContain('is not valid utf-16le');
  });
});

describe('files that were joined are told', () => {
  test.each([
    ['a header in the middle', 'id,name\n1,Ann\nid,name\n2,Bob\n', 'a.csv:3 the row repeats the header'],
    [
      'a byte order mark in the middle',
      'id,name\n1,Ann\n\uFEFFid,name\n',
      'a.csv:3 the row begins with a byte order mark',
    ],
  ])('%s', async (_, content, words) => {
    expect(await faultOf(content)).toContain(words);
  });

  test('but the value of one column may be its name', async () => {
    expect(await valuesOf('id\nid\n')).toEqual([[2, { id: 'id' }]]);
  });
});

describe('columns without a name', () => {
  test('are named by their place, as without a header', async () => {
    expect(await valuesOf(',id,\n0,1,\n1,2,x\n')).toEqual([
      [2, { column0: '0', id: '1' }],
      [3, { column0: '1', id: '2', column2: 'x' }],
    ]);
  });

  test('and empty cells at a row’s end may be missing, or too many', async () => {
    expect(await valuesOf('id,name,,\n1,Ann\n2,Bo,\n3,Cy,,,\n4,Di,,\n')).toMatchObject([
      [2, { id: '1', name: 'Ann' }],
      [3, { id: '2', name: 'Bo' }],
      [4, { id: '3', name: 'Cy' }],
      [5, { id: '4', name: 'Di' }],
    ]);
    expect(await faultOf('id,name,\n1\n')).toContain('a.csv:2 the row has 1 cells, the header 3');
    expect(await faultOf('id,name\n1,Ann,x\n')).toContain('a.csv:2 the row has 3 cells, the header 2');
  });

  test('are nothing in files of nodes and relationships, while they are empty', async () => {
    for (const [format, header] of [
      ['neo4j-admin', ':ID,,n:int,'],
      ['neptune', '~id,,n:Int,'],
    ] as const) {
      expect(await valuesOf(`${header}\n1,,7,\n`, { format })).toMatchObject([[2, { properties: { n: 7n } }]]);
      expect(await faultOf(`${header}\n1,x,7,\n`, { format })).toContain(
        'got string "x" in column 2, which the header doesn\'t name',
      );
    }
  });
});

describe('what is wrong is told with its likely cause and the option', () => {
  test.each([
    [
      'id;name\n1;Ann\n',
      {},
      "a.csv:1 the header has one column, string \"id;name\": are its cells separated by ';'? Set the source's delimiter",
    ],
    ['id\tname\n', {}, String.raw`separated by '\t'?`],
    ['id,name\n', { delimiter: ';' }, "separated by ','?"],
    [
      '1|Ann\n',
      { header: ['id', 'name'] },
      "a.csv:1 the row has 1 cells, the header 2: are its cells separated by '|'?",
    ],
    ['1,Ann\nid,name\n', { header: ['id', 'name'] }, 'a.csv:2 the row repeats the header'],
    [
      '1,Ann\n',
      {},
      "a.csv:1 the file has one row, which was taken for the header though it has the number 1: if it is a record, set the source's header",
    ],
    ['', {}, "unless the source's header names its columns"],
    ['i\0d\0,\0\n', {}, "if the file is UTF-16, set the source's encoding: 'utf-16le'"],
    ['PK\u0003\u0004 xl/workbook.xml', {}, 'a.csv is a ZIP file, perhaps a workbook of Excel'],
    ['a,b\n"say \\"hi\\"",x\n', {}, String.raw`set the source's escape: '\\'`],
    ['a,b\n5" pipe,x\n', {}, "set the source's quote: ''"],
    [Buffer.from('a\n\xe9\n', 'latin1'), {}, "set the source's encoding, such as 'windows-1252'"],
  ])('%j', async (content, options, words) => {
    expect(await faultOf(content, options)).toContain(words);
  });
});

test('words for null are noted, unless the source says which there are', async () => {
  const noted = async (options: ReadOptions) => {
    const notes = new Notes();
    const object = { key: 'a.csv', body: chunked('id,name\n1,NULL\n2,\\N\n3,Nully\n') };
    await outcome(readRecords(object, options, new InvalidRecords(0), notes));
    return notes.list;
  };
  expect(await noted({})).toEqual([
    {
      kind: 'null-word',
      count: 2,
      first: [
        { line: 2, field: 'name', problem: 'got NULL and took it for a text: nullValues makes such cells absent' },
        { line: 3, field: 'name', problem: 'got \\N and took it for a text: nullValues makes such cells absent' },
      ],
    },
  ]);
  expect(await noted({ nullValues: ['-'] })).toEqual([]);
});
