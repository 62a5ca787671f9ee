/** Promise: a number that a file has as FLOAT stays one where no schema says its type, and times keep all their digits. */
import { readFileSync } from 'node:fs';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { FormatName } from '../../lib/files/formats.ts';
import { type ReadOptions, readRecords } from '../../lib/files/read-records.ts';
import { ContextKey, flow, type NodeTable, TableSchema } from '../../lib/index.ts';
import { instantOf } from '../../lib/values/instant.ts';
import { chunked } from './chunked.ts';

async function recordsOf(bytes: string | Uint8Array, options: ReadOptions, key = 'a'): Promise<unknown[]> {
  const values: unknown[] = [];
  for await (const batch of readRecords({ key, body: chunked(bytes) }, options))
    values.push(...batch.map(({ value }) => value));
  return values;
}

/** A table without a schema. */
const table = () => {
  let made: NodeTable | undefined;
  flow(new ContextKey('k'), graph => {
    made = graph.nodeTable('A');
  });
  return made as NodeTable;
};

const parquet = (columns: { name: string; data: unknown[]; type?: string }[]) =>
  new Uint8Array(parquetWriteBuffer({ columnData: columns as never }));

describe('without a schema', () => {
  const file = parquet([
    { name: 'id', data: ['a', 'b'], type: 'STRING' },
    { name: 'price', data: [2, 2.5], type: 'DOUBLE' },
    { name: 'small', data: [3, 3.5], type: 'FLOAT' },
    { name: 'count', data: [2, 3], type: 'INT32' },
  ]);

  test('a DOUBLE or FLOAT of Parquet that is whole is a FLOAT, an INT32 an INTEGER', async () => {
    const [row] = (await recordsOf(file, { format: 'parquet' })) as Record<string, unknown>[];
    // A number is FLOAT and a bigint INTEGER.
    expect(table().declareRecord(row ?? {}).values).toEqual({ id: 'a', price: 2, small: 3, count: 2n });
    expect(table().declareRecord({ ...row, id: 'c' }).values).toEqual({ id: 'c', price: 2, small: 3, count: 2n });
  });

  test('it stays a FLOAT behind a schema of the record', async () => {
    const record = z.object({ id: z.string(), price: z.number() });
    const [row] = (await recordsOf(file, { format: 'parquet', record } as ReadOptions)) as Record<string, unknown>[];
    expect(table().declareRecord(row ?? {}).values).toEqual({ id: 'a', price: 2 });
  });

  test('what the function puts in place of it has its own type', async () => {
    const [row] = (await recordsOf(file, { format: 'parquet' })) as Record<string, unknown>[];
    expect(table().declareRecord({ ...row, price: 5n, total: 7 }).values).toMatchObject({ price: 5n, total: 7n });
  });

  test.each<[FormatName, string]>([
    ['neo4j-admin', ':ID,:LABEL,f:double,l:float[],n:int\n1,A,2,1;2,2\n'],
    ['neptune', '~id,~label,f:Double,l:Float[],n:Int\n1,A,2,1;2,2\n'],
  ])('a float of %s is a FLOAT, in lists too', async (format, text) => {
    const [element] = await recordsOf(text, { format });
    const flowOf = flow(new ContextKey('k'), graph => {
      graph.source('*', { format: format as 'neptune', tables: [graph.nodeTable('A')] });
    });
    const declaration = flowOf.sources[0]?.declare(element, { key: 'a', size: 1 }) as { values: object };
    expect(declaration.values).toEqual({ id: '1', f: 2, l: [1, 2], n: 2n });
  });
});

test('with a schema the column decides', async () => {
  let made: NodeTable<{ id: string; price: number }> | undefined;
  flow(new ContextKey('k'), graph => {
    made = graph.nodeTable('A', { schema: TableSchema.from(z.object({ id: z.string(), price: z.int() })) });
  });
  const file = parquet([
    { name: 'id', data: ['a'], type: 'STRING' },
    { name: 'price', data: [2], type: 'DOUBLE' },
  ]);
  const [row] = (await recordsOf(file, { format: 'parquet' })) as { id: string; price: number }[];
  expect(row && made?.declareRecord(row).values).toEqual({ id: 'a', price: 2n });
});

describe('times of Parquet', () => {
  const at = (row: unknown) => String(table().declareRecord({ id: 'x', at: (row as { at: unknown }).at }).values.at);

  const corpus = (name: string) =>
    recordsOf(readFileSync(new URL(`../corpus/${name}`, import.meta.url)), { format: 'parquet' });

  test('in UTC keep microseconds and nanoseconds, before 1970 too, until they are stored', async () => {
    const [row] = (await corpus('sub-millisecond-times.parquet')) as Record<string, Date>[];
    const [old] = (await corpus('int96.parquet')) as Record<string, Date>[];
    expect(row?.micros).toBeInstanceOf(Date);
    expect(at({ at: row?.micros })).toBe('2026-01-31T12:00:00.000009000Z');
    expect(at({ at: row?.nanos })).toBe('1969-12-31T23:59:59.999999999Z');
    expect(at({ at: old?.int96 })).toBe('1969-12-31T23:59:59.999999000Z');
  });

  test('are plain Dates where they have no more digits than those', () => {
    expect(instantOf(1_000_000n).constructor).toBe(Date);
    expect(JSON.stringify({ at: instantOf(1n) })).toBe('{"at":"1970-01-01T00:00:00.000000001Z"}');
    expect(z.date().parse(instantOf(1n)).toISOString()).toBe('1970-01-01T00:00:00.000000001Z');
  });
});
