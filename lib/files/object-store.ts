import { GraphdropError } from '../errors.ts';

/**
 * What objects are read from: S3, or another store with keys in order and versions. Errors are classified: what isn't there is
 * null; {@link ObjectReplacedError}, {@link ObjectUnreadableError} and StoreUnavailableError say the rest. No other part of
 * graphdrop knows a store's own errors.
 */
export interface ObjectStore {
  /** The bucket's name, for messages and events. */
  readonly bucket: string;
  /**
   * Lists present objects in the order of keys.
   *
   * @param after the key after which to begin; empty: from the first
   * @param prefix what the keys begin with; default: all keys
   */
  list(after: string, limit: number, prefix?: string): Promise<ObjectPage>;
  /** Looks at a version of an object; null: it isn't there. @param versionId default: the present one */
  head(key: string, versionId?: string): Promise<ObjectHead | null>;
  /** Reads a version of an object whole; null: it isn't there. @throws ObjectReplacedError if the ETag is another */
  read(key: string, version?: Partial<VersionName>): Promise<ObjectBody | null>;
  /** Reads some bytes of a version. @param end not included @throws ObjectReplacedError if the ETag is another */
  readRange(key: string, version: VersionName, start: number, end: number): Promise<Uint8Array>;
  /** Whether a range was asked for and all came, of which the range was cut: some emulators know none of old versions. Default false. */
  readonly givesWhole?: boolean;
  /**
   * Lists the versions of an object and the delete markers among them, newest first.
   *
   * @param after id of the version after which to begin, if need be a version that is gone; default: the newest of all
   */
  versions(key: string, after?: string): AsyncIterable<ListedVersion>;
  /**
   * Lists the latest versions of many keys, in pages by key, as far as that is cheaper than a look at each; null: a delete marker.
   * Nothing is known of a key that is on no page. Doesn't throw. Left out: the store has no such listing.
   */
  latest?(keys: readonly string[]): AsyncIterable<ReadonlyMap<string, LatestVersion | null>>;
  /** Writes an object: only those below graphdrop's own prefix. */
  write(key: string, body: string, contentType: string): Promise<void>;
  /** Deletes an object, if it is there. */
  delete(key: string): Promise<void>;
}

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
  /** Bytes as stored. */
  readonly size: number;
  /** Whether the person that put it says that it may lack rows: see `maxShrink` of a source. */
  readonly confirmed?: true;
  /** When it was put (ms since 1970; a multipart upload: when it began), where the store says. For people: nothing follows from it. */
  readonly modified?: number;
}

export interface ObjectBody extends ObjectHead {
  readonly body: AsyncIterable<Uint8Array>;
}

/** An object as a listing of the bucket shows it. */
export interface ListedObject {
  readonly key: string;
  readonly etag: string;
  /** See {@link ObjectHead.modified}. */
  readonly modified?: number;
}

export interface ObjectPage {
  readonly objects: readonly ListedObject[];
  /** The key after which to go on; null: that was all. */
  readonly next: string | null;
}

/** A version of an object, or a delete marker among them. */
export interface ListedVersion extends VersionName {
  readonly deleted: boolean;
  /** See {@link ObjectHead.modified}. */
  readonly modified?: number;
}

/** The latest version of an object as a listing shows it: without what only a look tells. */
export interface LatestVersion extends VersionName {
  /** Bytes as stored. */
  readonly size: number;
}

/** The object has another version than the one that was being read. */
export class ObjectReplacedError extends GraphdropError {
  readonly code = 'OBJECT_REPLACED';
  override readonly retryable = true;
}

/** The object is there and can't be read: archived, not permitted, or its bytes stopped coming. */
export class ObjectUnreadableError extends GraphdropError {
  readonly code = 'OBJECT_UNREADABLE';
  readonly reason: 'archived' | 'denied' | 'stalled';
  override readonly retryable: boolean;

  constructor(reason: ObjectUnreadableError['reason'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
    this.retryable = reason === 'stalled';
  }
}
