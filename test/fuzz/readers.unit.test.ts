/** Threat: damaged bytes end a reader in anything but what they say or a refusal. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ReadOptions, readRecords } from '../../lib/files/read-records.ts';
import { RejectedObjectError } from '../../lib/files/rejection.ts';
import { anyCuts, chunked, outcome } from '../files/chunked.ts';
import { parquetFile } from '../files/lying-parquet.ts';
import { goodFiles } from './files.ts';
import { fuzz } from './fuzz.ts';

/** More by GRAPHDROP_FUZZ_RUNS; another start by GRAPHDROP_FUZZ_SEED. */
const runs = Number(process.env.GRAPHDROP_FUZZ_RUNS ?? 2000);
const seed = Number(process.env.GRAPHDROP_FUZZ_SEED ?? 1);

test.each(goodFiles)('the file $key, which is damaged below, is read as it is', async ({ key, bytes, options }) => {
  expect((await outcome(readRecords({ key, body: chunked(bytes) }, options))).error).toBeUndefined();
});

test('a good file, request or answer that was damaged is read, or refused by the error that says why', {
  timeout: runs * 20,
}, async () => {
  const tally = await fuzz(seed, 0, runs);
  // The damage must be neither nothing nor everything.
  expect(Object.keys(tally.targets)).toEqual(['parquet', 'text', 'requests', 'answers', 'transports', 'verify']);
  for (const [target, { read, refused }] of Object.entries(tally.targets)) {
    expect(Math.min(read, refused), target).toBeGreaterThan(runs / 200);
  }
});

const ANY_KEY = ['a.ndjson', 'a.json', 'a.csv', 'a.tsv', 'a.parquet', 'a.csv.gz', 'a.ndjson.zst'];
const GRAPH_FORMATS = ['apoc', 'neo4j-admin', 'neptune', 'text', 'bytes', 'dynamodb'] as const;
const OPTIONS: readonly ReadOptions[] = [
  { extendedJson: true, allowNonNumericNumbers: true },
  { header: false, trim: true, nullValues: ['1'] },
  { quote: "'", escape: '\\', skipRows: 1 },
  { encoding: 'utf-16le' },
  { encoding: 'shift_jis' },
];

test('any bytes give records or a rejection, and the same however they are cut', async () => {
  const content = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.string({ unit: 'binary', maxLength: 200 }).map(text => new Uint8Array(Buffer.from(text))),
    fc
      .array(fc.constantFrom(':ID', '~id', '~from', ':LABEL', 'a:int', '"', ',', '\n', ';', '1', '{', '}'))
      .map(parts => new Uint8Array(Buffer.from(parts.join('')))),
    // A Parquet file whose footer, or page, is any bytes.
    fc.uint8Array({ maxLength: 100 }).map(bytes => new Uint8Array(parquetFile({ footer: Buffer.from(bytes) }))),
    fc.uint8Array({ maxLength: 100 }).map(bytes => new Uint8Array(parquetFile({ pages: [Buffer.from(bytes)] }))),
  );
  const how = fc.oneof(
    fc.constantFrom(...ANY_KEY).map(key => ({ key, options: {} })),
    fc.constantFrom(...GRAPH_FORMATS).map(format => ({ key: 'a', options: { format } })),
    fc.constant({ key: 'a.parquet', options: {} }),
    fc.record({ key: fc.constantFrom(...ANY_KEY), options: fc.constantFrom(...OPTIONS) }),
  );
  await fc.assert(
    fc.asyncProperty(content, how, anyCuts, async (bytes, { key, options }, cuts) => {
      const whole = await outcome(readRecords({ key, body: chunked(bytes) }, options));
      const cut = await outcome(readRecords({ key, body: chunked(bytes, cuts) }, options));
      if (whole.error) expect(whole.error).toBeInstanceOf(RejectedObjectError);
      else expect(cut.items).toEqual(whole.items);
      expect(cut.error?.message).toBe(whole.error?.message);
      expect(whole.error?.message ?? '').not.toContain("the format's reader failed");
    }),
    { seed, numRuns: Math.ceil(runs / 3) },
  );
});
