import { hash } from 'node:crypto';
import { HASH_LENGTH } from '../values/hash.ts';
import { levelOf } from '../values/tree-level.ts';

/**
 * What tracked state knows of one object. Only what follows from the object's content and the definition is here: no
 * times, and no VersionId (two puts of one content differ in it).
 */
export interface ObjectEntry {
  readonly key: string;
  /** ETag of the accepted version; empty while only slices of it are applied. */
  readonly etag: string;
  readonly contentType: string;
  readonly contentEncoding: string;
  /** Bytes as stored. */
  readonly size: number;
  /** Fingerprint of the source that read it. */
  readonly source: string;
  /** Tree row -> {@link ManifestRow}. */
  readonly manifest: string;
  /** Rows in the manifest. */
  readonly rows: number;
}

/** Characters of an object's identity that are its hash: 120 bits. */
const HASHED = 20;

/** Objects of a leaf: 2^4 on average, of some 200 bytes each. */
const LEAF_BITS = 4;

/** Identity of an object in tracked state and in owner lists: a hash, then how many levels of nodes of a tree it ends. */
export function objectId(key: string): string {
  const digest = hash('sha256', `o\n${key}`, 'buffer');
  const most = HASH_LENGTH - HASHED;
  const level = Math.min(most, levelOf(digest.readUInt32BE(28), LEAF_BITS));
  return `${digest.toString('base64url', 0, (HASHED * 6) / 8)}${'.'.repeat(most - level)}${'A'.repeat(level)}`;
}

export function encodeObject(entry: ObjectEntry): string {
  const { key, etag, contentType, contentEncoding, size, source, manifest, rows } = entry;
  return JSON.stringify([key, etag, contentType, contentEncoding, size, source, manifest, rows]);
}

export function decodeObject(text: string): ObjectEntry {
  const [key, etag, contentType, contentEncoding, size, source, manifest, rows] = JSON.parse(text) as [
    string,
    string,
    string,
    string,
    number,
    string,
    string,
    number,
  ];
  return { key, etag, contentType, contentEncoding, size, source, manifest, rows };
}
