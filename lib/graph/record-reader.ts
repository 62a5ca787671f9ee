import { GraphdropError } from './errors.ts';

/** One record of a file and where it is: the 1-based line it starts on, of Parquet its 1-based number. */
export interface SourceRecord {
  readonly line: number;
  readonly value: unknown;
  /** Why it is no record: the file then has an invalid one, and `value` is what was there instead. */
  readonly fault?: string;
}

/** What a source may say to its reader. */
export interface ReaderOptions {
  /**
   * Longest record in bytes, line end not counted; of `text` and `bytes` the whole object. Default 16777216 (16 MiB).
   * Of Parquet it limits no record: see `maxPageBytes`.
   */
  readonly maxRecordBytes?: number;
  /** Most records of a file. Default 10000000. */
  readonly maxRecords?: number;
  /** Most objects and arrays within each other in a record, at most 1000. Default 200. Of JSON, also in Parquet. */
  readonly maxDepth?: number;
  /** CSV, TSV and Parquet (leaves of nested columns): most columns of a file. Default 4096. */
  readonly maxColumns?: number;
  /** Most bytes that a compressed file, or the pages of a Parquet file, may unpack to. Default 2147483648 (2 GiB). */
  readonly maxDecompressedBytes?: number;
  /** Parquet: most bytes of the unpacked pages that are held at once, one of each column. Default 268435456 (256 MiB). */
  readonly maxPageBytes?: number;
  /** CSV and TSV: the one character between cells. Default `,` (CSV) or a tab (TSV). */
  readonly delimiter?: string;
  /** Parquet: the top-level columns to read; the bytes of others are not fetched. Default: all. */
  readonly columns?: readonly string[];
}

/** For graphdrop's own readers. */
export interface LenientOptions extends ReaderOptions {
  /**
   * Whether what is no record, but ends where a record ends, is given with its `fault` instead of thrown, so that the ones
   * after it are read. NDJSON and APOC (a line), all kinds of CSV (a row). Default false.
   */
  readonly lenient?: boolean;
}

/**
 * Reads the records of a file from its (decompressed) bytes, in order, with memory bounded by a chunk and a record.
 * Batches, because an `await` a record would cost more than parsing it; a batch is what one chunk completes, never
 * empty. Before it throws, a reader gives the records that precede the fault, so that how the bytes were cut is never
 * to be seen in the outcome.
 *
 * @throws ContentError for content that is not of the format. Errors of `bytes` itself pass through unchanged.
 */
export type RecordReader = (
  bytes: AsyncIterable<Uint8Array>,
  options: ReaderOptions,
) => AsyncGenerator<SourceRecord[], void, undefined>;

/** A plain file of which any part can be read. */
export interface RangedFile {
  readonly size: number;
  /** The bytes from `start` up to `end`, both within the file, in memory of their own. Always of the same version. */
  read(start: number, end: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** A file format: how a file shows that it has it, and how it is read. A source's `format` may be one. */
export interface FileFormat {
  /** Lower case, with the dot. */
  readonly extensions: readonly string[];
  /** Media types, lower case, without parameters. */
  readonly contentTypes: readonly string[];
  /** Any bytes are content, also those that look like a compressed file. Default false. */
  readonly binary?: boolean;
  readonly read: RecordReader;
  /** Reads a plain file by parts, in place of `read`: for formats of which not all is needed, or not in order. */
  readonly readRanges?: (file: RangedFile, options: ReaderOptions) => AsyncGenerator<SourceRecord[], void, undefined>;
}

export const DEFAULT_MAX_RECORD_BYTES = 16 * 1024 * 1024;
export const DEFAULT_MAX_RECORDS = 10_000_000;
export const DEFAULT_MAX_DEPTH = 200;
export const DEFAULT_MAX_COLUMNS = 4096;
export const DEFAULT_MAX_DECOMPRESSED_BYTES = 2 * 1024 ** 3;
export const DEFAULT_MAX_PAGE_BYTES = 256 * 1024 * 1024;

/**
 * Something wrong with the bytes of a file. Readers don't know whose bytes they read: graphdrop adds bucket and key, and
 * the object is rejected.
 */
export class ContentError extends GraphdropError {
  readonly code = 'CONTENT';
  /** 1-based; undefined where the fault is the file's, not a line's. */
  readonly line: number | undefined;

  constructor(problem: string, line?: number, options?: ErrorOptions) {
    super(problem, options);
    this.line = line;
  }

  /** The same problem, on this line. */
  at(line: number): ContentError {
    return new ContentError(this.message, line, { cause: this.cause ?? this });
  }
}
