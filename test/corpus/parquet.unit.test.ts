import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readRecords } from '../../lib/files/read-records.ts';
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

describe('Parquet files that pyarrow, pandas and DuckDB wrote are read as they meant them', () => {
  const names = readdirSync(file('.')).filter(name => name.endsWith('.parquet'));
  test('and all of them are there', () => expect(names.sort()).toEqual([...expected.keys()].sort()));

  test.each(names)('%s', async name => {
    const { items, error } = await outcome(readRecords({ key: name, body: chunked(readFileSync(file(name))) }));
    expect(error).toBeUndefined();
    expect(items.map(({ value }) => plain(value))).toEqual(expected.get(name));
    expect(items.map(({ line }) => line)).toEqual(items.map((_, index) => index + 1));
  });
});
