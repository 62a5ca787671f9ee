import { createHash } from 'node:crypto';
import {
  type ListedVersion,
  type ObjectBody,
  type ObjectHead,
  type ObjectPage,
  ObjectReplacedError,
  type ObjectStore,
  type VersionName,
} from '../files/object-store.ts';
import { oneChunk } from '../files/one-chunk.ts';

/** A bucket as it would be with some objects put or deleted: what is planned lies over what is there. Takes no writes. */
export class OverlayObjects implements ObjectStore {
  readonly bucket: string;
  readonly #base: ObjectStore;
  readonly #planned: ReadonlyMap<string, Uint8Array | null>;

  /** @param planned content by key; null: the object is deleted */
  constructor(base: ObjectStore, planned: ReadonlyMap<string, Uint8Array | null>) {
    this.bucket = base.bucket;
    this.#base = base;
    this.#planned = planned;
  }

  /** Lists what is there: what is planned is asked for by key. */
  async list(after: string, limit: number, prefix?: string): Promise<ObjectPage> {
    return await this.#base.list(after, limit, prefix);
  }

  async head(key: string, versionId?: string): Promise<ObjectHead | null> {
    if (!this.#isPlanned(key, versionId)) return await this.#base.head(key, versionId);
    const bytes = this.#planned.get(key);
    return bytes
      ? { ...(await this.#version(key, bytes)), contentType: '', contentEncoding: '', size: bytes.length }
      : null;
  }

  async read(key: string, version: Partial<VersionName> = {}): Promise<ObjectBody | null> {
    const { versionId, etag } = version;
    if (!this.#isPlanned(key, versionId)) return await this.#base.read(key, version);
    const head = await this.head(key, versionId);
    if (head === null) return null;
    if (etag !== undefined && etag !== head.etag) throw new ObjectReplacedError(`${key} has another version`);
    return { ...head, body: oneChunk(this.#planned.get(key) as Uint8Array) };
  }

  async readRange(key: string, version: VersionName, start: number, end: number): Promise<Uint8Array> {
    const bytes = this.#isPlanned(key, version.versionId) ? this.#planned.get(key) : undefined;
    return bytes ? bytes.subarray(start, end) : await this.#base.readRange(key, version, start, end);
  }

  async *versions(key: string, after?: string): AsyncGenerator<ListedVersion> {
    const bytes = this.#planned.get(key);
    if (bytes === undefined || (after !== undefined && after !== PLANNED)) {
      yield* this.#base.versions(key, after);
      return;
    }
    const version = bytes === null ? { etag: '', versionId: PLANNED } : await this.#version(key, bytes);
    if (after === undefined) yield { ...version, deleted: bytes === null };
    // Without versions, a store has only what was put last.
    if (version.versionId !== undefined) yield* this.#base.versions(key);
  }

  async write(): Promise<void> {
    throw new TypeError('a plan writes nothing');
  }

  async delete(): Promise<void> {
    throw new TypeError('a plan deletes nothing');
  }

  #isPlanned(key: string, versionId: string | undefined): boolean {
    return this.#planned.has(key) && (versionId === undefined || versionId === PLANNED);
  }

  async #version(key: string, bytes: Uint8Array): Promise<VersionName> {
    const present = await this.#base.head(key);
    const hasVersions = present === null || present.versionId !== undefined;
    const etag = `"${createHash('md5').update(bytes).digest('hex')}"`;
    return { etag, versionId: hasVersions ? PLANNED : undefined };
  }
}

/** Id of the version that is planned. */
const PLANNED = 'planned';
