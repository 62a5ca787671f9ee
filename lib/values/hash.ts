import { hash } from 'node:crypto';

/** Length of {@link contentHash} in characters. */
export const HASH_LENGTH = 24;

/** Length of {@link shortHash} in characters. */
export const SHORT_HASH_LENGTH = 16;

/** Returns the first 144 bits of a SHA-256 in base64url (24 characters): identity of rows, objects and tree nodes. */
export function contentHash(content: string): string {
  return firstOf(content, 18);
}

/** Returns the first 96 bits of a SHA-256 in base64url (16 characters): a row's fingerprint. */
export function shortHash(content: string): string {
  return firstOf(content, 12);
}

/** Made of the bytes, not cut from the whole text: what V8 cuts from a text is slow to compare, and keeps the whole in memory. */
function firstOf(content: string, bytes: number): string {
  return hash('sha256', content, 'buffer').toString('base64url', 0, bytes);
}
