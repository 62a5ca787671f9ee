import pMap from 'p-map';
import {
  ContentError,
  DEFAULT_MAX_DECOMPRESSED_BYTES,
  DEFAULT_MAX_DEPTH,
  DEFAULT_MAX_PAGE_BYTES,
  type FileFormat,
  type RangedFile,
  type ReaderOptions,
  type SourceRecord,
} from '../graph/record-reader.ts';
import { fetchChunks } from './parquet-chunk.ts';
import { ColumnCursor, PageBudget } from './parquet-column.ts';
import { type ParquetFooter, type RowGroup, readFooter } from './parquet-footer.ts';
import { rowReader } from './parquet-rows.ts';
import { leavesOf } from './parquet-schema.ts';
import { conversionOf } from './parquet-values.ts';
import { collected } from './whole-object.ts';

/**
 * Apache Parquet (https://parquet.apache.org/docs/file-format/): a row is a record, an object by the columns' names, with
 * null for null. Read by ranges, the columns that the source names only, page by page: memory is bounded by a page of
 * each column. A file that is packed as a whole (`.parquet.gz`) has to be held whole, up to `maxPageBytes`.
 *
 * A record's line is its number.
 */
export const parquet: FileFormat = {
  extensions: ['.parquet'],
  contentTypes: ['application/vnd.apache.parquet', 'application/x-parquet', 'application/parquet'],
  async *read(bytes, options) {
    const { maxPageBytes = DEFAULT_MAX_PAGE_BYTES } = options;
    const whole = await collected(bytes, maxPageBytes, 'maxPageBytes');
    yield* readParquet({ size: whole.length, read: async (start, end) => whole.slice(start, end) }, options);
  },
  readRanges: readParquet,
};

/** Rows that are given at once. */
const BATCH_ROWS = 1000;
/** Columns whose bytes are fetched at once. */
const PARALLEL_FETCHES = 4;

async function* readParquet(file: RangedFile, options: ReaderOptions): AsyncGenerator<SourceRecord[], void, undefined> {
  const footer = await readFooter(file, options);
  const { maxPageBytes = DEFAULT_MAX_PAGE_BYTES, maxDecompressedBytes = DEFAULT_MAX_DECOMPRESSED_BYTES } = options;
  const budget = new PageBudget(maxPageBytes, maxDecompressedBytes);
  let line = 0;
  for (const group of footer.groups) {
    const cursors = await cursorsOf(file, footer, group, budget, options);
    const readRow = rowReader(footer.fields, cursors);
    for (let left = group.rows; left > 0; ) {
      await pMap(cursors.values(), cursor => cursor.fill(), { concurrency: PARALLEL_FETCHES });
      const rows = Math.min(left, BATCH_ROWS, ...[...cursors.values()].map(cursor => cursor.rows));
      const records: SourceRecord[] = [];
      let fault: unknown;
      try {
        for (; records.length < rows; line += 1) records.push({ line: line + 1, value: readRow() });
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
  { maxDepth = DEFAULT_MAX_DEPTH }: ReaderOptions,
): Promise<Map<string, ColumnCursor>> {
  const bytes = group.rows === 0 ? new Map() : await fetchChunks(file, group.chunks);
  const cursors = new Map<string, ColumnCursor>();
  for (const leaf of fields.flatMap(leavesOf)) {
    const held = bytes.get(leaf.path);
    const codec = group.chunks.get(leaf.path)?.codec ?? '';
    const convert = conversionOf(leaf.element, maxDepth);
    if (held) cursors.set(leaf.path, new ColumnCursor(leaf, held, codec, convert, budget));
  }
  return cursors;
}
