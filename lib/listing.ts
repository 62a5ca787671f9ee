import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { headObject } from './bucket.ts';
import { isIgnoredKey, listedName } from './files/object-name.ts';
import type { Scope } from './scope.ts';
import { decodeObject, type ObjectEntry, objectId } from './state/object-entry.ts';
import type { ObjectStatus } from './state/status.ts';
import { lookup, type Nodes } from './state/tree.ts';

/** An object as a listing of the bucket shows it. */
export interface Listed {
  readonly key: string;
  readonly etag: string;
}

/** A listed object and what tracked state has of it. */
export interface Compared extends Listed {
  readonly id: string;
  readonly entry: ObjectEntry | undefined;
  /** As far as a listing tells: a changed content type isn't seen. */
  readonly upToDate: boolean;
}

/** The next objects of the scope in the order of keys, and the key after which to go on; null: that was all. */
export async function listObjects(
  scope: Scope,
  after: string,
  limit = 1_000,
): Promise<{ objects: Listed[]; next: string | null }> {
  const start = after === '' ? {} : { StartAfter: after };
  // Plain XML can't hold every key: of a carriage return its reader makes a line feed.
  const page = await scope.s3.send(
    new ListObjectsV2Command({ Bucket: scope.bucket, MaxKeys: limit, EncodingType: 'url', ...start }),
  );
  const { Contents = [], IsTruncated } = page;
  const objects = Contents.map(({ Key = '', ETag = '' }) => ({ key: listedName(Key, page), etag: ETag }));
  const last = objects[objects.length - 1]?.key;
  return {
    objects: objects.filter(({ key }) => !isIgnoredKey(key) && scope.sourceOf(key) !== undefined),
    next: IsTruncated && last !== undefined ? last : null,
  };
}

/** Looks listed objects up in an objects tree. */
export async function compareListed(
  scope: Scope,
  nodes: Nodes,
  tree: string,
  objects: readonly Listed[],
): Promise<Compared[]> {
  const ids = objects.map(({ key }) => objectId(key));
  const entries = await lookup(nodes, tree, ids);
  return objects.map(({ key, etag }, index) => {
    const id = ids[index] as string;
    const text = entries.get(id);
    const entry = text === undefined ? undefined : decodeObject(text);
    const upToDate = entry?.etag === etag && entry.source === scope.sourceOf(key)?.fingerprint;
    return { key, etag, id, entry, upToDate };
  });
}

/**
 * The status of an object that isn't up to date because this very version was rejected, by this very source, where the graph
 * has what is in force instead; else null. What its content is rejected for it always will be.
 */
export async function rejectionOf(
  scope: Scope,
  { key, etag, entry }: Pick<Compared, 'key' | 'etag' | 'entry'>,
): Promise<ObjectStatus | null> {
  const status = await scope.status.get(key);
  if (status?.state !== 'rejected' || status.etag !== etag) return null;
  if (status.source !== scope.sourceOf(key)?.fingerprint) return null;
  // Of the one in force something may be missing that the source of now would give.
  if (status.inForce !== entry?.etag || status.inForceSource !== entry?.source) return null;
  // The same content may have been put again, on top of another version.
  const head = await headObject(scope, key);
  return head?.etag === etag && head.versionId === status.versionId ? status : null;
}
