import { ContentError } from '../content-error.ts';
import type { SourceRecord } from '../file-format.ts';
import { tooDeep } from './json-value.ts';

/** The text of one element of a JSON file, not yet parsed, and where it starts. */
export interface JsonElement extends Pick<SourceRecord, 'line' | 'number'> {
  readonly text: string;
}

/** Where the scan is: `start` of the file, `before` an element, in one (of three kinds), `after` one, at the `end`. */
type Place = 'start' | 'before' | 'scalar' | 'string' | 'nested' | 'after' | 'end';

const QUOTE = 0x22;
const COMMA = 0x2c;
const NEWLINE = 0x0a;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

const isSpace = (code: number) => code === 0x20 || code === NEWLINE || code === 0x0d || code === 0x09;
/** Ends a number or a literal such as `true`. */
const isDelimiter = (code: number) => isSpace(code) || code === COMMA || code === CLOSE_ARRAY || code === CLOSE_OBJECT;

/**
 * Cuts a JSON file (RFC 8259) into the elements of its top-level array, or its other values, one after another with or without
 * white space between them, as its text comes: only strings, escapes and brackets are followed, what an element holds is its
 * parser's to judge. Lines are not counted within strings, where JSON has no line ends.
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
  /** In the part that is read: the last quote and backslash that were looked for. */
  #quote = -1;
  #backslash = -1;
  /** The element that is not complete: its line, its text from earlier parts and the bytes of that in UTF-8. */
  #startLine = 1;
  /** How many elements that line starts, this one included. */
  #number = 0;
  #begun = '';
  #bytes = 0;

  constructor(maxBytes: number, maxDepth: number) {
    this.#maxBytes = maxBytes;
    this.#maxDepth = maxDepth;
  }

  /** Whether the array's end has been read. */
  get ended(): boolean {
    return this.#place === 'end';
  }

  /** The elements that a part of the text completes. After a ContentError is thrown, nothing more may be asked. */
  *elements(part: string): Generator<JsonElement, void, undefined> {
    this.#quote = -1;
    this.#backslash = -1;
    let start = 0;
    let place = 0;
    while (place < part.length) {
      if (this.#place === 'scalar' || this.#place === 'string' || this.#place === 'nested') {
        const end = this.#place === 'scalar' ? scalarEnd(part, place) : this.#elementEnd(part, place, start);
        if (end === undefined) break;
        yield this.#complete(part.slice(start, end));
        place = end;
        start = end;
      } else {
        const code = part.charCodeAt(place);
        if (code === NEWLINE) this.#line += 1;
        else if (!isSpace(code) && this.#between(code)) {
          start = place;
          this.#number = this.#startLine === this.#line ? this.#number + 1 : 1;
          this.#startLine = this.#line;
          continue;
        }
        place += 1;
        start = place;
      }
    }
    if (start < part.length) this.#keep(part.slice(start));
  }

  /** The last element, of a file that is one number or literal. @throws ContentError if the file ends too early */
  *end(): Generator<JsonElement, void, undefined> {
    if (this.#place === 'start')
      throw new ContentError('the file is empty: a JSON file holds an array of records, or one record');
    if (this.#place === 'scalar' && !this.#inArray) yield this.#complete('');
    else if (this.#place === 'before' || (this.#place === 'after' && this.#inArray))
      throw new ContentError('the file ends in the middle of its array (truncated upload?)', this.#line);
    else if (this.#place !== 'after' && this.#place !== 'end')
      throw this.#inElement('the file ends in the middle of the value (truncated upload?)');
  }

  /** Takes a character that is part of no element, white space aside; true if it is an element's first. */
  #between(code: number): boolean {
    if (this.#place === 'start' && code === OPEN_ARRAY) {
      this.#inArray = true;
      this.#place = 'before';
      return false;
    }
    if (this.#place === 'end')
      throw new ContentError('more follows after the end of the array: a file holds one array, or records', this.#line);
    if (this.#place === 'before' && code === CLOSE_ARRAY && this.#first) {
      this.#place = 'end';
      return false;
    }
    if (this.#place === 'after' && this.#inArray) {
      if (code !== COMMA && code !== CLOSE_ARRAY)
        throw new ContentError('after an element of the array neither a comma nor its end follows', this.#line);
      this.#place = code === COMMA ? 'before' : 'end';
      return false;
    }
    if (code === COMMA || code === CLOSE_ARRAY || code === CLOSE_OBJECT)
      throw new ContentError(`a value is expected, and '${String.fromCharCode(code)}' follows`, this.#line);
    this.#first = false;
    this.#place = code === QUOTE ? 'string' : code === OPEN_ARRAY || code === OPEN_OBJECT ? 'nested' : 'scalar';
    return true;
  }

  /** Scans from `from` to the end of the element that began at `start` or before; undefined if it isn't in the part. */
  #elementEnd(part: string, from: number, start: number): number | undefined {
    let depth = this.#depth;
    let place = this.#escaped ? from + 1 : from;
    while (place < part.length) {
      if (this.#inString) {
        place = this.#inStringTo(part, place);
        if (depth === 0 && !this.#inString) return this.#left(place);
        continue;
      }
      const code = part.charCodeAt(place);
      place += 1;
      if (code === QUOTE) this.#inString = true;
      else if (code === NEWLINE) this.#line += 1;
      else if (code === OPEN_ARRAY || code === OPEN_OBJECT) {
        depth += 1;
        if (depth <= this.#maxDepth) continue;
        if (this.#bytes + Buffer.byteLength(part.slice(start, place)) > this.#maxBytes) throw this.#tooLong();
        throw this.#inElement(tooDeep(this.#maxDepth));
      } else if (code === CLOSE_ARRAY || code === CLOSE_OBJECT) {
        depth -= 1;
        if (depth === 0) return this.#left(place);
      }
    }
    this.#depth = depth;
    this.#escaped = place > part.length;
    return undefined;
  }

  /** Returns the place after the string, or after its next escape: beyond the part if that cuts it. */
  #inStringTo(part: string, place: number): number {
    // What lies further on is looked for once, however many strings and escapes there are.
    if (this.#quote < place) this.#quote = indexOf(part, '"', place);
    if (this.#backslash < place) this.#backslash = indexOf(part, '\\', place);
    if (this.#backslash < this.#quote) return this.#backslash + 2;
    if (this.#quote === Number.POSITIVE_INFINITY) return part.length;
    this.#inString = false;
    return this.#quote + 1;
  }

  #left(end: number): number {
    this.#depth = 0;
    this.#escaped = false;
    return end;
  }

  #keep(part: string): void {
    this.#begun += part;
    this.#bytes += Buffer.byteLength(part);
    if (this.#bytes > this.#maxBytes) throw this.#tooLong();
  }

  #complete(last: string): JsonElement {
    // A UTF-16 unit has at most three bytes.
    if (this.#bytes + last.length * 3 > this.#maxBytes && this.#bytes + Buffer.byteLength(last) > this.#maxBytes)
      throw this.#tooLong();
    const element = { ...this.#start(), text: this.#begun + last };
    this.#begun = '';
    this.#bytes = 0;
    this.#place = 'after';
    return element;
  }

  #tooLong(): ContentError {
    return this.#inElement(`the record is longer than ${this.#maxBytes} bytes (maxRecordBytes)`);
  }

  #inElement(problem: string): ContentError {
    const { line, number } = this.#start();
    return new ContentError(problem, line, { number });
  }

  /** Where the element starts. */
  #start(): Pick<SourceRecord, 'line' | 'number'> {
    return this.#number === 1 ? { line: this.#startLine } : { line: this.#startLine, number: this.#number };
  }
}

function indexOf(text: string, character: string, from: number): number {
  const place = text.indexOf(character, from);
  return place === -1 ? Number.POSITIVE_INFINITY : place;
}

function scalarEnd(part: string, from: number): number | undefined {
  for (let place = from; place < part.length; place += 1) if (isDelimiter(part.charCodeAt(place))) return place;
  return undefined;
}
