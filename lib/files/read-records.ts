import { Readable } from 'node:stream';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { GraphdropError, type Problem, RejectedObjectError } from '../graph/errors.ts';
import { refuseBadReaderOptions } from '../graph/limits.ts';
import {
  ContentError,
  DEFAULT_MAX_RECORDS,
  type RangedFile,
  type ReaderOptions,
  type SourceRecord,
} from '../graph/record-reader.ts';
import { decompress } from './decompress.ts';
import {
  type DetectedFormat,
  detectFormat,
  type FormatOptions,
  formatOf,
  locationOf,
  type NamedObject,
} from './format.ts';
import { validateRecord } from './validate.ts';

/** An object as read from the bucket: its name, the headers it was stored with, and its bytes. */
export interface ReadableObject extends NamedObject {
  readonly body: AsyncIterable<Uint8Array>;
  /** The same bytes by parts, for formats that read so; the body of a plain file is then closed unread. */
  readonly ranges?: RangedFile;
}

/** How a source's files are read; all of it can be left out. */
export interface ReadOptions extends FormatOptions, ReaderOptions {}

/** Most problems that one rejection tells. */
const MAX_PROBLEMS = 20;
/** Bodies come in chunks of any size, a whole file at once in tests: records are held a chunk at a time. */
const MAX_CHUNK_BYTES = 256 * 1024;

/**
 * The records of an object, in order, in batches (never empty): unpacked, parsed and, with a `record` schema, validated
 * and replaced by the schema's output. Memory stays bounded by a chunk and a record, whatever the file's size. The
 * body is closed however the reading ends.
 *
 * One fault rejects the whole file, and it may be in its last line: **what was yielded before the throw doesn't count
 * and is to be discarded.** After the first invalid record nothing more is yielded, only problems are collected.
 *
 * @throws RejectedObjectError for anything wrong with the content, with bucket, key and line, and up to 20 problems in
 * the order of lines (a fault that stops the parser is the last of them).
 * @throws DefinitionError for options that mean nothing.
 * @throws whatever `body` throws, unchanged: that is no fault of the file, and the read can be repeated.
 */
export async function* readRecords(
  object: ReadableObject,
  options: ReadOptions & { readonly record?: StandardSchemaV1 } = {},
): AsyncGenerator<SourceRecord[], void, undefined> {
  const problems: Problem[] = [];
  let cause: ContentError | undefined;
  try {
    for await (const batch of open(object, options)) {
      const valid = options.record ? await validated(options.record, batch, problems) : batch;
      if (problems.length >= MAX_PROBLEMS) break;
      if (problems.length === 0) yield valid;
    }
  } catch (error) {
    if (!(error instanceof ContentError)) throw error;
    cause = error;
    problems.push(error.line === undefined ? { problem: error.message } : { line: error.line, problem: error.message });
  }
  if (problems.length > 0) throw rejection(object, problems.slice(0, MAX_PROBLEMS), cause);
}

async function* open(object: ReadableObject, options: ReadOptions): AsyncGenerator<SourceRecord[], void, undefined> {
  const { maxRecords = DEFAULT_MAX_RECORDS } = options;
  let records = 0;
  try {
    refuseBadReaderOptions(options);
    const detected = detectFormat(object, options);
    for await (const batch of recordsOf(object, detected, options)) {
      records += batch.length;
      if (records > maxRecords) throw new ContentError(`the file has more than ${maxRecords} records (maxRecords)`);
      yield batch;
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
  const own = typeof detected.format !== 'string';
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
    // Of a reader that a user wrote, an error that the bucket has no part in will come again: it is the file's.
    if (!own || error === failed.error || error instanceof GraphdropError) throw error;
    const words = error instanceof Error ? error.message : String(error);
    throw new ContentError(`the format's reader failed: ${words}`, undefined, { cause: error });
  }
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

/** The batch with the schema's output as values; stops at the most problems that are told. */
async function validated(schema: StandardSchemaV1, batch: readonly SourceRecord[], problems: Problem[]) {
  const valid: SourceRecord[] = [];
  for (const record of batch) {
    const pending = validateRecord(schema, record);
    const result = pending instanceof Promise ? await pending : pending;
    if (result.problems === undefined) valid.push(result.record);
    else if (problems.push(...result.problems) >= MAX_PROBLEMS) break;
  }
  return valid;
}

function rejection(object: NamedObject, problems: readonly Problem[], cause: ContentError | undefined) {
  const first = problems[0];
  const line = first?.line === undefined ? {} : { line: first.line };
  const field = first?.field === undefined ? {} : { field: first.field };
  return new RejectedObjectError({ ...locationOf(object), ...line, ...field }, problems, cause ? { cause } : undefined);
}
