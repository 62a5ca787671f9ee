import { ContentError } from '../content-error.ts';
import type { OwnFormat, RecordBatches, SourceRecord } from '../file-format.ts';
import { DEFAULT_MAX_DEPTH, DEFAULT_MAX_RECORD_BYTES } from '../limits.ts';
import { withoutBom } from '../utf8.ts';
import { JsonElements } from './json-elements.ts';
import { type RecordJsonOptions, recordJsonOptions } from './json-options.ts';
import { extendedNotes, type ParseRecord, recordParser } from './parse-record.ts';

/**
 * NDJSON (https://github.com/ndjson/ndjson-spec), also known as JSON Lines (https://jsonlines.org): one JSON value
 * (RFC 8259) a line, in UTF-8. Line ends are `\n` or `\r\n`, the last may be missing; a byte order mark at the start
 * and blank lines are skipped. A line may hold several values one after another, as Firehose joins them.
 *
 * An integer literal that a JavaScript number can't hold exactly comes out as a bigint, others as numbers. A key
 * `__proto__` at any depth is refused: copies of the record would take it for a prototype. So is a value nested deeper
 * than `maxDepth`.
 */
export const ndjson: OwnFormat<Readonly<Record<string, unknown>>, RecordJsonOptions> = {
  extensions: ['.ndjson', '.jsonl'],
  contentTypes: ['application/x-ndjson', 'application/ndjson', 'application/jsonl', 'application/x-jsonlines'],
  options: recordJsonOptions,
  read: readNdjson,
};

const NEWLINE = 0x0a;
/** Begins an array, or an object that goes on in the next line. */
const BEGINS_SEVERAL_LINES = /^\s*(?:\[|\{\s*$)/;
const SEVERAL_LINES = ": if a value takes several lines, it is no NDJSON: format: 'json' reads such files";
/** Bytes that an unfinished line may have beyond its limit: the `\r` of its line end. */
const UNCOUNTED_BYTES = 1;
async function* readNdjson(bytes: AsyncIterable<Uint8Array>, options: RecordJsonOptions): RecordBatches {
  const { maxRecordBytes = DEFAULT_MAX_RECORD_BYTES } = options;
  const lines = new LineParser(options);
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;
  const drain = function* (block: Uint8Array) {
    const fault = lines.parse(block);
    const records = lines.take();
    if (records.length > 0) yield records;
    if (fault) throw fault;
  };
  for await (const chunk of withoutBom(bytes)) {
    // A byte 0x0a is always a newline: it is no part of any longer UTF-8 sequence.
    const end = chunk.lastIndexOf(NEWLINE) + 1;
    if (end > 0) {
      pending.push(chunk.subarray(0, end));
      yield* drain(joined(pending));
      pending = [];
      pendingBytes = 0;
    }
    if (end < chunk.length) {
      pending.push(chunk.subarray(end));
      pendingBytes += chunk.length - end;
    }
    if (pendingBytes > maxRecordBytes + UNCOUNTED_BYTES) throw lines.tooLong();
  }
  if (pendingBytes > 0) yield* drain(joined(pending));
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  return parts.length === 1 && first ? first : Buffer.concat(parts);
}

/** Parses blocks of whole lines, and keeps count of them. */
class LineParser {
  readonly #maxBytes: number;
  readonly #maxDepth: number;
  /** Byte order marks are kept, so that one inside the file is a fault wherever the blocks are cut. */
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  /** Whether values of extended JSON are told. */
  readonly #tellsExtended: boolean;
  #mayBeExtended = true;
  #line = 0;
  #records: SourceRecord[] = [];

  readonly #parse: ParseRecord;

  constructor(options: RecordJsonOptions) {
    this.#maxBytes = options.maxRecordBytes ?? DEFAULT_MAX_RECORD_BYTES;
    this.#maxDepth = options.maxDepth ?? DEFAULT_MAX_DEPTH;
    this.#parse = recordParser(options);
    this.#tellsExtended = options.extendedJson !== true;
  }

  /** The records since the last call. */
  take(): SourceRecord[] {
    const records = this.#records;
    this.#records = [];
    return records;
  }

  /** Takes the lines of a block up to the first fault, which is returned. */
  parse(block: Uint8Array): ContentError | undefined {
    try {
      const text = this.#decode(block);
      if (text !== undefined) this.#text(text);
      else this.#lineByLine(block);
      return undefined;
    } catch (error) {
      if (error instanceof ContentError) return error;
      throw error;
    }
  }

  /** That the line after the last one is too long. */
  tooLong(): ContentError {
    return new ContentError(`the line is longer than ${this.#maxBytes} bytes (maxRecordBytes)`, this.#line + 1);
  }

  #decode(bytes: Uint8Array): string | undefined {
    try {
      return this.#decoder.decode(bytes);
    } catch (error) {
      if (error instanceof TypeError) return undefined;
      throw error;
    }
  }

  #text(text: string): void {
    this.#mayBeExtended = this.#tellsExtended && text.includes('$');
    let start = 0;
    while (start < text.length) {
      const newline = text.indexOf('\n', start);
      const end = newline === -1 ? text.length : newline;
      this.#one(text.slice(start, end));
      start = end + 1;
    }
  }

  /** For a block with bad UTF-8 somewhere: what is wrong on an earlier line must be told first. */
  #lineByLine(block: Uint8Array): void {
    let start = 0;
    while (start < block.length) {
      const newline = block.indexOf(NEWLINE, start);
      const end = newline === -1 ? block.length : newline;
      const bytes = block.subarray(start, end);
      const ending = bytes.at(-1) === 0x0d ? 1 : 0;
      if (bytes.length - ending > this.#maxBytes) throw this.tooLong();
      const text = this.#decode(bytes);
      if (text !== undefined) this.#one(text);
      else {
        this.#line += 1;
        this.#fault(new ContentError('the line is not valid UTF-8', this.#line), Buffer.from(bytes).toString());
      }
      start = end + 1;
    }
  }

  #one(text: string): void {
    if (text.length * 3 > this.#maxBytes && byteLength(text) > this.#maxBytes) throw this.tooLong();
    this.#line += 1;
    if (text === '') return;
    let value: unknown;
    try {
      value = this.#parse(text);
    } catch (error) {
      if (/^[ \t\r]*$/.test(text)) return;
      if (!(error instanceof ContentError)) throw error;
      this.#several(text, error);
      return;
    }
    if (this.#mayBeExtended) this.#records.push({ line: this.#line, value, ...extendedNotes(text) });
    else this.#records.push({ line: this.#line, value });
  }

  /** Takes the values of a line that holds several one after another; else it is told that it has not one. */
  #several(text: string, error: ContentError): void {
    try {
      const values = cutValues(text, this.#maxBytes, this.#maxDepth);
      if (values === undefined) throw error;
      const line = this.#line;
      for (const [at, value] of values.map(one => this.#parse(one)).entries())
        this.#records.push(at === 0 ? { line, value } : { line, number: at + 1, value });
    } catch (problem) {
      if (!(problem instanceof ContentError)) throw problem;
      const isCut = problem.cause instanceof SyntaxError && BEGINS_SEVERAL_LINES.test(text);
      this.#fault(isCut ? new ContentError(`${problem.message}${SEVERAL_LINES}`) : problem, text);
    }
  }

  #fault(error: ContentError, text: string): void {
    this.#records.push({ line: this.#line, value: text, fault: error.message });
  }
}

/** Cuts a line into several values one after another, as Firehose joins them; undefined: it has not several. */
function cutValues(line: string, maxBytes: number, maxDepth: number): string[] | undefined {
  // An array's elements are no records here.
  if (line.trimStart().startsWith('[')) return undefined;
  const elements = new JsonElements(maxBytes, maxDepth);
  try {
    const found = [...elements.elements(line), ...elements.end()];
    return found.length < 2 ? undefined : found.map(({ text }) => text);
  } catch (error) {
    if (error instanceof ContentError) return undefined;
    throw error;
  }
}

/** Without the `\r` of a line end. */
function byteLength(line: string): number {
  return Buffer.byteLength(line) - (line.endsWith('\r') ? 1 : 0);
}
