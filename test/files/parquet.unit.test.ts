/** Threat: a Parquet file that lies about its sizes, or whose values change on the way. */
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, test } from 'vitest';
import { unpackLz4, unpackLz4Block } from '../../lib/files/compression/lz4.ts';
import { unpackSnappy } from '../../lib/files/compression/snappy.ts';
import type { RangedFile } from '../../lib/files/file-format.ts';
import { type ReadOptions, readRecords } from '../../lib/files/read-records.ts';
import { chunked, outcome } from './chunked.ts';

const ROWS = 30_000;
const wide = new Uint8Array(
  parquetWriteBuffer({
    columnData: [
      { name: 'id', data: Array.from({ length: ROWS }, (_, i) => BigInt(i)), type: 'INT64' },
      {
        name: 'noise',
        data: Array.from({ length: ROWS }, (_, i) => `${(i * 2654435761) % 2 ** 32}`.repeat(5)),
        type: 'STRING',
      },
      { name: 'city', data: Array.from({ length: ROWS }, (_, i) => `c${i % 5}`), type: 'STRING' },
    ],
    rowGroupSize: 10_000,
    pageSize: 20_000,
  }),
);

/** A file whose parts are counted as they are read. */
function counted(bytes: Uint8Array) {
  const reads: [start: number, end: number][] = [];
  const ranges: RangedFile = {
    size: bytes.length,
    read: async (start, end) => {
      reads.push([start, end]);
      return Uint8Array.from(bytes.subarray(start, end));
    },
  };
  return { ranges, reads, total: () => reads.reduce((sum, [start, end]) => sum + end - start, 0) };
}
async function* never(): AsyncGenerator<Uint8Array> {
  yield await Promise.reject(new Error('the body was read'));
}
const read = (file: RangedFile, options: ReadOptions = {}) =>
  outcome(readRecords({ key: 'a.parquet', body: never(), ranges: file }, options));

describe('Parquet by ranges', () => {
  test('all of it is read once, and the body not at all', async () => {
    const file = counted(wide);
    const { items, error } = await read(file.ranges);
    expect(error).toBeUndefined();
    expect(items).toHaveLength(ROWS);
    expect(items[12_345]).toEqual({ line: 12_346, value: { id: 12_345n, noise: expect.any(String), city: 'c0' } });
    expect(file.total()).toBeLessThan(wide.length + 70_000);
  });

  test('a projection reads few bytes, and gives its columns only', async () => {
    const file = counted(wide);
    const { items } = await read(file.ranges, { columns: ['city'] });
    expect(items.map(({ value }) => value)).toEqual(Array.from({ length: ROWS }, (_, i) => ({ city: `c${i % 5}` })));
    expect(file.total()).toBeLessThan(wide.length / 8);
    const { error } = await read(counted(wide).ranges, { columns: ['city', 'town'] });
    expect(error?.message).toContain(
      'has no column string "town", which the source\'s columns name; it has string "id, noise, city"',
    );
  });

  test('one row group after another: who stops in the first reads no other', async () => {
    const file = counted(wide);
    for await (const _records of readRecords({ key: 'a.parquet', body: never(), ranges: file.ranges })) break;
    expect(file.total()).toBeLessThan(wide.length / 2 + 70_000);
  });

  test('a failed read passes through unchanged', async () => {
    const reset = new Error('socket hang up');
    const ranges = { size: wide.length, read: () => Promise.reject(reset) };
    expect((await read(ranges)).error).toBe(reset);
  });

  test('limits: rows, columns, pages at once, all pages', async () => {
    const problem = async (options: ReadOptions) => (await read(counted(wide).ranges, options)).error?.message;
    expect(await problem({ maxRecords: ROWS })).toBeUndefined();
    expect(await problem({ maxRecords: ROWS - 1 })).toContain('30000 rows, more than 29999 (maxRecords)');
    expect(await problem({ maxColumns: 2 })).toContain('more than 2 columns');
    expect(await problem({ maxPageBytes: 10_000 })).toContain('10000 bytes at once (maxPageBytes)');
    expect(await problem({ maxDecompressedBytes: 1e6 })).toContain(
      '1000000 bytes: split it, or raise maxDecompressedBytes',
    );
  });
});

test.each([
  ['a.parquet.gz', gzipSync(wide)],
  ['a.parquet.zst', zstdCompressSync(wide)],
  ['a.parquet', wide],
])('%s without ranges is held whole, within a limit', async (key, content) => {
  const whole = await outcome(readRecords({ key, body: chunked(content, [0.4]) }));
  expect(whole.items).toHaveLength(ROWS);
  const ranges = { size: 1, read: () => Promise.reject(new Error('read by ranges')) };
  const packed = key === 'a.parquet' ? {} : { ranges };
  expect((await outcome(readRecords({ key, body: chunked(content), ...packed }))).items).toHaveLength(ROWS);
  const { error } = await outcome(readRecords({ key, body: chunked(content) }, { maxPageBytes: 1e5 }));
  expect(error?.message).toContain('longer than 100000 bytes (maxPageBytes)');
});

describe('codecs', () => {
  /** An LZ4 block of one literal, and one Snappy literal. */
  const block = (text: string) => Buffer.concat([Buffer.from([text.length << 4]), Buffer.from(text)]);
  const framed = (text: string) => {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(text.length);
    head.writeUInt32BE(block(text).length, 4);
    return Buffer.concat([head, block(text)]);
  };

  test('LZ4 is taken as Hadoop writes it, in frames, and as one block', () => {
    expect(Buffer.from(unpackLz4(Buffer.concat([framed('ab'), framed('cde')]), 5)).toString()).toBe('abcde');
    expect(Buffer.from(unpackLz4(block('abcde'), 5)).toString()).toBe('abcde');
    // a literal, then a copy that overlaps itself
    expect(Buffer.from(unpackLz4Block(Buffer.from([0x11, 0x61, 1, 0, 0x10, 0x62]), 7)).toString()).toBe('aaaaaab');
  });

  test('any bytes give the length that was asked for, or an error, soon', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.nat(300), (bytes, length) => {
        for (const unpack of [unpackLz4, unpackLz4Block, unpackSnappy]) {
          try {
            expect(unpack(bytes, length)).toHaveLength(length);
          } catch (error) {
            expect((error as Error).message).toMatch(/is damaged (LZ4|Snappy)/);
          }
        }
      }),
      { numRuns: 2000 },
    );
  });
});

test('whatever a writer writes is read back', async () => {
  const value = fc.record({
    n: fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
    s: fc.option(fc.string({ unit: 'grapheme' })),
    d: fc.option(fc.double({ noNaN: true })),
    b: fc.option(fc.boolean()),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(value, { minLength: 1, maxLength: 50 }),
      fc.integer({ min: 1, max: 20 }),
      async (rows, size) => {
        const column = (name: 'n' | 's' | 'd' | 'b', type: 'INT64' | 'STRING' | 'DOUBLE' | 'BOOLEAN') => ({
          name,
          type,
          data: rows.map(row => row[name]),
          nullable: true,
        });
        const columnData = [column('n', 'INT64'), column('s', 'STRING'), column('d', 'DOUBLE'), column('b', 'BOOLEAN')];
        const bytes = new Uint8Array(parquetWriteBuffer({ columnData, rowGroupSize: size, pageSize: 64 }));
        const { items, error } = await read(counted(bytes).ranges);
        expect(error).toBeUndefined();
        expect(items.map(one => one.value)).toEqual(rows.map(row => ({ ...row })));
      },
    ),
    { numRuns: 100 },
  );
});
