import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import {
  type DeleteMarkerEntry,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandInput,
  type ListObjectVersionsCommandOutput,
  PutObjectCommand,
  type S3Client,
  type ObjectVersion as S3Version,
} from '@aws-sdk/client-s3';
import { listedName } from '../files/keys/encoded-key.ts';
import {
  type LatestVersion,
  type ListedVersion,
  type ObjectBody,
  type ObjectHead,
  type ObjectPage,
  ObjectReplacedError,
  type ObjectStore,
  ObjectUnreadableError,
  type VersionName,
} from '../files/object-store.ts';
import { isThrottled } from '../state/aws-errors.ts';
import { type Patience, retry } from '../state/backoff.ts';
import { inTime, StalledError } from './in-time.ts';
import { latestOf, type PageOfVersions, type ShownVersions } from './latest-versions.ts';
import { cut } from './read-ranges.ts';
import { classify, isMissing } from './s3-errors.ts';
import { withUnreadBodies } from './unread-bodies.ts';

/** Versions that one call lists. Few objects have more, and a larger page would also list keys with the same beginning. */
const VERSIONS_AT_ONCE = 100;

/** For throttled calls, after the SDK's own tries. */
const PATIENCE: Patience = { tries: 5, firstWaitMs: 200, longestWaitMs: 3_000 };

/** Where in a listing of versions to go on. */
type VersionPosition = Pick<ListObjectVersionsCommandInput, 'KeyMarker' | 'VersionIdMarker'>;

/** Reads the objects of an S3 bucket: every call to S3 is made here. */
export class S3Objects implements ObjectStore {
  readonly bucket: string;
  readonly #client: S3Client;
  readonly #stallMs: number;
  #mayListVersions = true;
  #givesWhole = false;

  /** @param stallMs milliseconds without an answer, or without more of it, after which a call is given up */
  constructor(client: S3Client, bucket: string, stallMs = 30_000) {
    this.#client = withUnreadBodies(client);
    this.bucket = bucket;
    this.#stallMs = stallMs;
  }

  async list(after: string, limit: number, prefix = ''): Promise<ObjectPage> {
    const start = { ...(after !== '' && { StartAfter: after }), ...(prefix !== '' && { Prefix: prefix }) };
    // Plain XML can't hold every key: of a carriage return its reader makes a line feed.
    const command = new ListObjectsV2Command({ ...this.#here, MaxKeys: limit, EncodingType: 'url', ...start });
    const page = await this.#told('', signal => this.#client.send(command, { abortSignal: signal }));
    const objects = (page.Contents ?? []).map(item => ({
      key: listedName(item.Key ?? '', page),
      etag: item.ETag ?? '',
      ...modifiedAt(item),
    }));
    const last = objects[objects.length - 1]?.key;
    return { objects, next: page.IsTruncated && last !== undefined ? last : null };
  }

  async head(key: string, versionId?: string): Promise<ObjectHead | null> {
    const command = new HeadObjectCommand({ ...this.#here, Key: key, VersionId: versionId });
    const answer = await this.#unlessMissing(key, signal => this.#client.send(command, { abortSignal: signal }));
    return answer && headOf(answer);
  }

  async read(key: string, version: Partial<VersionName> = {}): Promise<ObjectBody | null> {
    const answer = await this.#get(key, version);
    return answer && { ...headOf(answer), body: this.#bytes(key, answer.Body as Readable | undefined) };
  }

  get givesWhole(): boolean {
    return this.#givesWhole;
  }

  async readRange(key: string, version: VersionName, start: number, end: number): Promise<Uint8Array> {
    const answer = await this.#get(key, version, `bytes=${start}-${end - 1}`);
    if (answer === null) throw new ObjectReplacedError(`${this.bucket}/${key} was deleted while it was read`);
    const { Body, ContentRange } = answer;
    const bytes = this.#bytes(key, Body as Readable | undefined);
    if (ContentRange !== undefined) return await buffer(bytes);
    this.#givesWhole = true;
    return await buffer(cut(bytes, 0, [[start, end]]));
  }

  async *versions(key: string, after?: string): AsyncGenerator<ListedVersion> {
    let position: VersionPosition | null = after === undefined ? {} : { KeyMarker: key, VersionIdMarker: after };
    while (position !== null) {
      const page: ListObjectVersionsCommandOutput = await this.#versionPage(key, position, VERSIONS_AT_ONCE);
      const isOwn = ({ Key = '' }: { readonly Key?: string | undefined }) => listedName(Key, page) === key;
      const { Versions = [], DeleteMarkers = [] } = page;
      yield* this.#inOrder(key, Versions.filter(isOwn), DeleteMarkers.filter(isOwn));
      // The key itself comes before all others that begin with it.
      position = [...Versions, ...DeleteMarkers].every(isOwn) ? nextPosition(page) : null;
    }
  }

  /**
   * Puts delete markers in their place among versions. The SDK lists them apart, and times don't tell: they count seconds,
   * and that of a multipart upload is of its beginning. So S3 is asked which version follows a marker.
   */
  async *#inOrder(
    key: string,
    versions: readonly S3Version[],
    markers: readonly DeleteMarkerEntry[],
  ): AsyncGenerator<ListedVersion> {
    let rest = versions;
    let row: DeleteMarkerEntry[] = [];
    for (const [index, marker] of markers.entries()) {
      row.push(marker);
      const follower = rest.length === 0 ? undefined : await this.#followerOf(key, marker.VersionId);
      if (follower !== undefined && follower === markers[index + 1]?.VersionId) continue;
      const at = rest.findIndex(({ VersionId }) => VersionId === follower);
      const before = at === -1 ? rest.length : at;
      yield* [...rest.slice(0, before), ...row].map(listedVersion);
      rest = rest.slice(before);
      row = [];
    }
    yield* rest.map(listedVersion);
  }

  /** Ends at any error: it only saves looks, and those tell what is wrong. A listing that isn't allowed isn't tried again. */
  async *latest(keys: readonly string[]): AsyncGenerator<ReadonlyMap<string, LatestVersion | null>> {
    if (!this.#mayListVersions) return;
    try {
      yield* latestOf(keys, async page => await this.#latestPage(page));
    } catch (error) {
      if (error instanceof ObjectUnreadableError) this.#mayListVersions = false;
    }
  }

  async #latestPage({ prefix, after, limit }: PageOfVersions): Promise<ShownVersions> {
    const page = await this.#versionPage(prefix, after === '' ? {} : { KeyMarker: after }, limit);
    const { Versions = [], DeleteMarkers = [] } = page;
    const all = [...Versions, ...DeleteMarkers];
    const latest = all
      .filter(({ IsLatest }) => IsLatest)
      .map(item => [listedName(item.Key ?? '', page), item] as const);
    return {
      latest: new Map(latest.map(([key, item]) => [key, latestVersion(item)])),
      count: all.length,
      last: nextPosition(page)?.KeyMarker ?? null,
    };
  }

  async #followerOf(key: string, versionId: string | undefined): Promise<string | undefined> {
    const page = await this.#versionPage(key, { KeyMarker: key, VersionIdMarker: versionId }, 1);
    const follower = page.Versions?.[0] ?? page.DeleteMarkers?.[0];
    return follower && listedName(follower.Key ?? '', page) === key ? follower.VersionId : undefined;
  }

  async #versionPage(key: string, position: VersionPosition, limit: number): Promise<ListObjectVersionsCommandOutput> {
    const page = { Prefix: key, MaxKeys: limit, EncodingType: 'url', ...position } as const;
    const command = new ListObjectVersionsCommand({ ...this.#here, ...page });
    return await this.#told(key, signal => this.#client.send(command, { abortSignal: signal }));
  }

  async write(key: string, body: string, contentType: string): Promise<void> {
    const command = new PutObjectCommand({ ...this.#here, Key: key, Body: body, ContentType: contentType });
    await this.#told(key, signal => this.#client.send(command, { abortSignal: signal }));
  }

  /** Looks first: in a bucket with versions, deleting what isn't there leaves a marker each time. */
  async delete(key: string): Promise<void> {
    if ((await this.head(key)) === null) return;
    const command = new DeleteObjectCommand({ ...this.#here, Key: key });
    await this.#told(key, signal => this.#client.send(command, { abortSignal: signal }));
  }

  get #here(): { readonly Bucket: string } {
    return { Bucket: this.bucket };
  }

  async #unlessMissing<T>(key: string, send: (signal: AbortSignal) => Promise<T>): Promise<T | null> {
    try {
      return await this.#call(send);
    } catch (error) {
      if (isMissing(error)) return null;
      throw classify(`${this.bucket}/${key}`, error);
    }
  }

  async #told<T>(key: string, send: (signal: AbortSignal) => Promise<T>): Promise<T> {
    try {
      return await this.#call(send);
    } catch (error) {
      throw classify(`${this.bucket}/${key}`, error);
    }
  }

  /** Makes a call, waiting out throttles. */
  async #call<T>(send: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return await retry(() => inTime(send, this.#stallMs), isThrottled, PATIENCE);
  }

  async #get(key: string, { versionId, etag }: Partial<VersionName>, range?: string) {
    const what = { Key: key, VersionId: versionId, IfMatch: etag, Range: range };
    const command = new GetObjectCommand({ ...this.#here, ...what });
    return await this.#unlessMissing(key, signal => this.#client.send(command, { abortSignal: signal }));
  }

  /** Returns what comes. If nobody reads it, its connection is given back. */
  #bytes(key: string, body: Readable | undefined): AsyncIterable<Uint8Array> {
    const chunks = this.#chunks(key, body);
    const give = async (): Promise<IteratorResult<Uint8Array>> => {
      body?.destroy(); // a generator that was never asked doesn't come to it
      return await chunks.return(undefined);
    };
    return { [Symbol.asyncIterator]: () => ({ next: () => chunks.next(), return: give }) };
  }

  /** The time that the consumer takes for a chunk doesn't count. */
  async *#chunks(key: string, body: Readable | undefined): AsyncGenerator<Uint8Array, void, undefined> {
    if (body === undefined) return;
    const chunks = body[Symbol.asyncIterator]();
    try {
      for (;;) {
        const { done, value } = await inTime(() => chunks.next(), this.#stallMs);
        if (done === true) return;
        yield value as Uint8Array;
      }
    } catch (error) {
      if (error instanceof StalledError) {
        throw new ObjectUnreadableError('stalled', `${this.bucket}/${key} stopped coming from S3: ${error.message}`);
      }
      throw classify(`${this.bucket}/${key}`, error);
    } finally {
      body.destroy(); // the rest isn't wanted
    }
  }
}

function headOf(
  answer: Pick<
    HeadObjectCommandOutput,
    'ETag' | 'ContentType' | 'ContentEncoding' | 'ContentLength' | 'VersionId' | 'LastModified' | 'Metadata'
  >,
): ObjectHead {
  return {
    etag: answer.ETag ?? '',
    contentType: answer.ContentType ?? '',
    contentEncoding: answer.ContentEncoding ?? '',
    size: answer.ContentLength ?? 0,
    versionId: answer.VersionId === 'null' ? undefined : answer.VersionId,
    ...(answer.Metadata?.[CONFIRMED.name] === CONFIRMED.value && { confirmed: true }),
    ...modifiedAt(answer),
  };
}

/** Metadata of an object (`x-amz-meta-...`) that was put on purpose with fewer rows. */
const CONFIRMED = { name: 'graphdrop-confirm', value: 'shrink' };

function listedVersion(item: S3Version | DeleteMarkerEntry): ListedVersion {
  const etag = 'ETag' in item ? item.ETag : undefined;
  const versionId = item.VersionId === 'null' && item.IsLatest ? undefined : item.VersionId;
  return { versionId, etag: etag ?? '', deleted: etag === undefined, ...modifiedAt(item) };
}

function latestVersion(item: S3Version | DeleteMarkerEntry): LatestVersion | null {
  const { versionId, etag, deleted } = listedVersion(item);
  return deleted ? null : { versionId, etag, size: ('Size' in item ? item.Size : undefined) ?? 0 };
}

function modifiedAt({ LastModified }: { readonly LastModified?: Date | undefined }): { readonly modified?: number } {
  return LastModified === undefined ? {} : { modified: LastModified.getTime() };
}

function nextPosition(page: ListObjectVersionsCommandOutput): VersionPosition | null {
  const { IsTruncated, NextKeyMarker, NextVersionIdMarker } = page;
  if (!IsTruncated || NextKeyMarker === undefined) return null;
  return {
    KeyMarker: listedName(NextKeyMarker, page),
    ...(NextVersionIdMarker && { VersionIdMarker: NextVersionIdMarker }),
  };
}
