import type { StandardSchemaV1 } from '@standard-schema/spec';
import { DefinitionError } from '../errors.ts';
import type { FileFormat } from '../files/file-format.ts';
import {
  type FormatName,
  formats,
  type GraphFormatName,
  graphFormat,
  isFormatName,
  type ReaderOptions,
  readerChecks,
  type ValueOf,
} from '../files/formats.ts';
import { shapeOf } from '../files/schema-shape.ts';
import type { UnknownColumnsOption } from '../files/unknown-columns.ts';
import { checkOptions, count, flag, type OptionChecks, oneOf, text } from '../values/options.ts';
import type { FillOptions } from './fill-tables.ts';
import { type MemoOptions, memoCheck } from './memo-options.ts';

/** What a source's function may know of the object, apart from the record: nothing that changes while its content stays. */
export interface SourceObject {
  /** As it stands in the bucket, not encoded. */
  readonly key: string;
  /** Bytes as stored. */
  readonly size: number;
}

/** How a source's files are read, whatever their records are for. */
interface FileOptions extends ReaderOptions {
  /**
   * How to treat a file with records that are no records, don't validate, or of which no rows can be made. `reject`: it is
   * rejected whole. `skip`: these records are left out, and listed with the reasons under `_graphdrop/` in the bucket, unless
   * there are more than `maxInvalidRecords` of them. Default `reject`.
   */
  readonly onInvalid?: 'reject' | 'skip';
  /** With `onInvalid: 'skip'`: invalid records that a file may have. Default 1000, at most 10000. */
  readonly maxInvalidRecords?: number;
  /**
   * Whether the columns that a key's folders tell (`dt=2026-11-01/region=EU%2FNorth/`) are part of each record, of files of nodes and
   * relationships a property: text, decoded, without those that are null. Default false.
   */
  readonly partitions?: boolean;
  /**
   * Share of its rows that an object may lose from one version to the next, 0 to 1. A version that loses more is rejected, and the one
   * before stays in force, until it is confirmed: copied onto itself with the metadata `graphdrop-confirm=shrink`. An object
   * that is deleted takes its rows with it in any case. Default: all may go.
   */
  readonly maxShrink?: number;
  /** Changed by hand to have all objects of the source looked at again. */
  readonly version?: string;
  /** Default: by the key's extension (`.gz`, `.zst`) and content encoding. */
  readonly compression?: 'none' | 'gzip' | 'zstd';
}

type RecordFormatName = Exclude<FormatName, GraphFormatName>;

/** How a source's files are read and checked. What can't be meant is a DefinitionError when the source is declared. */
export interface SourceOptions<
  Schema extends StandardSchemaV1,
  Format extends RecordFormatName | FileFormat | undefined = RecordFormatName | FileFormat,
> extends Omit<FileOptions, 'arrayDelimiter'> {
  /** Validates each record; any Standard Schema, e.g. zod's. Default: records pass as they are read. */
  readonly record?: Schema;
  /**
   * How columns and fields are treated that `record`, an object of zod or Valibot, doesn't have. `reject`: the record is invalid. `warn`:
   * they are left out, and counted in the object's status, report and event. `ignore`: they are left out. Default: `reject` where
   * the name differs from that of an empty field by case, blanks or punctuation alone, else `warn`.
   */
  readonly unknownColumns?: UnknownColumnsOption;
  /**
   * Default: by the key's extension, then by content type. `text` (one record `{ text }`, the whole object in UTF-8) and
   * `bytes` (one record `{ bytes }`, a Uint8Array) have to be said. A format of one's own is a {@link FileFormat}.
   */
  readonly format?: Format;
  /**
   * Whether what the function gives is kept, for functions that cost time or money (an embedding, a model): by the record's content and
   * the flow's code, so that a new version of a file calls it for new records only, and work that was cut short goes on where it was.
   * True, a version that is changed by hand, or more options. What the function throws isn't kept. Default false.
   */
  readonly memo?: boolean | string | number | MemoOptions;
  /** Calls of an async function that are under way at once, in one worker. Default 64, at most 10000. */
  readonly concurrency?: number;
  /**
   * Milliseconds that one call of an async function may take. One that takes longer is given up, and its object counts as unread: it
   * is tried again later. Default 120,000.
   */
  readonly timeoutMs?: number;
}

/** What a source's function gets: what the schema gives, or where there is none what a file of the format holds. */
export type RecordOf<Schema extends StandardSchemaV1, Format> = [Schema] extends [never]
  ? Format extends FormatName
    ? ValueOf<Format>
    : Format extends FileFormat
      ? unknown
      : Readonly<Record<string, unknown>>
  : StandardSchemaV1.InferOutput<Schema>;

/** A source whose files say themselves what is a node and what a relationship: see {@link FillOptions}. */
export interface GraphSourceOptions extends Omit<FileOptions, 'columns' | 'maxPageBytes'>, FillOptions {
  /** APOC's JSON lines, CSV for `neo4j-admin database import`, or CSV for Neptune's Gremlin loader. */
  readonly format: GraphFormatName;
}

const anything = { expected: 'a value', accepts: () => true };

const fileChecks: OptionChecks<Omit<SourceOptions<StandardSchemaV1>, keyof ReaderOptions | keyof typeof recordChecks>> =
  {
    version: text,
    partitions: flag,
    maxShrink: {
      expected: 'a number from 0 to 1',
      accepts: value => typeof value === 'number' && value >= 0 && value <= 1,
    },
    onInvalid: oneOf('reject', 'skip'),
    // Each is kept in memory while its file is read.
    maxInvalidRecords: count(10_000),
    format: {
      expected: `${Object.keys(formats).join(', ')}, a FileFormat ({ extensions, contentTypes, read })`,
      accepts: value => isFormatName(value) || isFileFormat(value),
    },
    compression: oneOf('none', 'gzip', 'zstd'),
  };

const recordChecks: OptionChecks<
  Pick<SourceOptions<StandardSchemaV1>, 'record' | 'unknownColumns' | 'memo' | 'concurrency' | 'timeoutMs'>
> = {
  memo: memoCheck,
  concurrency: count(10_000),
  // What a timer takes.
  timeoutMs: count(2 ** 31 - 1),
  unknownColumns: oneOf('reject', 'warn', 'ignore'),
  record: {
    expected: 'a Standard Schema such as a zod object',
    accepts: value => typeof (value as Partial<StandardSchemaV1> | null)?.['~standard']?.validate === 'function',
  },
};

/** Checked with the flow's tables at hand. */
const fillChecks: OptionChecks<FillOptions> = { tables: anything, labelsAs: text, keyFrom: oneOf('id', 'properties') };

/** Checks a source's options by name and value. @throws DefinitionError */
export function checkSource(glob: string, options: SourceOptions<StandardSchemaV1> | GraphSourceOptions): void {
  const what = `source ${glob}`;
  const { format, onInvalid, maxInvalidRecords } = options ?? {};
  const fills = graphFormat(format) !== undefined;
  const said = fills ? `${what} of format ${format}` : what;
  checkOptions(options, { ...fileChecks, ...(fills ? fillChecks : recordChecks), ...readerChecks(format) }, said);
  if (maxInvalidRecords !== undefined && onInvalid !== 'skip')
    throw new DefinitionError(`${what}: maxInvalidRecords needs onInvalid: 'skip'`);
  const { unknownColumns, record } = options as SourceOptions<StandardSchemaV1>;
  if (unknownColumns !== undefined && (record === undefined || shapeOf(record) === undefined))
    throw new DefinitionError(`${what}: unknownColumns needs a record schema that drops them, such as z.object({ … })`);
}

function isFileFormat(format: unknown): boolean {
  const { extensions, contentTypes, read } = (format ?? {}) as Partial<FileFormat>;
  return Array.isArray(extensions) && Array.isArray(contentTypes) && typeof read === 'function';
}

const MAX_INVALID_RECORDS = 1000;

/** Returns how many invalid records a file of a source may have. */
export function tolerance({ onInvalid, maxInvalidRecords }: FileOptions): number {
  return onInvalid === 'skip' ? (maxInvalidRecords ?? MAX_INVALID_RECORDS) : 0;
}
