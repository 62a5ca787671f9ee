/** Promise: Parquet files of pyarrow, pandas, polars, DuckDB, fastparquet, delta-rs and Spark are read as they were meant. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Notes } from '../../lib/files/notes.ts';
import { InvalidRecords } from '../../lib/files/problems.ts';
import { type ReadOptions, readRecords } from '../../lib/files/read-records.ts';
import { chunked, outcome } from '../files/chunked.ts';

const file = (name: string) => new URL(name, import.meta.url);
const expected = new Map<string, unknown[]>(
  readFileSync(file('parquet-expected.ndjson'), 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as { files: string[]; rows: unknown[] })
    .flatMap(({ files, rows }) => files.map(name => [name, rows] as const)),
);

/** As make_corpus.py writes values that JSON has not, or not exactly. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (value instanceof Date) return `Date ${value.toISOString()}`;
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString('hex')}`;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, plain(field)]));
}

const rowsOf = async (name: string, options: ReadOptions = {}, notes = new Notes()) => {
  const object = { key: name, body: chunked(readFileSync(file(name))) };
  const { items, error } = await outcome(readRecords(object, options, new InvalidRecords(0), notes));
  if (error) throw error;
  return items.map(({ value }) => plain(value));
};

test('text that is not said to be any is text by an option', async () => {
  expect(await rowsOf('no-annotation.parquet', { binaryAsString: true })).toEqual([{ name: 'é' }, { name: null }]);
  expect((await rowsOf('pyarrow-types.parquet', { binaryAsString: true }))[0]).toMatchObject({
    bytes: 'x',
    large: 'a',
  });
});

test('row numbers of pandas are left out and noted, unless they are asked for', async () => {
  const notes = new Notes();
  await rowsOf('pandas-row-numbers.parquet', {}, notes);
  const [note] = notes.list;
  expect(note).toMatchObject({ kind: 'index-column', count: 1, first: [{ line: 1, field: '__index_level_0__' }] });
  const columns = ['n', '__index_level_0__'];
  expect((await rowsOf('pandas-row-numbers.parquet', { columns }))[2]).toEqual({ n: '4n', __index_level_0__: '3n' });
  expect(await rowsOf('pandas-range-index.parquet', { columns: ['id'] })).toEqual([
    { id: '1n' },
    { id: '2n' },
    { id: '3n' },
  ]);
  expect((await rowsOf('pandas-range-index.parquet', { columns: ['n'] }))[0]).toEqual({ n: '1n' });
});

test('durations and periods of pandas are noted as the numbers that they are', async () => {
  const noted = async (options: ReadOptions) => {
    const notes = new Notes();
    await rowsOf('pandas-spans.parquet', options, notes);
    return notes.list.map(({ kind, first }) => [kind, first.map(({ field, problem }) => `${field} ${problem}`)]);
  };
  const [took, month] = [/^took timedelta64\[us\] of pandas, taken for the number/, /^month period\[M\] of pandas/];
  expect(await noted({})).toEqual([['odd-value', [expect.stringMatching(took), expect.stringMatching(month)]]]);
  expect(await noted({ columns: ['month'] })).toEqual([['odd-value', [expect.stringMatching(month)]]]);
});

describe('Parquet files that such programs wrote are read as they meant them', () => {
  const names = readdirSync(file('.')).filter(name => name.endsWith('.parquet'));
  test('and all of them are there', () => expect(names.sort()).toEqual([...expected.keys()].sort()));

  test.each(names)('%s', async name => {
    const { items, error } = await outcome(readRecords({ key: name, body: chunked(readFileSync(file(name))) }));
    expect(error).toBeUndefined();
    expect(items.map(({ value }) => plain(value))).toEqual(expected.get(name));
    expect(items.map(({ line }) => line)).toEqual(items.map((_, index) => index + 1));
  });
});
