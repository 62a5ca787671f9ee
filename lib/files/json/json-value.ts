import { ContentError } from '../content-error.ts';
import { describeValue, shorten } from '../describe-value.ts';
import { keysIn, refuseDuplicateKeys } from './duplicate-keys.ts';
import { withExactKeys } from './exact-keys.ts';

/** Fewer digits are exact in a number, and those after a point are no integer's. */
const LONG_INTEGER = /(?<![.\d])\d{16}/;

/** Of an integer: the time to make one grows with the square of its length. */
const MAX_DIGITS = 1000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING = 0x7b;
const CLOSING = 0x7d;

/**
 * The value of a JSON text (RFC 8259): integers are exact (a bigint where a number isn't), no key is `__proto__`, no object has
 * a key twice, and nothing is nested deeper than `maxDepth` objects and arrays (recursion over the value, here and later, is safe).
 *
 * @param nan how the text writes NaN, as another number
 * @throws ContentError without a line
 */
export function parseJson(text: string, maxDepth: number, nan?: string): unknown {
  if (isDeeper(text, maxDepth)) throw new ContentError(tooDeep(maxDepth));
  try {
    let value: unknown;
    let keys = Number.POSITIVE_INFINITY;
    if (nan === undefined) {
      value = JSON.parse(text);
      keys = keysIn(value, Number.MAX_SAFE_INTEGER);
      if (keys === Number.POSITIVE_INFINITY && !LONG_INTEGER.test(text)) keys = keysIn(value, Number.MAX_VALUE);
    }
    if (keys === Number.POSITIVE_INFINITY) {
      // Five times as slow as JSON.parse: only where a number may not be what that makes of it.
      value = parseCarefully(text, nan);
      keys = keysIn(value, Number.POSITIVE_INFINITY);
    }
    // Only an escape puts a backslash into a key.
    if (Number.isNaN(keys)) value = withExactKeys(text, json => parseCarefully(json, nan));
    refuseDuplicateKeys(text, value, keys);
    return value;
  } catch (error) {
    if (error instanceof ContentError) throw error;
    const got = `got ${describeValue(text)} (${shorten((error as Error).message)})`;
    const cause = text.startsWith('\ufeff') ? ': it begins with a byte order mark: were files joined?' : '';
    throw new ContentError(`not one JSON value: ${got}${cause}`, undefined, { cause: error });
  }
}

/** Returns the words for a value that is nested too deeply. */
export function tooDeep(maxDepth: number): string {
  return `the value is nested more than ${maxDepth} deep (maxDepth)`;
}

/** JSON.parse with exact integers; refuses own keys `__proto__`. */
function parseCarefully(text: string, nan?: string): unknown {
  return JSON.parse(text, function (this: object, key: string, value: unknown, context?: { readonly source?: string }) {
    if (key === '__proto__') throw new ContentError('the key __proto__ is not allowed: rename it');
    if (typeof value !== 'number') return value;
    const source = context?.source;
    if (source === nan && nan !== undefined) return Number.NaN;
    if (Number.isSafeInteger(value)) return value;
    if (source === undefined || !/^-?\d+$/.test(source)) {
      // JSON.parse makes infinity of 1e400, and of what stands for infinity.
      if (Number.isFinite(value) || nan !== undefined) return value;
      throw new ContentError('a number is beyond the largest that a FLOAT holds, 1.8e308: write it as a text');
    }
    if (source.length > MAX_DIGITS)
      throw new ContentError(`an integer has ${source.length} digits, at most ${MAX_DIGITS} are allowed`);
    return BigInt(source);
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
