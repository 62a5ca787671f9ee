import pMap from 'p-map';
import { ContentError } from '../content-error.ts';
import type { OwnFormat, RangedFile, RecordBatches, SourceRecord } from '../file-format.ts';
import { DEFAULT_MAX_DECOMPRESSED_BYTES } from '../limits.ts';
import { collect } from '../whole/collect.ts';
import { fetchChunks } from './chunk.ts';
import { ColumnCursor, PageBudget } from './column.ts';
import { type ParquetFooter, type RowGroup, readFooter } from './footer.ts';
import { DEFAULT_MAX_PAGE_BYTES, type ParquetOptions, parquetOptions } from './parquet-options.ts';
import { rowReader } from './rows.ts';
import { leavesOf } from './schema.ts';
import { conversionOf } from './values.ts';

/**
 * Apache Parquet (https://parquet.apache.org/docs/file-format/): a row is a record, an object by the columns' names, with
 * null for null. Read by ranges, the columns that the source names only, page by page: memory is bounded by a page of
 * each column. A file that is packed as a whole (`.parquet.gz`) has to be held whole, up to `maxPageBytes`.
 *
 * A record's line is its number.
 */
export const parquet: OwnFormat<Readonly<Record<string, unknown>>, ParquetOptions> = {
  extensions: ['.parquet'],
  contentTypes: ['application/vnd.apache.parquet', 'application/x-parquet', 'application/parquet'],
  options: parquetOptions,
  async *read(bytes, options) {
    const { maxPageBytes = DEFAULT_MAX_PAGE_BYTES } = options;
    const whole = await collect(bytes, maxPageBytes, 'maxPageBytes');
    yield* readParquet({ size: whole.length, read: async (start, end) => whole.slice(start, end) }, options);
  },
  readRanges: readParquet,
};

/** Rows that are given at once. */
const BATCH_ROWS = 1000;
const LEFT_OUT =
  "row numbers that pandas wrote as an index without a name: left out, unless the source's columns name them";
const TAKEN = 'taken for the number that the file has: write it as a text, such as P1DT2H';
/** Columns whose bytes are fetched at once. */
const PARALLEL_FETCHES = 4;

async function* readParquet(file: RangedFile, options: ParquetOptions): RecordBatches {
  const footer = await readFooter(file, options);
  const { range, numbers, spans } = footer.index;
  const notes = [
    ...[...numbers].map(field => ({ kind: 'index-column', field, problem: LEFT_OUT })),
    ...[...spans].map(([field, type]) => ({ kind: 'odd-value', field, problem: `${type} of pandas, ${TAKEN}` })),
  ];
  const { maxPageBytes = DEFAULT_MAX_PAGE_BYTES, maxDecompressedBytes = DEFAULT_MAX_DECOMPRESSED_BYTES } = options;
  const budget = new PageBudget(maxPageBytes, maxDecompressedBytes);
  let line = 0;
  for (const group of footer.groups) {
    if (group.rows === 0) continue;
    const cursors = await cursorsOf(file, footer, group, budget, options);
    const readRow = rowReader(footer.fields, cursors);
    for (let left = group.rows; left > 0; ) {
      await pMap(cursors.values(), cursor => cursor.fill(), { concurrency: PARALLEL_FETCHES });
      const rows = Math.min(left, BATCH_ROWS, ...[...cursors.values()].map(cursor => cursor.rows));
      const records: SourceRecord[] = [];
      let fault: unknown;
      try {
        for (; records.length < rows; line += 1) {
          const value = readRow();
          if (range !== undefined) value[range.name] = BigInt(range.start) + BigInt(range.step) * BigInt(line);
          records.push(line === 0 && notes.length > 0 ? { line: 1, value, notes } : { line: line + 1, value });
        }
      } catch (error) {
        fault = error instanceof ContentError ? error.at(line + 1) : error;
      }
      if (records.length > 0) yield records;
      if (fault) throw fault;
      left -= rows;
    }
    for (const cursor of cursors.values()) cursor.close();
  }
}

async function cursorsOf(
  file: RangedFile,
  { fields }: ParquetFooter,
  group: RowGroup,
  budget: PageBudget,
  options: ParquetOptions,
): Promise<Map<string, ColumnCursor>> {
  const bytes = await fetchChunks(file, group.chunks);
  const cursors = new Map<string, ColumnCursor>();
  for (const leaf of fields.flatMap(leavesOf)) {
    const held = bytes.get(leaf.path);
    const codec = group.chunks.get(leaf.path)?.codec ?? '';
    const convert = conversionOf(leaf.element, options);
    if (held) cursors.set(leaf.path, new ColumnCursor(leaf, held, codec, convert, budget));
  }
  return cursors;
}
