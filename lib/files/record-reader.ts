import { GraphdropError } from '../graph/errors.ts';

/** One record of a file and the 1-based line it starts on. */
export interface SourceRecord {
  readonly line: number;
  readonly value: unknown;
  /** Why it is no record, of a `lenient` reader: `value` is then what was there instead. */
  readonly fault?: string;
}

export interface ReaderOptions {
  /**
   * Longest record in bytes, line end not counted; of `text` and `bytes` the whole object.
   * @default 16777216 (16 MiB)
   */
  readonly maxRecordBytes?: number;
  /** JSON and NDJSON: most objects and arrays within each other in a record; at most 1000. @default 200 */
  readonly maxDepth?: number;
  /** CSV and TSV: most columns. @default 4096 */
  readonly maxColumns?: number;
  /**
   * Whether what is no record, but ends where a record ends, is given with its `fault` instead of thrown, so that the ones
   * after it are read. NDJSON (a line), CSV and TSV (a row with more or fewer cells than the header). @default false
   */
  readonly lenient?: boolean;
  /** CSV and TSV: the one character between cells. @default ',' (CSV), '\t' (TSV) */
  readonly delimiter?: string;
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

/** A file format: how a file shows that it has it, and how it is read. */
export interface FileFormat {
  /** Lower case, with the dot. */
  readonly extensions: readonly string[];
  /** Media types, lower case, without parameters. */
  readonly contentTypes: readonly string[];
  /** Any bytes are content, also those that look like a compressed file. @default false */
  readonly binary?: boolean;
  readonly read: RecordReader;
}

export const DEFAULT_MAX_RECORD_BYTES = 16 * 1024 * 1024;
export const DEFAULT_MAX_DEPTH = 200;
export const DEFAULT_MAX_COLUMNS = 4096;

/**
 * Something wrong with the bytes of a file. The readers don't know whose bytes they read: `readRecords` turns this into
 * a `RejectedObjectError`, and nobody further out gets to see it.
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
