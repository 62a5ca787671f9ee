import { ContentError } from '../graph/record-reader.ts';
import { describeValue, shorten } from './describe-value.ts';

/**
 * Text that may hold an integer too large for a number (16 digits, not after a decimal point) or a key `__proto__`,
 * literal or with letters escaped. Only such text pays for the careful parse, five times as slow.
 */
const NEEDS_CARE = /(?<![.\d])\d{16}|__proto__|\\u00[4-7]/;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING = 0x7b;
const CLOSING = 0x7d;

/** Whether text has anything that a plain `JSON.parse` would get wrong; of text without it no part has. */
export function needsCare(text: string): boolean {
  return NEEDS_CARE.test(text);
}

/**
 * The value of a JSON text (RFC 8259): integers are exact (a bigint where a number isn't), no key is `__proto__`, and
 * nothing is nested deeper than `maxDepth` objects and arrays (recursion over the value, here and later, is safe).
 *
 * @param careful false if the text is known not to need care
 * @throws ContentError without a line
 */
export function parseJson(text: string, maxDepth: number, careful = true): unknown {
  if (isDeeper(text, maxDepth)) throw new ContentError(tooDeep(maxDepth));
  try {
    return careful && needsCare(text) ? parseCarefully(text) : JSON.parse(text);
  } catch (error) {
    if (error instanceof ContentError) throw error;
    const got = `got ${describeValue(text)} (${shorten((error as Error).message)})`;
    throw new ContentError(`not one JSON value: ${got}`, undefined, { cause: error });
  }
}

/** The words for a value that is nested too deeply. */
export function tooDeep(maxDepth: number): string {
  return `the value is nested more than ${maxDepth} deep (maxDepth)`;
}

/** JSON.parse with exact integers; refuses own keys `__proto__`. */
function parseCarefully(text: string): unknown {
  return JSON.parse(text, function (this: object, key: string, value: unknown, context?: { readonly source?: string }) {
    if (key === '__proto__') throw new ContentError('the key __proto__ is not allowed: rename it');
    if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
    const source = context?.source;
    return source !== undefined && /^-?\d+$/.test(source) ? BigInt(source) : value;
  });
}

function isDeeper(text: string, maxDepth: number): boolean {
  // Counting brackets by indexOf is almost free, and most records have few.
  if (text.length <= maxDepth || !hasMoreOpening(text, maxDepth)) return false;
  let depth = 0;
  for (let place = 0; place < text.length; place += 1) {
    const character = text.charCodeAt(place);
    if (character === QUOTE) place = stringEnd(text, place + 1);
    // Brackets and braces differ in this one bit.
    else if ((character | 0x20) === OPENING) depth += 1;
    else if ((character | 0x20) === CLOSING) depth -= 1;
    if (depth > maxDepth) return true;
  }
  return false;
}

function hasMoreOpening(text: string, count: number): boolean {
  let found = 0;
  for (const bracket of ['[', '{']) {
    for (let place = text.indexOf(bracket); place !== -1; place = text.indexOf(bracket, place + 1)) {
      found += 1;
      if (found > count) return true;
    }
  }
  return false;
}

/** The place of the quote that ends a string, or the end of the text. */
function stringEnd(text: string, start: number): number {
  let place = start;
  for (; place < text.length; place += 1) {
    const character = text.charCodeAt(place);
    if (character === QUOTE) break;
    if (character === BACKSLASH) place += 1;
  }
  return place;
}
