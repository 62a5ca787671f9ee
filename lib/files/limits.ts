import { count, type OptionChecks } from '../values/options.ts';

/** Limits that hold for the files of every format. */
export interface ReadingLimits {
  /**
   * Longest record in bytes, line end not counted; of `text` and `bytes` the whole object. Default 16777216 (16 MiB).
   * Of Parquet it limits the footer, and no record: see `maxPageBytes`.
   */
  readonly maxRecordBytes?: number;
  /** Most records of a file. Default 10000000. */
  readonly maxRecords?: number;
  /** Most bytes that a compressed file, or the pages of a Parquet file, may unpack to. Default 2147483648 (2 GiB). */
  readonly maxDecompressedBytes?: number;
}

/** A limit of the formats with nested values. */
export interface DepthLimit {
  /** JSON and Parquet: most objects and arrays within each other in a record, at most 1000. Default 200. */
  readonly maxDepth?: number;
}

/** A limit of the formats with columns. */
export interface ColumnLimit {
  /** CSV, TSV and Parquet (leaves of nested columns): most columns of a file. Default 4096. */
  readonly maxColumns?: number;
}

export const DEFAULT_MAX_RECORD_BYTES = 16 * 1024 * 1024;
export const DEFAULT_MAX_RECORDS = 10_000_000;
export const DEFAULT_MAX_DECOMPRESSED_BYTES = 2 * 1024 ** 3;
export const DEFAULT_MAX_DEPTH = 200;
export const DEFAULT_MAX_COLUMNS = 4096;

/** Code that recurses over a record, a source's own included, has the stack for this many levels. */
const MOST_DEPTH = 1000;

export const readingLimits: OptionChecks<ReadingLimits> = {
  maxRecordBytes: count(),
  maxRecords: count(),
  maxDecompressedBytes: count(),
};

export const depthLimit: OptionChecks<DepthLimit> = { maxDepth: count(MOST_DEPTH) };

export const columnLimit: OptionChecks<ColumnLimit> = { maxColumns: count() };
