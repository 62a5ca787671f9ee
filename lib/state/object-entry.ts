import { contentHash } from '../graph/hash.ts';

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

/** Identity of an object in tracked state and in owner lists. */
export function objectId(key: string): string {
  return contentHash(`o\n${key}`);
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
