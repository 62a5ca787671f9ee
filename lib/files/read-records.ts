import { Readable } from 'node:stream';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { GraphdropError } from '../errors.ts';
import { coercedFields } from './coerced-fields.ts';
import { decompress } from './compression/decompress.ts';
import { ContentError } from './content-error.ts';
import {
  type DetectedFormat,
  detectFormat,
  type FormatOptions,
  formatOf,
  locationOf,
  type NamedObject,
} from './detect-format.ts';
import type { RangedFile, SourceRecord } from './file-format.ts';
import type { ReaderOptions } from './formats.ts';
import { DEFAULT_MAX_RECORDS } from './limits.ts';
import { Notes } from './notes.ts';
import { partitionsOf, withPartitions } from './partitions.ts';
import { InvalidRecords } from './problems.ts';
import { RejectedObjectError } from './rejection.ts';
import { type UnknownColumnsOption, unknownColumns } from './unknown-columns.ts';
import { validateRecord } from './validate.ts';

/** An object as read from the bucket: its name, the headers it was stored with, and its bytes. */
export interface ReadableObject extends NamedObject {
  readonly body: AsyncIterable<Uint8Array>;
  /** The same bytes by parts, for formats that read so; the body of a plain file is then closed unread. */
  readonly ranges?: RangedFile;
}

/** How a source's files are read; all of it can be left out. */
export interface ReadOptions extends FormatOptions, ReaderOptions {
  /** Whether the columns that the key's folders tell (`dt=2026-11-01/`) are part of each record. Default false. */
  readonly partitions?: boolean;
}

/** How they are read and checked. */
export interface CheckedOptions extends ReadOptions {
  readonly record?: StandardSchemaV1;
  /** How columns and fields are treated that `record` doesn't have: see {@link unknownColumns}. */
  readonly unknownColumns?: UnknownColumnsOption;
}

/** Bodies come in chunks of any size, a whole file at once in tests: records are held a chunk at a time. */
const MAX_CHUNK_BYTES = 256 * 1024;

/**
 * Reads the records of an object, in order, in batches (never empty): unpacked, parsed and, with a `record` schema, validated
 * and replaced by the schema's output. Memory stays bounded by a chunk and a record, whatever the file's size. The
 * body is closed however the reading ends.
 *
 * Records that are no records or don't validate are added to `invalid`; the others go on being yielded, so that all problems are
 * counted. More of them than `invalid` tolerates (by default: one), or a fault of the file itself, which may be in its last
 * line, reject the whole file: **what was yielded before the throw doesn't count and must be discarded.**
 *
 * @throws RejectedObjectError for anything wrong with the content, with bucket, key and line, and up to 20 problems in
 * the order of lines (a fault that stops the parser is the last of them).
 * @throws whatever `body` throws, unchanged: that is no fault of the file, and the read can be repeated.
 */
export async function* readRecords(
  object: ReadableObject,
  options: CheckedOptions = {},
  invalid = new InvalidRecords(0),
  notes = new Notes(),
): AsyncGenerator<SourceRecord[], void, undefined> {
  let cause: ContentError | undefined;
  try {
    for await (const batch of open(object, options)) {
      const valid = await validated(options, batch, invalid, notes);
      if (valid.length > 0) yield valid;
    }
  } catch (error) {
    if (!(error instanceof ContentError)) throw error;
    cause = error;
    const { line, number, message: problem } = error;
    invalid.fault({ ...(line !== undefined && { line }), ...(number !== undefined && { number }), problem });
  }
  if (invalid.exceeded) throw rejection(object, invalid, cause);
}

async function* open(object: ReadableObject, options: ReadOptions): AsyncGenerator<SourceRecord[], void, undefined> {
  const { maxRecords = DEFAULT_MAX_RECORDS } = options;
  const columns = options.partitions === true ? partitionsOf(object.key) : {};
  const has = Object.keys(columns).length > 0;
  let records = 0;
  try {
    const detected = detectFormat(object, options);
    for await (const batch of recordsOf(object, detected, options)) {
      records += batch.length;
      if (records > maxRecords) throw new ContentError(`the file has more than ${maxRecords} records (maxRecords)`);
      yield has ? batch.map(record => withPartitions(record, columns)) : batch;
    }
  } finally {
    await close(object.body);
  }
}

async function* recordsOf(
  object: ReadableObject,
  detected: DetectedFormat,
  options: ReadOptions,
): AsyncGenerator<SourceRecord[], void, undefined> {
  const format = formatOf(detected.format);
  const plain = detected.compression === 'none' && detected.contentEncoding === 'none';
  const failed = { error: undefined as unknown };
  try {
    if (plain && format.readRanges && object.ranges) {
      yield* format.readRanges(watchedRanges(object.ranges, failed), options);
    } else {
      const body = watched(object.body, failed);
      yield* format.read(cut(decompress(body, detected, options, format)), options);
    }
  } catch (error) {
    // What a reader throws without the bucket's part in it will come again, so it is the file's fault. Lack of memory isn't.
    if (error === failed.error || error instanceof GraphdropError || isOutOfMemory(error)) throw error;
    const words = error instanceof Error ? error.message : String(error);
    throw new ContentError(`the format's reader failed: ${words}`, undefined, { cause: error });
  }
}

function isOutOfMemory(error: unknown): boolean {
  return error instanceof RangeError && error.message.includes('allocation failed');
}

async function* watched(body: AsyncIterable<Uint8Array>, failed: { error: unknown }) {
  try {
    yield* body;
  } catch (error) {
    failed.error = error;
    throw error;
  }
}

function watchedRanges({ size, read }: RangedFile, failed: { error: unknown }): RangedFile {
  const noted = (error: unknown): never => {
    failed.error = error;
    throw error;
  };
  return { size, read: (start, end) => read(start, end).catch(noted) };
}

/** Also where reading never began: an S3 connection stays taken until its body is read or destroyed. */
async function close(body: AsyncIterable<Uint8Array>): Promise<void> {
  if (body instanceof Readable) body.destroy();
  else await body[Symbol.asyncIterator]().return?.();
}

async function* cut(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of bytes) {
    for (let start = 0; start < chunk.length; start += MAX_CHUNK_BYTES)
      yield chunk.subarray(start, start + MAX_CHUNK_BYTES);
  }
}

/** The valid records of a batch, with the schema's output as values. */
async function validated(
  { record: schema, unknownColumns: option }: CheckedOptions,
  batch: SourceRecord[],
  invalid: InvalidRecords,
  notes: Notes,
): Promise<SourceRecord[]> {
  if (schema === undefined && batch.every(isPlain)) return batch;
  const valid: SourceRecord[] = [];
  for (const record of batch) {
    const { line, fault } = record;
    if (record.notes !== undefined)
      for (const { kind, field, problem } of record.notes) notes.add(kind, line, field, () => problem);
    if (fault !== undefined) {
      invalid.add(record, [{ line, problem: fault }], ['content']);
      continue;
    }
    if (schema === undefined) {
      valid.push(record);
      continue;
    }
    const pending = validateRecord(schema, record);
    const result = pending instanceof Promise ? await pending : pending;
    if (result.problems !== undefined) {
      invalid.add(record, result.problems, result.kinds);
      continue;
    }
    const [coerced, unknown] = [coercedFields(schema, record.value), unknownColumns(schema, record.value, option)];
    if (coerced.length + unknown.length === 0) {
      valid.push(result.record);
      continue;
    }
    const found = [...coerced, ...unknown];
    const refused = found.filter(finding => finding.refused);
    if (refused.length > 0) {
      const problems = refused.map(({ field, problem }) => ({ line, field, problem: problem() }));
      const kinds = refused.map(({ kind }) => kind);
      invalid.add(record, problems, kinds);
      continue;
    }
    for (const { kind, field, problem } of found) notes.add(kind, line, field, problem);
    valid.push(result.record);
  }
  return valid;
}

function isPlain({ fault, notes }: SourceRecord): boolean {
  return fault === undefined && notes === undefined;
}

/** Makes the rejection of an object from the invalid records found in it. */
export function rejection(object: NamedObject, invalid: InvalidRecords, cause?: ContentError): RejectedObjectError {
  const [first] = invalid.first;
  const line = first?.line === undefined ? {} : { line: first.line };
  const field = first?.field === undefined ? {} : { field: first.field };
  return new RejectedObjectError({ ...locationOf(object), ...line, ...field }, invalid, {
    ...(cause && { cause }),
    version: object.version,
  });
}
