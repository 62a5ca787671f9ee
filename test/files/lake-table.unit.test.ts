/** Promise: the log of a Delta, Hudi or Iceberg table tells which folder isn't a folder of files. */
import { expect, it } from 'vitest';
import { lakeFoldersOf, lakeTableOf } from '../../lib/files/keys/lake-table.ts';

it.each([
  ['lake/t/_delta_log/00000000000000000000.json', 'Delta', 'lake/t/'],
  ['_delta_log/00000000000000000010.checkpoint.parquet', 'Delta', ''],
  ['lake/t/.hoodie/20261101.commit', 'Hudi', 'lake/t/'],
  ['lake/t/.hoodie/timeline/x', 'Hudi', 'lake/t/'],
  ['wh/db/t/metadata/00001-3f2a.metadata.json', 'Iceberg', 'wh/db/t/'],
  ['wh/db/t/metadata/v3.metadata.json', 'Iceberg', 'wh/db/t/'],
  ['wh/db/t/metadata/snap-77-1-3f2a.avro', 'Iceberg', 'wh/db/t/'],
])('%s is of %s in %s', (key, format, folder) => {
  expect(lakeTableOf(key)).toMatchObject({ format, folder });
});

it.each([
  'lake/t/part-0.parquet',
  'lake/t/metadata/readme.json',
  'lake/t/metadata/people.metadata.json',
  'a_delta_log/x.json',
  'x.hoodie/y',
])('%s is of none', key => {
  expect(lakeTableOf(key)).toBeNull();
});

it('a table may be any folder above a file, but for its partitions', () => {
  expect(lakeFoldersOf('a/b/dt=1/part-0.parquet')).toEqual(['', 'a/', 'a/b/']);
  expect(lakeFoldersOf('part-0.parquet')).toEqual(['']);
});
