import type { OptionChecks } from '../values/options.ts';
import type { GraphElement } from './graph/graph-element.ts';
import type { ReadingLimits } from './limits.ts';

/** One record of a file and where it is: the 1-based line it starts on, of Parquet its 1-based number. */
export interface SourceRecord<Value = unknown> {
  /** The line it starts on, from 1; of formats without lines its number. */
  readonly line: number;
  /** Its number among the records that start on its line, from 1. Left out: it is the first. */
  readonly number?: number;
  /** What the record holds. */
  readonly value: Value;
  /** Why it is no record: the file then has an invalid one, and `value` is what was there instead. */
  readonly fault?: string;
  /** What of it isn't given as it stands in the file: see `Note`. */
  readonly notes?: readonly { readonly kind: string; readonly field?: string; readonly problem: string }[];
}

/** The records of a file in batches that are never empty: an `await` a record would cost more than parsing it. */
export type RecordBatches = AsyncGenerator<SourceRecord[], void, undefined>;

/**
 * Reads the records of a file from its (decompressed) bytes, in order, with memory bounded by a chunk and a record.
 * A batch is what one chunk completes. Before it throws, a reader gives the records that precede the fault, so that how the
 * bytes were cut never shows in the outcome. What is no record, but ends where a record ends, is given with its `fault`.
 *
 * @throws ContentError for content that is not of the format. Errors of `bytes` itself pass through unchanged.
 */
export type RecordReader<Options extends ReadingLimits = ReadingLimits> = (
  bytes: AsyncIterable<Uint8Array>,
  options: Options,
) => RecordBatches;

/** A plain file of which any part can be read. */
export interface RangedFile {
  /** Bytes as stored. */
  readonly size: number;
  /** The bytes from `start` up to `end`, both within the file, in memory of their own. Always of the same version. */
  read(start: number, end: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** A file format: how a file shows that it has it, and how it is read. A source's `format` may be one. */
export interface FileFormat<Options extends ReadingLimits = ReadingLimits> {
  /** Lower case, with the dot. */
  readonly extensions: readonly string[];
  /** Media types, lower case, without parameters. */
  readonly contentTypes: readonly string[];
  /** Any bytes are content, also those that look like a compressed file. Default false. */
  readonly binary?: boolean;
  /** Reads the records of a file, in order. */
  readonly read: RecordReader<Options>;
  /** Reads a plain file by parts, in place of `read`: for formats of which not all is needed, or not in order. */
  readonly readRanges?: (file: RangedFile, options: Options) => RecordBatches;
}

/** A format of graphdrop's own. `Value` is what its records hold, where no schema says so. */
export interface OwnFormat<Value, Options extends ReadingLimits = ReadingLimits> extends FileFormat<Options> {
  /** Checks of the options that a source of this format takes beyond {@link ReadingLimits}. */
  readonly options: OptionChecks<Omit<Options, keyof ReadingLimits>>;
  /** Only for the compiler: carries the type of the records. */
  readonly value?: Value;
}

/** A format whose files say themselves what is a node and what a relationship: it fills tables without a function. */
export interface GraphFormat<Options extends ReadingLimits = ReadingLimits> extends OwnFormat<GraphElement, Options> {
  /** Whether its relationships may tell properties of their ends, so that a row's key can be one of them. */
  readonly endProperties: boolean;
}
