import { contentHash, HASH_LENGTH, hashBits } from '../values/hash.ts';
import { levelOf } from '../values/tree-level.ts';
import { tableTag } from './table-tag.ts';

/** Most characters of a key's text that stand in a row's identity. */
const WHOLE = 80;

/** Of a longer one, those that stand before its hash: together one more than the longest that is whole, so no two are one. */
const BEGINNING = WHOLE + 1 - HASH_LENGTH;

/** Rows of a leaf: 2^6 on average, which are some 300 bytes when they are packed, or 3 KB of random keys. */
const LEAF_BITS = 6;

/**
 * Returns the identity of a row, a key of the trees of tracked state: table and text, as they are, so that rows which come together
 * in a file or share a prefix are near each other; then how many levels of nodes it ends.
 *
 * @param text tells the row from all others of the table
 */
export function rowKey(table: string, text: string): string {
  const told = text.length <= WHOLE ? text : `${text.slice(0, BEGINNING)}${contentHash(text)}`;
  const key = `${tableTag(table)}${told}`;
  const level = levelOf(hashBits(key), LEAF_BITS);
  return `${key}.${'A'.repeat(level)}`;
}

const ZERO = 48;
const NINE = 57;

/** Returns a text such that others which differ from it in a number at their end alone sort by that: the number of digits stands before it. */
export function byNumber(text: string): string {
  let start = text.length;
  for (let code = text.charCodeAt(start - 1); code >= ZERO && code <= NINE; code = text.charCodeAt(start - 1))
    start -= 1;
  if (start === text.length) return text;
  const digits = String.fromCharCode(96 + Math.min(text.length - start, 26));
  return `${text.slice(0, start)}${digits}${text.slice(start)}`;
}
