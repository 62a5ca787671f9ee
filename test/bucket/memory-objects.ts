import { createHash } from 'node:crypto';
import {
  type ListedVersion,
  type ObjectBody,
  type ObjectHead,
  type ObjectPage,
  ObjectReplacedError,
  type ObjectStore,
  type VersionName,
} from '../../lib/files/object-store.ts';

interface Version extends ObjectHead {
  readonly versionId: string;
  /** Null: a delete marker. */
  readonly bytes: Uint8Array | null;
}

/** Holds objects in memory, with their versions: shows that a second store fits behind the interface. */
export class MemoryObjects implements ObjectStore {
  readonly bucket = 'memory';
  /** Of each key, the newest first. */
  readonly #versions = new Map<string, Version[]>();
  #ids = 0;

  async list(after: string, limit: number, prefix = ''): Promise<ObjectPage> {
    const present = [...this.#versions].filter(
      ([key, [newest]]) => newest?.bytes && key.startsWith(prefix) && order(key, after) > 0,
    );
    present.sort(([a], [b]) => order(a, b));
    const page = present.slice(0, limit);
    const objects = page.map(([key, [newest]]) => ({ key, etag: newest?.etag ?? '', ...modifiedAt(newest) }));
    return { objects, next: present.length > limit ? (objects.at(-1)?.key ?? null) : null };
  }

  async head(key: string, versionId?: string): Promise<ObjectHead | null> {
    const found = this.#find(key, versionId);
    if (found === null) return null;
    const { bytes: _, ...head } = found;
    return head;
  }

  async read(key: string, { versionId, etag }: Partial<VersionName> = {}): Promise<ObjectBody | null> {
    const found = this.#find(key, versionId);
    if (found === null) return null;
    if (etag !== undefined && etag !== found.etag) throw new ObjectReplacedError(key);
    const { bytes, ...head } = found;
    return { ...head, body: bytesOf(bytes) };
  }

  async readRange(key: string, { versionId, etag }: VersionName, start: number, end: number): Promise<Uint8Array> {
    const found = this.#find(key, versionId);
    if (found?.etag !== etag) throw new ObjectReplacedError(key);
    return found.bytes?.subarray(start, end) ?? new Uint8Array(0);
  }

  async *versions(key: string, after?: string): AsyncGenerator<ListedVersion> {
    const all = this.#versions.get(key) ?? [];
    for (const version of all.slice(all.findIndex(({ versionId }) => versionId === after) + 1)) {
      const { etag, versionId, bytes } = version;
      yield { etag, versionId, deleted: bytes === null, ...modifiedAt(version) };
    }
  }

  async write(key: string, body: string, contentType: string): Promise<void> {
    this.put(key, Buffer.from(body), { contentType });
  }

  async delete(key: string): Promise<void> {
    if (this.#find(key, undefined) !== null) this.remove(key);
  }

  put(key: string, bytes: Uint8Array, { contentType = '', contentEncoding = '' } = {}): void {
    const etag = `"${createHash('md5').update(bytes).digest('hex')}"`;
    this.#add(key, { etag, contentType, contentEncoding, size: bytes.length, bytes });
  }

  /** Deletes an object, or puts one more delete marker on it. */
  /** Forgets all versions but the newest. */
  forgetOld(key: string): void {
    this.#versions.set(key, (this.#versions.get(key) ?? []).slice(0, 1));
  }

  remove(key: string): void {
    this.#add(key, { etag: '', contentType: '', contentEncoding: '', size: 0, bytes: null });
  }

  #add(key: string, version: Omit<Version, 'versionId'>): void {
    this.#ids += 1;
    const added = { ...version, versionId: `v${this.#ids}`, modified: Date.now() };
    this.#versions.set(key, [added, ...(this.#versions.get(key) ?? [])]);
  }

  #find(key: string, versionId: string | undefined): Version | null {
    const all = this.#versions.get(key) ?? [];
    const found = versionId === undefined ? all[0] : all.find(version => version.versionId === versionId);
    return found?.bytes ? found : null;
  }
}

/** Keys are in the order of their UTF-8 bytes. */
function order(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

async function* bytesOf(bytes: Uint8Array | null): AsyncGenerator<Uint8Array> {
  if (bytes !== null) yield bytes;
}

function modifiedAt({ modified }: Pick<ObjectHead, 'modified'> = {}): Pick<ObjectHead, 'modified'> {
  return modified === undefined ? {} : { modified };
}
