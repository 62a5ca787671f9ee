/** Promise: text and bytes give the whole object as one record, within a limit. */
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FormatName } from '../../lib/files/formats.ts';
import { readRecords } from '../../lib/files/read-records.ts';
import { anyCuts, chunked, outcome } from './chunked.ts';

type Options = NonNullable<Parameters<typeof readRecords>[1]>;
const read = (key: string, content: string | Uint8Array, options: Options, cuts: readonly number[] = []) =>
  outcome(readRecords({ key, body: chunked(content, cuts) }, options));
const recordOf = async (...args: Parameters<typeof read>) => {
  const { items, error } = await read(...args);
  if (error) throw error;
  expect(items).toEqual([{ line: 1, value: expect.anything() }]);
  return items[0]?.value;
};

describe('text', () => {
  const format = 'text';
  test('any text is one record, however its bytes are cut', async () => {
    const anyText = fc.string({ unit: 'grapheme' }).map(text => text.toWellFormed());
    await fc.assert(
      fc.asyncProperty(anyText, anyCuts, async (text, cuts) => {
        expect(await recordOf('a.md', `\uFEFF${text}`, { format }, cuts)).toEqual({ text });
      }),
    );
  });

  test('an empty object is an empty text, a packed one is unpacked', async () => {
    expect(await recordOf('a.txt', '', { format })).toEqual({ text: '' });
    expect(await recordOf('a.txt.zst', zstdCompressSync('x\n'), { format })).toEqual({ text: 'x\n' });
  });

  test('what is not UTF-8 is refused', async () => {
    for (const bytes of [
      [0x61, 0xe9],
      [0xed, 0xa0, 0x80],
      [0xe6, 0x97],
    ])
      expect((await read('a', Buffer.from(bytes), { format })).error?.message).toBe('a the object is not valid UTF-8');
  });
});

describe('bytes', () => {
  const format = 'bytes';
  test('any bytes are one record, however they are cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array(), anyCuts, async (bytes, cuts) => {
        expect(await recordOf('a', bytes, { format }, cuts)).toEqual({ bytes });
      }),
    );
  });

  test.each([
    ['gzip', gzipSync('x')],
    ['zstd', zstdCompressSync('x')],
  ])('that look like %s are content, unless the name says so', async (packing, packed) => {
    expect(await recordOf('a.bin', packed, { format })).toEqual({ bytes: new Uint8Array(packed) });
    const name = packing === 'gzip' ? 'a.gz' : 'a.zst';
    expect(await recordOf(name, packed, { format })).toEqual({ bytes: Uint8Array.of(0x78) });
    expect(await recordOf(name, packed, { format, compression: 'none' })).toEqual({ bytes: new Uint8Array(packed) });
    expect((await read(name, 'x', { format })).error?.message).toContain(`is said to be ${packing}`);
  });
});

test.each<FormatName>(['text', 'bytes'])('%s has a limit, and the message says the number', async format => {
  expect((await read('a', 'x'.repeat(100), { format, maxRecordBytes: 100 })).items).toHaveLength(1);
  expect((await read('a', 'x'.repeat(101), { format, maxRecordBytes: 100 })).error?.message).toBe(
    'a the object is longer than 100 bytes (maxRecordBytes)',
  );
  const large = await read('a', Buffer.alloc(16 * 1024 * 1024 + 1, 'x'), { format });
  expect(large.error?.message).toContain('16777216 bytes');
});

describe('options of the source', () => {
  test.each([
    ['a.ndjson', '[[1]]', { maxDepth: 1 }, '1 deep'],
    ['a.json', '[[[1]]]', { maxDepth: 1 }, '1 deep'],
    ['a.tsv', 'a\tb\tc\n', { maxColumns: 2 }, '2 cells'],
    ['a.json', '[123]', { maxRecordBytes: 2 }, '2 bytes'],
    ['a.csv.zst', zstdCompressSync('a,b\n1,2\n'), { maxDecompressedBytes: 5 }, '5 bytes'],
  ])('of %s with %j, %j reaches its reader', async (key, content, options, words) => {
    expect((await read(key, content, options)).error?.message).toContain(words);
  });
});

test('tsv is csv with a tab: quotes, empty cells and lines alike', async () => {
  const { items } = await read('a.tsv', 'id\tnote\tx\n1\t"two\tor ""more""\nlines"\t\n2\ta,b\tc\n', {});
  expect(items).toEqual([
    { line: 2, value: { id: '1', note: 'two\tor "more"\nlines' } },
    { line: 4, value: { id: '2', note: 'a,b', x: 'c' } },
  ]);
  expect((await read('a.tsv', 'a;b\n1;2\n', { delimiter: ';' })).items).toEqual([
    { line: 2, value: { a: '1', b: '2' } },
  ]);
});
