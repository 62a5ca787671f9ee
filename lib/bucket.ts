import {
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  NoSuchKey,
  NotFound,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { type DeclaredRows, declareRows } from './declare-rows.ts';
import { readsRanges } from './files/format.ts';
import { isIgnoredKey, listedName } from './files/object-name.ts';
import { RejectedObjectError } from './graph/errors.ts';
import type { Source } from './graph/flow.ts';
import { isReplaced, rangesOf, wholeOf } from './object-ranges.ts';
import type { ObjectHead, ObjectVersion } from './object-version.ts';
import type { Scope } from './scope.ts';
import type { ObjectEntry } from './state/object-entry.ts';

/** Times that an object is begun anew because it is replaced while parts of it are read. */
const MAX_READS = 4;

/** Looks at an object as it is now, or at an older version; null: it is not there, or none of this scope's. */
export async function headObject(scope: Scope, key: string, versionId?: string): Promise<ObjectHead | null> {
  if (sourceFor(scope, key) === undefined) return null;
  const answer = await headVersion(scope, key, versionId);
  return answer && headOf(answer);
}

/**
 * Reads an object as it is now and declares its rows; null: it is not there, or none of this scope's.
 *
 * @throws RejectedObjectError
 */
export async function readObject(scope: Scope, key: string): Promise<ObjectVersion | null> {
  return await readVersion(scope, key);
}

/**
 * Reads an accepted version of an object again. Found by its ETag: a newer version may be there already, or the newest may
 * have been rejected.
 *
 * @param only keeps just these rows; undefined: all
 * @returns null when that version is no longer in the bucket, or no source matches the key any more
 * @throws RejectedObjectError when the source's function no longer accepts it
 */
export async function readAccepted(
  scope: Scope,
  accepted: Pick<ObjectEntry, 'key' | 'etag'>,
  only?: ReadonlySet<string>,
): Promise<ObjectVersion | null> {
  const { key, etag } = accepted;
  if (sourceFor(scope, key) === undefined || etag === '') return null;
  for await (const one of versionsOf(scope, key)) {
    if (one.deleted || one.etag !== etag) continue;
    const version = await readVersion(scope, key, one.versionId, only);
    if (version !== null) return version;
  }
  return null;
}

/** What of a version decides what it declares. */
type Content = Pick<ObjectHead, 'etag' | 'contentType' | 'contentEncoding'>;

/** Whether two looks at an object saw the same. */
export function isSameHead(one: Content | null, other: Content | null): boolean {
  if (one === null || other === null) return one === other;
  const { etag, contentType, contentEncoding } = one;
  return etag === other.etag && contentType === other.contentType && contentEncoding === other.contentEncoding;
}

/** Whether an object's present state is what the state has: then there is nothing to do. */
export function isUpToDate(
  scope: Scope,
  key: string,
  head: ObjectHead | null,
  entry: ObjectEntry | undefined,
): boolean {
  if (head === null || entry === undefined) return head === null && entry === undefined;
  return isSameHead(entry, head) && entry.source === sourceFor(scope, key)?.fingerprint;
}

function sourceFor(scope: Scope, key: string): Source | undefined {
  return isIgnoredKey(key) ? undefined : scope.sourceOf(key);
}

/** A version of an object, or a delete marker among them. */
interface ListedVersion {
  /** Undefined: the bucket has no versions. */
  readonly versionId: string | undefined;
  readonly etag: string;
  readonly deleted: boolean;
}

/** All versions of an object, newest first. One by one: only so are delete markers listed in their place among them. */
export async function* versionsOf(scope: Scope, key: string): AsyncGenerator<ListedVersion> {
  const { bucket: Bucket, s3 } = scope;
  let position: { KeyMarker?: string; VersionIdMarker?: string } | null = {};
  while (position !== null) {
    const page: ListObjectVersionsCommandOutput = await s3.send(
      new ListObjectVersionsCommand({ Bucket, Prefix: key, MaxKeys: 1, EncodingType: 'url', ...position }),
    );
    const [version] = page.Versions ?? [];
    const found = version ?? page.DeleteMarkers?.[0];
    if (found?.Key === undefined || listedName(found.Key, page) !== key) return;
    const versionId = found.VersionId === 'null' && found.IsLatest ? undefined : found.VersionId;
    yield { versionId, etag: version?.ETag ?? '', deleted: version === undefined };
    const { NextKeyMarker, NextVersionIdMarker } = page;
    position =
      !page.IsTruncated || NextKeyMarker === undefined
        ? null
        : {
            KeyMarker: listedName(NextKeyMarker, page),
            ...(NextVersionIdMarker && { VersionIdMarker: NextVersionIdMarker }),
          };
  }
}

async function getObject(
  scope: Scope,
  key: string,
  versionId: string | undefined,
): Promise<GetObjectCommandOutput | null> {
  try {
    const version = versionId === undefined ? {} : { VersionId: versionId };
    return await scope.s3.send(new GetObjectCommand({ Bucket: scope.bucket, Key: key, ...version }));
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

async function headVersion(
  scope: Scope,
  key: string,
  versionId: string | undefined,
): Promise<HeadObjectCommandOutput | null> {
  try {
    const version = versionId === undefined ? {} : { VersionId: versionId };
    return await scope.s3.send(new HeadObjectCommand({ Bucket: scope.bucket, Key: key, ...version }));
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

async function* noBytes(): AsyncGenerator<Uint8Array> {}

/** Reads a version of an object and declares its rows; null: it is not there. @throws RejectedObjectError */
export async function readVersion(
  scope: Scope,
  key: string,
  versionId?: string,
  only?: ReadonlySet<string>,
  attempts = MAX_READS,
): Promise<ObjectVersion | null> {
  const source = sourceFor(scope, key);
  if (source === undefined) return null;
  // Of what is read by ranges the whole is not asked for.
  const ranged = readsRanges({ key }, source.options);
  const answer = ranged ? await headVersion(scope, key, versionId) : await getObject(scope, key, versionId);
  if (answer === null) return null;
  const head = headOf(answer);
  const size = answer.ContentLength ?? 0;
  const ref = { bucket: scope.bucket, key, versionId, etag: head.etag, size };
  const whole = 'Body' in answer ? (answer.Body as AsyncIterable<Uint8Array> | undefined) : wholeOf(scope.s3, ref);
  const object = {
    bucket: scope.bucket,
    key,
    size,
    ...head,
    body: whole ?? noBytes(),
    ranges: rangesOf(scope.s3, ref),
  };
  let declared: DeclaredRows;
  try {
    declared = await declareRows(object, source, scope.tables, only);
  } catch (error) {
    if (isReplaced(error) && attempts > 1) return await readVersion(scope, key, versionId, only, attempts - 1);
    // The object may have another version by now: what is said of it must be said of this one.
    if (error instanceof RejectedObjectError) error.version = head;
    throw error;
  }
  const { rows, replaced, skipped } = declared;
  return { ...head, size, source: source.fingerprint, rows, replacedRows: replaced, skipped };
}

function headOf(
  answer: Pick<HeadObjectCommandOutput, 'ETag' | 'ContentType' | 'ContentEncoding' | 'VersionId'>,
): ObjectHead {
  return {
    etag: answer.ETag ?? '',
    contentType: answer.ContentType ?? '',
    contentEncoding: answer.ContentEncoding ?? '',
    versionId: answer.VersionId === 'null' ? undefined : answer.VersionId,
  };
}

export function isMissing(error: unknown): boolean {
  if (error instanceof NotFound || error instanceof NoSuchKey) return true;
  return error instanceof S3ServiceException && ['NoSuchKey', 'NotFound', 'NoSuchVersion'].includes(error.name);
}
