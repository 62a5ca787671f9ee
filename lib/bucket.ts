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
import { declareRows } from './declare-rows.ts';
import { isIgnoredKey } from './files/object-name.ts';
import type { Declaration } from './graph/declaration.ts';
import type { Source } from './graph/flow.ts';
import type { ObjectVersion } from './object-edit.ts';
import type { Scope } from './scope.ts';
import type { ObjectEntry } from './state/object-entry.ts';

/** An object's present state, without its content. */
export interface ObjectHead {
  readonly etag: string;
  readonly contentType: string;
  readonly contentEncoding: string;
}

/** Looks at an object as it is now; null: it is not there, or none of this scope's. */
export async function headObject(scope: Scope, key: string): Promise<ObjectHead | null> {
  if (sourceFor(scope, key) === undefined) return null;
  try {
    return headOf(await scope.s3.send(new HeadObjectCommand({ Bucket: scope.bucket, Key: key })));
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/**
 * Reads an object as it is now and declares its rows; null: it is not there, or none of this scope's.
 *
 * @throws RejectedObjectError
 */
export async function readObject(scope: Scope, key: string): Promise<ObjectVersion | null> {
  const source = sourceFor(scope, key);
  if (source === undefined) return null;
  const answer = await getObject(scope, key, undefined);
  if (answer === null) return null;
  const size = answer.ContentLength ?? 0;
  const head = headOf(answer);
  const { rows } = await declareRows(bodyOf(scope, key, answer), source, scope.tables);
  return { ...head, size, source: source.fingerprint, rows };
}

/**
 * Reads the accepted version of an object again for some of its rows. Found by its ETag: a newer version may be there
 * already, or the newest may have been rejected.
 *
 * @returns null when that version is no longer in the bucket
 * @throws RejectedObjectError when the source's function no longer accepts it
 */
export async function readAccepted(
  scope: Scope,
  entry: ObjectEntry,
  only: ReadonlySet<string>,
): Promise<ReadonlyMap<string, Declaration> | null> {
  const source = sourceFor(scope, entry.key);
  if (source === undefined) return null;
  for await (const versionId of versionsOf(scope, entry)) {
    const answer = await getObject(scope, entry.key, versionId);
    if (answer === null) continue;
    return (await declareRows(bodyOf(scope, entry.key, answer), source, scope.tables, only)).rows;
  }
  return null;
}

/** Whether an object's present state is what the state has: then there is nothing to do. */
export function isUpToDate(
  scope: Scope,
  key: string,
  head: ObjectHead | null,
  entry: ObjectEntry | undefined,
): boolean {
  if (head === null || entry === undefined) return head === null && entry === undefined;
  return (
    entry.etag === head.etag &&
    entry.contentType === head.contentType &&
    entry.contentEncoding === head.contentEncoding &&
    entry.source === sourceFor(scope, key)?.fingerprint
  );
}

function sourceFor(scope: Scope, key: string): Source | undefined {
  return isIgnoredKey(key) ? undefined : scope.sourceOf(key);
}

/** Version ids with the accepted version's ETag, newest first; undefined: the present one of a bucket without versions. */
async function* versionsOf(scope: Scope, entry: ObjectEntry): AsyncGenerator<string | undefined> {
  const { bucket, s3 } = scope;
  let position: { KeyMarker?: string; VersionIdMarker?: string } | null = {};
  while (position !== null) {
    const page: ListObjectVersionsCommandOutput = await s3.send(
      new ListObjectVersionsCommand({ Bucket: bucket, Prefix: entry.key, ...position }),
    );
    for (const { Key, ETag, VersionId, IsLatest } of page.Versions ?? []) {
      if (Key !== entry.key || ETag !== entry.etag) continue;
      yield VersionId === 'null' && IsLatest ? undefined : VersionId;
    }
    const past = (page.Versions ?? []).some(({ Key }) => Key !== undefined && Key !== entry.key);
    const { NextKeyMarker, NextVersionIdMarker } = page;
    position =
      past || !page.IsTruncated || NextKeyMarker === undefined
        ? null
        : { KeyMarker: NextKeyMarker, ...(NextVersionIdMarker && { VersionIdMarker: NextVersionIdMarker }) };
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

function bodyOf(scope: Scope, key: string, answer: GetObjectCommandOutput) {
  const body = answer.Body as AsyncIterable<Uint8Array> | undefined;
  const { contentType, contentEncoding } = headOf(answer);
  return {
    bucket: scope.bucket,
    key,
    size: answer.ContentLength ?? 0,
    contentType,
    contentEncoding,
    body: body ?? (async function* () {})(),
  };
}

function headOf(answer: Pick<HeadObjectCommandOutput, 'ETag' | 'ContentType' | 'ContentEncoding'>): ObjectHead {
  return {
    etag: answer.ETag ?? '',
    contentType: answer.ContentType ?? '',
    contentEncoding: answer.ContentEncoding ?? '',
  };
}

function isMissing(error: unknown): boolean {
  if (error instanceof NotFound || error instanceof NoSuchKey) return true;
  return error instanceof S3ServiceException && ['NoSuchKey', 'NotFound', 'NoSuchVersion'].includes(error.name);
}
