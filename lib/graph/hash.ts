import { hash } from 'node:crypto';

/** Length of {@link contentHash} in characters. */
export const HASH_LENGTH = 24;

/** Length of {@link shortHash} in characters. */
export const SHORT_HASH_LENGTH = 16;

/** First 144 bits of a SHA-256 in base64url (24 characters): identity of rows, objects and tree nodes. */
export function contentHash(content: string): string {
  return hash('sha256', content, 'base64url').slice(0, HASH_LENGTH);
}

/** First 96 bits of a SHA-256 in base64url (16 characters): a row's fingerprint. */
export function shortHash(content: string): string {
  return hash('sha256', content, 'base64url').slice(0, SHORT_HASH_LENGTH);
}
