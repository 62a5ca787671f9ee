import { count, flag, listOf, type OptionChecks } from '../../values/options.ts';
import { type ColumnLimit, columnLimit, type DepthLimit, depthLimit, type ReadingLimits } from '../limits.ts';

/** What a source says of its Parquet files. */
export interface ParquetOptions extends ReadingLimits, ColumnLimit, DepthLimit {
  /** Parquet: most bytes of the unpacked pages that are held at once, one of each column. Default 268435456 (256 MiB). */
  readonly maxPageBytes?: number;
  /** Parquet: the top-level columns to read; the bytes of others are not fetched. Default: all. */
  readonly columns?: readonly string[];
  /** Parquet: whether BYTE_ARRAY that isn't said to be text is text, as Hive, Impala and old versions of Spark write it. Default false. */
  readonly binaryAsString?: boolean;
}

export const DEFAULT_MAX_PAGE_BYTES = 256 * 1024 * 1024;

export const parquetOptions: OptionChecks<Omit<ParquetOptions, keyof ReadingLimits>> = {
  ...columnLimit,
  ...depthLimit,
  maxPageBytes: count(),
  columns: listOf('column names', name => typeof name === 'string' && name !== ''),
  binaryAsString: flag,
};
