import type { Declaration } from './graph/declaration.ts';
import type { InvalidRecord } from './graph/problems.ts';

/** Which version of an object. */
export interface VersionName {
  readonly etag: string;
  /** Undefined: the bucket has no versions. */
  readonly versionId: string | undefined;
}

/** A version of an object, without its content. */
export interface ObjectHead extends VersionName {
  readonly contentType: string;
  readonly contentEncoding: string;
}

/** One version of an object, read and declared. */
export interface ObjectVersion extends ObjectHead {
  readonly size: number;
  /** Fingerprint of the source that read it. */
  readonly source: string;
  readonly rows: ReadonlyMap<string, Declaration>;
  /** Declarations that a later one of the same row in the same object replaced with other values. */
  readonly replacedRows: number;
  /** Records that were left out. */
  readonly skipped: readonly InvalidRecord[];
}
