import { ContentError } from '../content-error.ts';
import { tooDeep } from './json-value.ts';

/** The bytes of one element of a JSON file, not yet parsed, and the 1-based line it starts on. */
export interface JsonElement {
  readonly line: number;
  readonly bytes: Uint8Array;
}

/** Where the scan is: `start` of the file, `before` an element, in one (of three kinds), `after` one, at the `end`. */
type Place = 'start' | 'before' | 'scalar' | 'string' | 'nested' | 'after' | 'end';

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const NEWLINE = 0x0a;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

const isSpace = (byte: number) => byte === 0x20 || byte === NEWLINE || byte === 0x0d || byte === 0x09;
/** Ends a number or a literal such as `true`. */
const isDelimiter = (byte: number) => isSpace(byte) || byte === COMMA || byte === CLOSE_ARRAY || byte === CLOSE_OBJECT;

/**
 * Cuts a JSON file (RFC 8259) into the elements of its top-level array, or its other values, one after another with or without
 * white space between them, as the bytes come: only
 * strings, escapes and brackets are followed, what an element holds is its parser's to judge. In UTF-8 no byte of a
 * longer character is one of those looked for here.
 */
export class JsonElements {
  readonly #maxBytes: number;
  readonly #maxDepth: number;
  #place: Place = 'start';
  #inArray = false;
  /** Whether the array has no element yet: it may end, a comma may not come. */
  #first = true;
  #line = 1;
  #depth = 0;
  #inString = false;
  #escaped = false;
  /** The element that is not complete: its line, its bytes from earlier chunks and how many. */
  #startLine = 1;
  #parts: Uint8Array[] = [];
  #bytes = 0;

  constructor(maxBytes: number, maxDepth: number) {
    this.#maxBytes = maxBytes;
    this.#maxDepth = maxDepth;
  }

  /** Whether the array's end has been read. */
  get ended(): boolean {
    return this.#place === 'end';
  }

  /** The elements that a chunk completes. After a ContentError is thrown, nothing more may be asked. */
  *elements(chunk: Uint8Array): Generator<JsonElement, void, undefined> {
    let start = 0;
    let place = 0;
    while (place < chunk.length) {
      if (this.#place === 'scalar' || this.#place === 'string' || this.#place === 'nested') {
        const end = this.#elementEnd(chunk, place, start);
        if (end === undefined) break;
        yield this.#complete(chunk.subarray(start, end));
        place = end;
        start = end;
      } else {
        const byte = chunk[place] ?? 0;
        if (byte === NEWLINE) this.#line += 1;
        else if (!isSpace(byte) && this.#between(byte)) {
          start = place;
          this.#startLine = this.#line;
          continue;
        }
        place += 1;
        start = place;
      }
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start));
  }

  /** The last element, of a file that is one number or literal. @throws ContentError if the file ends too early */
  *end(): Generator<JsonElement, void, undefined> {
    if (this.#place === 'start')
      throw new ContentError('the file is empty: a JSON file holds an array of records, or one record');
    if (this.#place === 'scalar' && !this.#inArray) yield this.#complete(new Uint8Array(0));
    else if (this.#place === 'before' || (this.#place === 'after' && this.#inArray))
      throw new ContentError('the file ends in the middle of its array (truncated upload?)', this.#line);
    else if (this.#place !== 'after' && this.#place !== 'end')
      throw new ContentError('the file ends in the middle of the value (truncated upload?)', this.#startLine);
  }

  /** Takes a byte that is part of no element, white space aside; true if it is an element's first. */
  #between(byte: number): boolean {
    if (this.#place === 'start' && byte === OPEN_ARRAY) {
      this.#inArray = true;
      this.#place = 'before';
      return false;
    }
    if (this.#place === 'end')
      throw new ContentError('more follows after the end of the array: a file holds one array, or records', this.#line);
    if (this.#place === 'before' && byte === CLOSE_ARRAY && this.#first) {
      this.#place = 'end';
      return false;
    }
    if (this.#place === 'after' && this.#inArray) {
      if (byte !== COMMA && byte !== CLOSE_ARRAY)
        throw new ContentError('after an element of the array neither a comma nor its end follows', this.#line);
      this.#place = byte === COMMA ? 'before' : 'end';
      return false;
    }
    if (byte === COMMA || byte === CLOSE_ARRAY || byte === CLOSE_OBJECT)
      throw new ContentError(`a value is expected, and '${String.fromCharCode(byte)}' follows`, this.#line);
    this.#first = false;
    this.#place = byte === QUOTE ? 'string' : byte === OPEN_ARRAY || byte === OPEN_OBJECT ? 'nested' : 'scalar';
    return true;
  }

  /** Scans from `place` to the end of the element that began at `start` or before; undefined if it isn't in the chunk. */
  #elementEnd(chunk: Uint8Array, from: number, start: number): number | undefined {
    let depth = this.#depth;
    let inString = this.#inString;
    let escaped = this.#escaped;
    const scalar = this.#place === 'scalar';
    for (let place = from; place < chunk.length; place += 1) {
      const byte = chunk[place] ?? 0;
      if (byte === NEWLINE) this.#line += 1;
      if (inString) {
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) {
          inString = false;
          if (depth === 0) return this.#left(place + 1);
        }
      } else if (scalar) {
        if (!isDelimiter(byte)) continue;
        if (byte === NEWLINE) this.#line -= 1;
        return place;
      } else if (byte === QUOTE) inString = true;
      else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) {
        depth += 1;
        if (depth > this.#maxDepth) {
          if (this.#bytes + place - start >= this.#maxBytes) throw this.#tooLong();
          throw new ContentError(tooDeep(this.#maxDepth), this.#startLine);
        }
      } else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) {
        depth -= 1;
        if (depth === 0) return this.#left(place + 1);
      }
    }
    this.#depth = depth;
    this.#inString = inString;
    this.#escaped = escaped;
    return undefined;
  }

  #left(end: number): number {
    this.#depth = 0;
    this.#inString = false;
    this.#escaped = false;
    return end;
  }

  #keep(part: Uint8Array): void {
    this.#parts.push(part);
    this.#bytes += part.length;
    if (this.#bytes > this.#maxBytes) throw this.#tooLong();
  }

  #complete(last: Uint8Array): JsonElement {
    if (this.#bytes + last.length > this.#maxBytes) throw this.#tooLong();
    const bytes = this.#parts.length === 0 ? last : Buffer.concat([...this.#parts, last]);
    this.#parts = [];
    this.#bytes = 0;
    this.#place = 'after';
    return { line: this.#startLine, bytes };
  }

  #tooLong(): ContentError {
    return new ContentError(`the record is longer than ${this.#maxBytes} bytes (maxRecordBytes)`, this.#startLine);
  }
}
