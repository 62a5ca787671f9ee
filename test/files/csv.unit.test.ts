/** Promise: CSV gives the cells as they stand, with the line of each row, however the bytes come. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
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
const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`;

describe('rows', () => {
  test.each(['\n', '\r\n', '\r'])('line end %j: fields by header name, strings all', async end => {
    expect(await values(['id,name', '1,Ann', '2,"B, ""b"""', ''].join(end))).toEqual([
      { id: '1', name: 'Ann' },
      { id: '2', name: 'B, "b"' },
    ]);
  });

  test('line ends may be mixed, blank lines skipped, the last line end and a byte order mark missing or there', async () => {
    expect(await values('\uFEFFid\r\n1\n\n2\r\r\n3')).toEqual([{ id: '1' }, { id: '2' }, { id: '3' }]);
  });

  test('spaces are data', async () => {
    expect(await values('id, name\n 1 ,  \n')).toEqual([{ id: ' 1 ', ' name': '  ' }]);
  });

  test('any cells survive with quotes, delimiters and line ends in them, however the bytes are cut', async () => {
    const cell = fc
      .oneof(
        fc.string({ unit: 'grapheme', minLength: 1 }),
        fc.string({ unit: fc.constantFrom('"', ',', ';', '\n', '\r', 'a', 'é', '𝄞'), minLength: 1 }),
      )
      .map(text => text.toWellFormed());
    const table = fc.integer({ min: 1, max: 4 }).chain(width => {
      const row = fc.array(cell, { minLength: width, maxLength: width });
      return fc.record({
        names: fc.uniqueArray(
          // A header of one name with another delimiter in it, and one row with a number, are told: csv-options.
          cell.filter(
            name =>
              name !== '__proto__' &&
              !/\d/.test(name) &&
              !(width === 1 ? ',;|\t\u0001\0' : '\0').split('').some(one => name.includes(one)),
          ),
          { minLength: width, maxLength: width },
        ),
        rows: fc.array(row, { maxLength: 6 }),
      });
    });
    await fc.assert(
      fc.asyncProperty(
        table,
        anyCuts,
        fc.constantFrom(',', ';', '\t', 'é'),
        async ({ names, rows }, cuts, delimiter) => {
          const text = [names, ...rows].map(row => row.map(quoted).join(delimiter)).join('\n');
          const { items, error } = await outcome(csv.read(chunked(text, cuts), { delimiter }));
          expect(error).toBeUndefined();
          expect(items.map(({ value }) => names.map(name => (value as Record<string, unknown>)[name]))).toEqual(rows);
        },
      ),
    );
  });

  test('the same bytes give the same records and the same fault however they are cut', async () => {
    const piece = fc.constantFrom(
      ...['a', 'é', '""', '"x"', '"', ',', ',', '\n', '\r\n', '\n', '\uFEFF', '"y\r\nz"', '𝄞'].map(text =>
        Buffer.from(text),
      ),
      Buffer.from([0xff]),
    );
    const file = fc.array(piece, { maxLength: 15 }).map(parts => Buffer.concat([Buffer.from('a,b\n1,2\n'), ...parts]));
    await fc.assert(
      fc.asyncProperty(file, anyCuts, async (bytes, cuts) => {
        const whole = await read(bytes);
        for (const source of [chunked(bytes, cuts), byteByByte(bytes)]) {
          const cut = await outcome(csv.read(source, {}));
          expect(cut.items).toEqual(whole.items);
          expect(cut.error?.message).toBe(whole.error?.message);
          expect(cut.error?.line).toBe(whole.error?.line);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test.each(['\n', '\r\n', '\r'])(
    'a record has the line its row starts on, with %j in cells and between rows',
    async end => {
      const text = ['id,note', '1,"two', 'lines"', '', '', '2,x', '3,"', '', '"', '4,x'].join(end);
      const { items } = await read(text);
      expect(items.map(({ line, value }) => [line, (value as { id: string }).id])).toEqual([
        [2, '1'],
        [6, '2'],
        [7, '3'],
        [10, '4'],
      ]);
    },
  );
});

describe('empty cells', () => {
  test('are absent fields, quoted or not', async () => {
    const [row] = await values('id,a,b\n1,,""\n');
    expect(Object.keys(row as object)).toEqual(['id']);
  });

  test('mean what schemas mean by optional and default, and no silent zero', async () => {
    const [row] = await values('id,ref,text,count\n1,,,\n');
    const schema = z.object({ id: z.string(), ref: z.string().optional(), text: z.string().default('') });
    expect(schema.parse(row)).toEqual({ id: '1', text: '' });
    expect(z.object({ count: z.coerce.number() }).safeParse(row).success).toBe(false);
  });

  test('a row of one empty cell needs quotes: without it is a blank line', async () => {
    expect(await values('id\n""\n\n1\n')).toEqual([{}, { id: '1' }]);
  });
});
