import { hash } from 'node:crypto';

/** Length of {@link contentHash} in characters. */
export const HASH_LENGTH = 24;

/** Length of {@link shortHash} in characters. */
export const SHORT_HASH_LENGTH = 16;

/** Returns the first 144 bits of a SHA-256 in base64url (24 characters): identity of rows, objects, tree nodes and blocks of files. */
export function contentHash(content: string | Uint8Array): string {
  return firstOf(content, LONG);
}

/** Returns the first 96 bits of a SHA-256 in base64url (16 characters): a row's fingerprint. */
export function shortHash(content: string): string {
  return firstOf(content, SHORT);
}

/** Returns the first 32 bits of a SHA-256. */
export function hashBits(content: string): number {
  return Number.parseInt(hash('sha256', content, 'hex').slice(0, 8), 16);
}

/**
 * Made of characters, not cut from the whole text: what V8 cuts from a text is slow to compare, and keeps the whole in memory. Nor made
 * of bytes: a Buffer costs more than the hash.
 */
function firstOf(content: string | Uint8Array, codes: number[]): string {
  const digest = hash('sha256', content, 'base64url');
  for (let place = 0; place < codes.length; place += 1) codes[place] = digest.charCodeAt(place);
  return String.fromCharCode(...codes);
}

/** Room for the characters of a hash, to be written over by the next. */
const LONG: number[] = Array.from({ length: HASH_LENGTH }, () => 0);
const SHORT: number[] = Array.from({ length: SHORT_HASH_LENGTH }, () => 0);
