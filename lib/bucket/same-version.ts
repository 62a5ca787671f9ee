/** All that "the same" means of two looks at an object. */
import type { ObjectHead, VersionName } from '../files/object-store.ts';
import type { Scope } from '../scope.ts';
import type { ObjectEntry } from '../state/object-entry.ts';
import type { ObjectLook } from './objects.ts';

/** What of a version decides the rows that it declares. */
type Content = Pick<ObjectHead, 'etag' | 'contentType' | 'contentEncoding'>;

/** A version as one source read it. */
interface Reading {
  readonly etag?: string | undefined;
  /** The source's fingerprint. */
  readonly source?: string | undefined;
}

/** Tells whether two looks saw the same content, or both none. */
export function isSameContent(one: Content | null, other: Content | null): boolean {
  if (one === null || other === null) return one === other;
  const { etag, contentType, contentEncoding } = one;
  return etag === other.etag && contentType === other.contentType && contentEncoding === other.contentEncoding;
}

/** Tells whether two names are of one version: the same content put twice is two. */
export function isSameVersion(one: Partial<VersionName>, other: Partial<VersionName>): boolean {
  return one.etag === other.etag && one.versionId === other.versionId;
}

/** Tells whether two records are of one content, read by one source; or both of none. */
export function isSameReading(one: Reading | null | undefined, other: Reading | null | undefined): boolean {
  return one?.etag === other?.etag && one?.source === other?.source;
}

/** Tells whether an object's present version is what tracked state has, read by the source of now. A file of a table never is. */
export function isUpToDate(
  scope: Scope,
  key: string,
  head: ObjectLook | null,
  entry: ObjectEntry | undefined,
): boolean {
  if (head?.table !== undefined) return false;
  if (head === null || entry === undefined) return head === null && entry === undefined;
  return isSameContent(entry, head) && entry.source === scope.sourceOf(key)?.fingerprint;
}
