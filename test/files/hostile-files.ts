import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import type { ReadOptions } from '../../lib/files/read-records.ts';
import {
  DELTA_BINARY_PACKED,
  DELTA_BYTE_ARRAY,
  type Fields,
  page,
  parquetFile,
  RLE_DICTIONARY,
} from './lying-parquet.ts';

/** A file that means harm, or was harmed; what says no to it. */
export interface HostileFile {
  readonly key: string;
  readonly contentEncoding?: string;
  readonly body: () => AsyncIterable<Uint8Array> | Uint8Array;
  readonly options?: ReadOptions;
  readonly problem: RegExp;
}

const MIB = 1024 * 1024;
const lines = () => Buffer.alloc(4 * MIB, '\n');
const SMALL_UNPACKED = { maxDecompressedBytes: 8 * MIB };

async function* repeated(first: string, part: string, bytes: number): AsyncGenerator<Uint8Array> {
  yield Buffer.from(first);
  const block = Buffer.from(part.repeat(Math.ceil(65536 / part.length)));
  for (let given = 0; given < bytes; given += block.length) yield block;
}

const parquet = (problem: RegExp, body: () => Uint8Array, options: ReadOptions = {}): HostileFile => ({
  key: 'a.parquet',
  body,
  options,
  problem,
});
const varint = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)]);
const int32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const dictionary = page({ body: int32(7), dictionary: true });
const column = (fields: Fields): Fields => ({ field_3: 0, ...fields });
/** A run of values that is longer than the page says. */
const run = (count: number) => Buffer.from([1, ...varint(count * 2), 0]);

export const hostileFiles: Readonly<Record<string, HostileFile>> = {
  // Bombs
  'gzip bomb': {
    key: 'a.ndjson.gz',
    body: () => Buffer.concat(Array(4).fill(gzipSync(lines()))),
    options: SMALL_UNPACKED,
    problem: /unpacks to more than 8388608 bytes/,
  },
  'zstd bomb': {
    key: 'a.csv.zst',
    body: () => Buffer.concat(Array(4).fill(zstdCompressSync(lines()))),
    options: SMALL_UNPACKED,
    problem: /unpacks to more than 8388608 bytes/,
  },
  'nested bomb, gzip in gzip': {
    key: 'a.ndjson.gz',
    contentEncoding: 'gzip',
    body: () => gzipSync(Buffer.concat(Array(4).fill(gzipSync(lines())))),
    options: SMALL_UNPACKED,
    problem: /unpacks to more than 8388608 bytes/,
  },
  'nested bomb, zstd in gzip': {
    key: 'a.ndjson.zst',
    contentEncoding: 'gzip',
    body: () => gzipSync(Buffer.concat(Array(4).fill(zstdCompressSync(lines())))),
    options: SMALL_UNPACKED,
    problem: /unpacks to more than 8388608 bytes/,
  },
  'bomb of a packed Parquet file, which is held whole': {
    key: 'a.parquet.gz',
    body: () => Buffer.concat(Array(4).fill(gzipSync(lines()))),
    options: { maxPageBytes: 8 * MIB },
    problem: /longer than 8388608 bytes \(maxPageBytes\)/,
  },
  'a million zstd frames of nothing': {
    key: 'a.ndjson.zst',
    body: async function* () {
      const frames = Buffer.concat(Array(10_000).fill(zstdCompressSync('')));
      for (let count = 0; count < 100; count += 1) yield frames;
    },
    problem: /more than 20000 zstd frames/,
  },

  // Text without end
  'a line of 100 MB': {
    key: 'a.ndjson',
    body: () => repeated('{"a":"', 'x', 100e6),
    problem: /line is longer than 16777216 bytes/,
  },
  'a JSON document of 100 MB': {
    key: 'a.json',
    body: () => repeated('{"a":"', 'x', 100e6),
    problem: /record is longer than 16777216 bytes/,
  },
  'a CSV row of 100 MB': {
    key: 'a.csv',
    body: () => repeated('a,b\n"', 'x', 100e6),
    problem: /row is longer than 16777216 bytes/,
  },
  'a CSV header of a billion columns': {
    key: 'a.csv',
    body: () => repeated('a', ',b', 2e9),
    problem: /more than 4096 cells/,
  },
  'a neo4j-admin header of a billion columns': {
    key: 'a.csv',
    body: () => repeated(':ID', ',b:int', 6e9),
    options: { format: 'neo4j-admin' },
    problem: /more than 4096 cells/,
  },
  'a neo4j-admin column whose name would take for ever to match': {
    key: 'a.csv',
    body: () => Buffer.from(`:ID,"${':a{'.repeat(1e6)}"\n`),
    options: { format: 'neo4j-admin' },
    problem: /name of more than 1000 characters/,
  },
  'a Neptune column whose name would take for ever to match': {
    key: 'a.csv',
    body: () => Buffer.from(`~id,${'\\'.repeat(1e6)}\n`),
    options: { format: 'neptune' },
    problem: /name of more than 1000 characters/,
  },
  'an integer of a million digits': {
    key: 'a.csv',
    body: () => Buffer.from(`:ID,n:long\n1,${'9'.repeat(1e6)}\n`),
    options: { format: 'neo4j-admin' },
    problem: /n: got string "9+.*expected an integer of 64 bits/,
  },
  'deep JSON': { key: 'a.ndjson', body: () => Buffer.from('['.repeat(1e6)), problem: /nested more than 200 deep/ },
  'records without end': {
    key: 'a.ndjson',
    body: () => repeated('', '1\n', 1e12),
    options: { maxRecords: 1e6 },
    problem: /more than 1000000 records \(maxRecords\)/,
  },

  // Names
  'a CSV header __proto__': { key: 'a.csv', body: () => Buffer.from('id,__proto__\n1,2\n'), problem: /__proto__/ },
  'a neo4j-admin header __proto__': {
    key: 'a.csv',
    body: () => Buffer.from(':ID,__proto__:int\n1,2\n'),
    options: { format: 'neo4j-admin' },
    problem: /named __proto__/,
  },
  'a Neptune header __proto__': {
    key: 'a.csv',
    body: () => Buffer.from('~id,__proto__:Int\n1,2\n'),
    options: { format: 'neptune' },
    problem: /__proto__:Int".* is not allowed/,
  },
  'an APOC property __proto__': {
    key: 'a.jsonl',
    body: () => Buffer.from('{"type":"node","id":"1","properties":{"__proto__":{"a":1}}}\n'),
    options: { format: 'apoc' },
    problem: /__proto__ is not allowed/,
  },
  'a Parquet column __proto__': parquet(/a field named string "__proto__"/, () =>
    parquetFile({ schema: [{ field_4: 'root', field_5: 1 }, column({ field_1: 1, field_4: '__proto__' })] }),
  ),
  'duplicate headers': { key: 'a.csv', body: () => Buffer.from('a,b,a\n1,2,3\n'), problem: /same name as column 1/ },
  'duplicate Parquet columns': parquet(/two fields string "x"/, () => {
    const x = column({ field_1: 1, field_4: 'x' });
    return parquetFile({ schema: [{ field_4: 'root', field_5: 2 }, x, x] });
  }),
  'duplicate neo4j-admin headers': {
    key: 'a.csv',
    body: () => Buffer.from(':ID,a:int,a\n1,2,3\n'),
    options: { format: 'neo4j-admin' },
    problem: /two columns string "a"/,
  },

  // Damage
  'invalid UTF-8 in text': { key: 'a.csv', body: () => Buffer.from('a\n\xff\n', 'latin1'), problem: /not valid UTF-8/ },
  'invalid UTF-8 in Parquet': parquet(/text that is not valid UTF-8/, () =>
    parquetFile({
      type: 6,
      schema: [{ field_4: 'root', field_5: 1 }, column({ field_1: 6, field_4: 'x', field_6: 0 })],
      pages: [page({ body: Buffer.from([1, 0, 0, 0, 0xff]) })],
    }),
  ),
  'truncated gzip': {
    key: 'a.ndjson.gz',
    body: () => gzipSync('{"a":1}\n'.repeat(1000)).subarray(0, 40),
    problem: /ends in the middle of its gzip stream/,
  },
  'truncated zstd': {
    key: 'a.ndjson.zst',
    body: () => zstdCompressSync('{"a":1}\n'.repeat(1000)).subarray(0, 20),
    problem: /ends in the middle of its zstd stream/,
  },
  'truncated Parquet': parquet(/doesn’t end with PAR1/, () => parquetFile().subarray(0, -9)),
  'a Parquet file that is only its magic numbers': parquet(/too short/, () => Buffer.from('PAR1PAR1')),
  'an empty Parquet file': parquet(/too short/, () => new Uint8Array(0)),
  'an empty CSV file': { key: 'a.csv', body: () => new Uint8Array(0), problem: /the file is empty/ },
  'an empty JSON file': { key: 'a.json', body: () => new Uint8Array(0), problem: /the file is empty/ },
  'an empty gzip file': { key: 'a.csv.gz', body: () => gzipSync(''), problem: /the file is empty/ },
  'an empty neo4j-admin file': {
    key: 'a.csv',
    body: () => new Uint8Array(0),
    options: { format: 'neo4j-admin' },
    problem: /the file is empty/,
  },

  // Parquet that lies
  'a footer longer than the file': parquet(/footer has 4294967295 bytes/, () => {
    const file = parquetFile();
    file.writeUInt32LE(0xffffffff, file.length - 8);
    return file;
  }),
  'a footer over the limit': parquet(
    /footer of \d+ bytes, more than 1000 \(maxRecordBytes\)/,
    () => parquetFile({ footer: { field_6: 'x'.repeat(2000) } }),
    { maxRecordBytes: 1000 },
  ),
  'a footer with a list of four thousand million': parquet(/Thrift list of 4294967295 elements/, () =>
    parquetFile({ footer: Buffer.from([0x19, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x0f, 0]) }),
  ),
  'a footer of lists in lists': parquet(/nested more than 32 deep/, () =>
    parquetFile({ footer: Buffer.concat([Buffer.alloc(100, 0x1c), Buffer.alloc(101)]) }),
  ),
  'a footer with a number without end': parquet(/number of more than 10 bytes/, () =>
    parquetFile({ footer: Buffer.concat([Buffer.from([0x16]), Buffer.alloc(100_000, 0xff)]) }),
  ),
  'a footer of five million structures': parquet(/more than 4000000 values/, () =>
    parquetFile({ footer: Buffer.concat([Buffer.from([0x19, 0xfc, ...varint(5e6)]), Buffer.alloc(5e6 + 1)]) }),
  ),
  'statistics with a decimal of a million bytes': parquet(/statistics with a decimal of 1000000 bytes/, () => {
    const statistics = { field_5: Buffer.alloc(1e6, 1) };
    const decimal = { field_1: 7, field_2: 1e6, field_3: 0, field_4: 'x', field_6: 5 };
    return parquetFile({ schema: [{ field_4: 'root', field_5: 1 }, decimal], chunk: { field_12: statistics } });
  }),
  'more rows than the limit': parquet(/has 9000000000000000000 rows, more than 10000000 \(maxRecords\)/, () =>
    parquetFile({ rows: 9_000_000_000_000_000_000n }),
  ),
  'fewer than no rows': parquet(/says that it has bigint -1 rows/, () => parquetFile({ rows: -1n })),
  'row groups that disagree with the footer': parquet(/has 5 rows, and its row groups have 1/, () =>
    parquetFile({ footer: { field_3: 5n } }),
  ),
  'ten thousand columns': parquet(/more than 4096 columns/, () => {
    const columns = Array.from({ length: 1e4 }, (_, i) => column({ field_1: 1, field_4: `c${i}` }));
    return parquetFile({ schema: [{ field_4: 'root', field_5: 1e4 }, ...columns] });
  }),
  'a schema that promises more fields than it has': parquet(/has number 2147483647 fields/, () =>
    parquetFile({ schema: [{ field_4: 'root', field_5: 2147483647 }, column({ field_1: 1, field_4: 'x' })] }),
  ),
  'a schema twenty thousand deep': parquet(/schema nested more than 200 deep/, () => {
    const groups = Array.from({ length: 2e4 }, () => column({ field_4: 'g', field_5: 1 }));
    return parquetFile({ schema: [{ field_4: 'root', field_5: 1 }, ...groups, column({ field_1: 1, field_4: 'x' })] });
  }),
  'a column without a name': parquet(/damaged Parquet: Cannot read properties/, () =>
    parquetFile({ chunk: { field_3: undefined } }),
  ),
  'a column beyond the file': parquet(/a column has bigint \d+ bytes at bigint 99999/, () =>
    parquetFile({ chunk: { field_9: 99999n } }),
  ),
  'a column in another file': parquet(/columns in other files/, () => {
    const meta = {
      field_1: 1,
      field_2: [0],
      field_3: ['x'],
      field_4: 0,
      field_5: 1n,
      field_6: 9n,
      field_7: 9n,
      field_9: 4n,
    };
    const group = { field_1: [{ field_1: '/etc/passwd', field_2: 4n, field_3: meta }], field_2: 9n, field_3: 1n };
    return parquetFile({ footer: { field_4: [group] } });
  }),
  'a page that says it unpacks to two thousand million bytes': parquet(
    /pages of more than 268435456 bytes at once/,
    () => parquetFile({ codec: 2, pages: [page({ body: gzipSync('x'), lies: { field_2: 2147483647 } })] }),
  ),
  'a page that says it has two thousand million values': parquet(/pages of more than 268435456 bytes at once/, () =>
    parquetFile({ pages: [page({ body: int32(1), values: 2147483647 })] }),
  ),
  'a page of less than nothing': parquet(/page header that says -5/, () =>
    parquetFile({ pages: [page({ body: int32(1), lies: { field_2: -5 } })] }),
  ),
  'a page longer than its column': parquet(/page of 100000 bytes where its column has 4 left/, () =>
    parquetFile({ pages: [page({ body: int32(1), lies: { field_3: 100_000 } })] }),
  ),
  'a gzip page that unpacks to more than it says': parquet(/damaged GZIP/, () =>
    parquetFile({ codec: 2, pages: [page({ body: gzipSync(Buffer.alloc(4 * MIB)), lies: { field_2: 4 } })] }),
  ),
  'a brotli page that unpacks to more than it says': parquet(/damaged BROTLI/, () =>
    parquetFile({
      codec: 4,
      pages: [page({ body: brotliCompressSync(Buffer.alloc(4 * MIB)), lies: { field_2: 4 } })],
    }),
  ),
  'a zstd page that unpacks to more than it says': parquet(/damaged ZSTD/, () =>
    parquetFile({ codec: 6, pages: [page({ body: zstdCompressSync(Buffer.alloc(4 * MIB)), lies: { field_2: 4 } })] }),
  ),
  'a gzip page that unpacks to less than it says': parquet(/page of 4 bytes where its header says 1000/, () =>
    parquetFile({ codec: 2, pages: [page({ body: gzipSync(int32(1)), lies: { field_2: 1000 } })] }),
  ),
  'a Snappy page with a literal that goes backwards': parquet(/damaged SNAPPY: is damaged Snappy/, () =>
    parquetFile({
      codec: 1,
      pages: [page({ body: Buffer.from([4, 0xfc, 0xff, 0xff, 0xff, 0xff, 1, 2]), lies: { field_2: 4 } })],
    }),
  ),
  'an LZ4 page with a match of all the world': parquet(/damaged LZ4_RAW: is damaged LZ4/, () =>
    parquetFile({
      codec: 7,
      pages: [
        page({ body: Buffer.concat([Buffer.from([0x1f, 1, 1, 0]), Buffer.alloc(1e5, 255)]), lies: { field_2: 4 } }),
      ],
    }),
  ),
  'a codec that nobody has': parquet(/compressed by LZO: use UNCOMPRESSED/, () => parquetFile({ codec: 3 })),
  'a run of two thousand million indices': parquet(/damaged run of values/, () =>
    parquetFile({ pages: [dictionary, page({ body: run(2 ** 30), encoding: RLE_DICTIONARY })] }),
  ),
  'a run of indices of no bits that counts down': parquet(/damaged run of values/, () =>
    parquetFile({
      pages: [dictionary, page({ body: Buffer.from([0, ...varint(0xffffffff)]), encoding: RLE_DICTIONARY })],
    }),
  ),
  'an index that the dictionary has not': parquet(/names a value that its dictionary of 1 has not/, () =>
    parquetFile({ pages: [dictionary, page({ body: Buffer.from([3, 2, 5]), encoding: RLE_DICTIONARY })] }),
  ),
  'two dictionaries': parquet(/two dictionaries/, () => parquetFile({ pages: [dictionary, dictionary] })),
  'indices without a dictionary': parquet(/needs a dictionary/, () =>
    parquetFile({ pages: [page({ body: run(1), encoding: RLE_DICTIONARY })] }),
  ),
  'a text longer than its page': parquet(/damaged Parquet: .*length/, () =>
    parquetFile({ type: 6, pages: [page({ body: int32(1e9) })] }),
  ),
  'delta blocks of two thousand million parts': parquet(/delta blocks of/, () =>
    parquetFile({
      pages: [
        page({
          body: Buffer.from([...varint(128), ...varint(2 ** 31 - 1), 2, 0, 0]),
          values: 2,
          encoding: DELTA_BINARY_PACKED,
        }),
      ],
      rows: 2n,
    }),
  ),
  'deltas with a number without end': parquet(/damaged number in a page/, () => {
    const body = Buffer.concat([Buffer.from([...varint(128), 4, 2, 0]), Buffer.alloc(1e6, 0xff)]);
    return parquetFile({ type: 2, pages: [page({ body, values: 2, encoding: DELTA_BINARY_PACKED })], rows: 2n });
  }),
  'prefixes that unfold to gigabytes': parquet(
    /unfolds to more than 1000000 bytes \(maxPageBytes\)/,
    () => {
      const block = [...varint(128), 1, ...varint(129)];
      // Prefixes: none, then ever 10,000. Suffixes: 10,000, then ever none.
      const prefixes = [...block, 0, 0, 16, ...residuals(10_000, 0)];
      const suffixes = [...block, ...varint(20_000), ...varint(19_999), 16, ...residuals(0, 10_000)];
      const bytes = [...prefixes, ...suffixes];
      const body = Buffer.concat([Buffer.from(bytes), Buffer.alloc(10_000, 'x')]);
      return parquetFile({ type: 6, pages: [page({ body, values: 129, encoding: DELTA_BYTE_ARRAY })], rows: 129n });
    },
    { maxPageBytes: 1e6 },
  ),
  'a column that ends before its row group': parquet(/ends before its row group does: x/, () =>
    parquetFile({ rows: 3n }),
  ),
  'an encrypted file': parquet(/encrypted/, () => {
    const file = parquetFile();
    file.write('PARE', file.length - 4);
    return file;
  }),
  'a page header that never ends': parquet(/Thrift|header/, () =>
    parquetFile({ pages: [Buffer.concat([Buffer.from([0x18, ...varint(3e6)]), Buffer.alloc(3e6 + 10)])] }),
  ),
};

/** A part of 128 deltas of 16 bits, beyond the smallest: the first, and the others. */
function residuals(first: number, others: number): number[] {
  const bytes = Buffer.alloc(256);
  for (let index = 0; index < 128; index += 1) bytes.writeUInt16LE(index === 0 ? first : others, index * 2);
  return [...bytes];
}
