/** Threat: a CSV file with a fault is read as something else, or its fault is told on the wrong line. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { ContentError } from '../../lib/files/content-error.ts';
import { csv } from '../../lib/files/csv/csv.ts';
import type { ReaderOptions } from '../../lib/files/formats.ts';
import { anyCuts, byteByByte, chunked, outcome } from './chunked.ts';

const read = (content: string | Uint8Array, options: ReaderOptions = {}) =>
  outcome(csv.read(chunked(content), options));
const values = async (content: string | Uint8Array, options?: ReaderOptions) => {
  const { items, error } = await read(content, options);
  if (error) throw error;
  return items.map(record => record.value);
};
const faultOf = async (content: string | Uint8Array, options?: ReaderOptions) => {
  const { error } = await read(content, options);
  expect(error).toBeInstanceOf(ContentError);
  return `${error?.line}: ${error?.message}`;
};

describe('headers', () => {
  test('only a header is a file without rows', async () => {
    expect(await values('id,name\n')).toEqual([]);
    expect(await values('id,name')).toEqual([]);
    expect(await values('a')).toEqual([]);
  });

  test.each(['', '\n\n', '\uFEFF'])('a file without header is refused: %j', async content => {
    expect(await faultOf(content)).toContain('starts with a header row');
  });

  test('a column with the name of another is refused with its place', async () => {
    expect(await faultOf('\nid,a,id\n')).toBe(
      '2: the header\'s column 3 has the same name as column 1: string "id": rename one, or name the columns by the source\'s header and skipRows: 1',
    );
    expect(await faultOf('column1,\n')).toContain('column 2 has the same name as column 1');
  });

  test('a column __proto__ is refused, constructor is a name like another', async () => {
    expect(await faultOf('id,__proto__\n1,2\n')).toContain('column 2 is named __proto__');
    expect(await values('constructor,toString\n1,2\n')).toEqual([{ constructor: '1', toString: '2' }]);
    expect(({} as Record<string, unknown>).toString).toBe(Object.prototype.toString);
  });

  test('zod takes rows, as object and as record', async () => {
    const [row] = await values('id\n1\n');
    expect(z.strictObject({ id: z.string() }).safeParse(row).success).toBe(true);
    expect(z.record(z.string(), z.string()).safeParse(row).success).toBe(true);
  });
});

describe('faults', () => {
  test.each([
    ['a ragged row, too short', 'a,b\n1,2\n3\n', '3: the row has 1 cells, the header 2'],
    ['a ragged row, too long', 'a,b\n"1\n",2\n3,4,5', '4: the row has 3 cells, the header 2'],
    [
      'a quote never closed',
      'a,b\n1,2\n"3,4\n5,6\n',
      "3: the row has a quote that is never closed; if quotes are text in this file, set the source's quote: ''",
    ],
    [
      'text after a quote',
      'a,b\n1,2\n"3"x,4\n',
      "3: the row has text after a closing quote: a quote inside a quoted cell is written twice; if a backslash stands before it, set the source's escape: '\\\\'; if quotes are text in this file, its quote: ''",
    ],
    [
      'blanks before a quote',
      'a,b\n1,2\n3, "4"\n',
      "3: the row has blanks between a delimiter and a quote: set the source's trim: true",
    ],
    ['JSON in the place of CSV', '[\n{"a":1},\n{"a":2}]\n', /^2: .*if the file is JSON, set the source's format$/],
    [
      'comments before the header',
      '# by x\na,b\n1,2\n',
      /^2: the row has 2 cells, the header 1: is string "# by x" the header\? .*skipRows$/,
    ],
    [
      'a quote inside a cell',
      'a,b\n1,2\n3,x"y\n',
      "3: the row has a quote inside an unquoted cell: quote the whole cell, and write the quote twice; if quotes are text in this file, set the source's quote: ''",
    ],
  ])('%s is told with the line', async (_name, text, message) => {
    expect(await faultOf(text)).toEqual(typeof message === 'string' ? message : expect.stringMatching(message));
  });

  test('the rows before a fault are given', async () => {
    expect((await read('a,b\n1,2\n3,4\n5\n')).items).toHaveLength(2);
  });

  test('a character for what could not be decoded is one like any, also before bytes that are not UTF-8', async () => {
    const bytes = Buffer.concat([Buffer.from('id,name\n1,\uFFFD\n2,a\n3,'), Buffer.from([0xe9]), Buffer.from('\n')]);
    expect(await faultOf(bytes)).toMatch(/^4: the row is not valid UTF-8/);
  });

  test('bytes that are not UTF-8 are refused with the line of their row', async () => {
    const bad = Buffer.from([0xe9]);
    expect(await faultOf(Buffer.concat([Buffer.from('a,b\n1,2\n3,x'), bad, Buffer.from('\n5,6\n')]))).toBe(
      "3: the row is not valid UTF-8: save the file as UTF-8, or set the source's encoding, such as 'windows-1252'",
    );
    expect(await faultOf(Buffer.concat([Buffer.from('a,b\n1,2\n3,"x\n'), bad, Buffer.from('"\n5,6\n')]))).toBe(
      "3: the row is not valid UTF-8: save the file as UTF-8, or set the source's encoding, such as 'windows-1252'",
    );
    expect(await faultOf(Buffer.concat([Buffer.from('a,b\n1,2\n3,x'), bad]))).toContain(
      '3: the row is not valid UTF-8',
    );
    expect(await faultOf(Buffer.from('\uFEFFa,b\n', 'utf16le'))).toContain('byte order mark of UTF-16LE');
  });

  test('an open quote does not collect the rest of the file beyond the limit', async () => {
    let given = 0;
    async function* tooMuch() {
      yield Buffer.from('a,b\n1,"');
      for (; given < 100_000; given += 1000) yield Buffer.alloc(1000, 'x');
    }
    const { error } = await outcome(csv.read(tooMuch(), { maxRecordBytes: 10_000 }));
    expect(error).toMatchObject({ line: 2, message: expect.stringContaining('longer than 10000 bytes') });
    expect(given).toBeLessThan(13_000);
  });

  test('a row may have as many columns as the limit, and the message says the number', async () => {
    const row = (cells: number) => Array.from({ length: cells }, (_, index) => `c${index}`).join(',');
    expect(await values(`${row(4096)}\n`)).toEqual([]);
    expect(await faultOf(row(4097))).toBe('1: the row has more than 4096 cells (maxColumns)');
    expect(await faultOf(`a,b\n1,2\n"x\ny",,,`, { maxColumns: 3 })).toBe(
      '3: the row has more than 3 cells (maxColumns)',
    );
    // More cells than columns are the row's fault, as long as they are few.
    expect(await faultOf('a,b\n1,2,3', { maxColumns: 3 })).toBe('2: the row has 3 cells, the header 2');
  });

  test('a row of a billion columns is not collected beyond the limit', async () => {
    let given = 0;
    async function* tooWide() {
      for (; given < 10_000_000; given += 10_000) yield Buffer.alloc(10_000, ',');
    }
    const { error } = await outcome(csv.read(tooWide(), {}));
    expect(error).toMatchObject({ line: 1, message: 'the row has more than 4096 cells (maxColumns)' });
    expect(given).toBeLessThan(30_000);
  });

  test('the limit of columns is told alike however the bytes are cut', async () => {
    const piece = fc.constantFrom('a', ',', ',', ',', '\n', '"', '"x"', 'é');
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 20 }), anyCuts, async (pieces, cuts) => {
        const text = `a,b\n${pieces.join('')}`;
        const whole = await read(text, { maxColumns: 3, maxRecordBytes: 9 });
        for (const bytes of [chunked(text, cuts), byteByByte(text)]) {
          const cut = await outcome(csv.read(bytes, { maxColumns: 3, maxRecordBytes: 9 }));
          expect([cut.items, cut.error?.message, cut.error?.line]).toEqual([
            whole.items,
            whole.error?.message,
            whole.error?.line,
          ]);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('a failure of the source passes through unchanged', async () => {
    const reset = new Error('socket hang up');
    async function* failing() {
      yield Buffer.from('a,b\n1,2\n');
      throw reset;
    }
    expect((await outcome(csv.read(failing(), {}))).error).toBe(reset);
  });
});
