import { ContentError } from '../content-error.ts';
import { shorten } from '../describe-value.ts';
import { keyTokens } from './key-tokens.ts';

/**
 * Refuses an object that has a key twice: JSON.parse keeps the last value of it, others the first
 * (https://www.rfc-editor.org/rfc/rfc8259#section-4).
 *
 * Almost every text is cleared by counting: one that has no more colons than its value has keys, and colons within texts, has no key
 * twice. That costs a quarter of what JSON.parse does, at most.
 *
 * @param value what the text was parsed to
 * @param keys as {@link keysIn} counts them
 * @throws ContentError without a line, that names the key and where its object is
 */
export function refuseDuplicateKeys(text: string, value: unknown, keys: number): void {
  const colons = count(text);
  if (colons === keys) return;
  // An escaped colon would be in the value but not in the text.
  const escaped = text.includes('\\') && /\\u003a/i.test(text);
  if (!escaped && colons === keys + colonsIn(value)) return;
  scan(text);
}

function count(text: string): number {
  let found = 0;
  for (let place = text.indexOf(':'); place !== -1; place = text.indexOf(':', place + 1)) found += 1;
  return found;
}

/** Keys without a backslash, by their place in a record: a file's records have mostly the same. */
const plain: string[] = Array.from({ length: 256 }, () => '');

/**
 * Counts the keys of a value's objects, or says what of it JSON.parse may have got wrong.
 *
 * @param most how far from 0 its numbers may be
 * @param before how many keys came before the value in its record
 * @returns infinity for a value with a number that is farther; NaN for one with a backslash in a key (see {@link withExactKeys}), or a
 *   key `__proto__`
 */
export function keysIn(value: unknown, most: number, before = 0): number {
  if (typeof value === 'number') return isBeyond(value, most) ? Number.POSITIVE_INFINITY : before;
  if (typeof value !== 'object' || value === null) return before;
  let keys = before;
  if (Array.isArray(value)) {
    for (const item of value) {
      if (typeof item === 'object') keys = keysIn(item, most, keys);
      else if (typeof item === 'number' && isBeyond(item, most)) return Number.POSITIVE_INFINITY;
    }
    return keys;
  }
  for (const key in value) {
    if (plain[keys] !== key) {
      if (key.includes('\\') || key === '__proto__') return Number.NaN;
      if (keys < plain.length) plain[keys] = key;
    }
    keys += 1;
    const field = (value as Record<string, unknown>)[key];
    if (typeof field === 'object') keys = keysIn(field, most, keys);
    else if (typeof field === 'number' && isBeyond(field, most)) return Number.POSITIVE_INFINITY;
  }
  return keys;
}

function isBeyond(value: number, most: number): boolean {
  return value > most || value < -most;
}

/** Counts the colons in the texts and keys of a value. */
function colonsIn(value: unknown): number {
  if (typeof value === 'string') return count(value);
  if (typeof value !== 'object' || value === null) return 0;
  let colons = 0;
  if (Array.isArray(value)) {
    for (const item of value) colons += colonsIn(item);
    return colons;
  }
  for (const key in value) colons += count(key) + colonsIn((value as Record<string, unknown>)[key]);
  return colons;
}

function scan(text: string): void {
  for (const { start, end, open } of keyTokens(text)) {
    const object = open.at(-1);
    if (object === undefined) continue;
    const key = JSON.parse(text.slice(start, end)) as string;
    if (object.keys.has(key)) {
      const path = open.slice(0, -1).map(({ at }) => at);
      const where = path.length === 0 ? 'one object' : `one object, in ${shorten(path.join('.'))}`;
      throw new ContentError(
        `the key ${shorten(JSON.stringify(key))} is there twice in ${where}: leave one of them out`,
      );
    }
    object.keys.add(key);
    object.at = key;
  }
}
