import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import {
  type ListedObject,
  type ListedVersion,
  type ObjectBody,
  type ObjectHead,
  type ObjectPage,
  ObjectReplacedError,
  type ObjectStore,
  type VersionName,
} from '../../files/object-store.ts';
import { etagOf, type FileContent, FileHashes } from './file-hashes.ts';
import { openInside } from './open-inside.ts';
import { walk } from './walk.ts';

/** Bytes read at once. */
const CHUNK = 256 * 1024;

/** Closes files whose readers never came back: a promise that nothing settles takes them along. */
const abandoned = new FinalizationRegistry<FileHandle>(file => void file.close());

/**
 * The files of a folder as objects: a file's key is its path below the folder, with `/`. There is one version of each, the present
 * one, as in a bucket without versions; its ETag is the SHA-256 of its content. Links that lead out of the folder are refused.
 */
export class FolderObjects implements ObjectStore {
  readonly bucket: string;
  readonly #root: string;
  readonly #hashes = new FileHashes();

  /** @param root absolute path of the folder @param name for messages. Default: the folder's own */
  constructor(root: string, name = basename(root)) {
    this.#root = root;
    this.bucket = name;
  }

  async list(after: string, limit: number, prefix = ''): Promise<ObjectPage> {
    const objects: ListedObject[] = [];
    for await (const key of walk(this.#root, after, prefix)) {
      if (objects.length === limit) return { objects, next: objects.at(-1)?.key ?? null };
      // What can't be opened is listed nevertheless: reading it says why.
      const head = await this.head(key).catch(() => undefined);
      if (head !== null) objects.push({ key, etag: '', ...head });
    }
    return { objects, next: null };
  }

  async head(key: string, versionId?: string): Promise<ObjectHead | null> {
    if (versionId !== undefined) return null;
    const file = await openInside(this.#root, key);
    return file && (await closing(file, async () => headOf(await this.#hashes.of(file))));
  }

  async read(key: string, { versionId, etag }: Partial<VersionName> = {}): Promise<ObjectBody | null> {
    if (versionId !== undefined) return null;
    const file = await openInside(this.#root, key);
    if (file === null) return null;
    const found = await closing(file, async () => await this.#hashes.of(file));
    if (etag !== undefined && etag !== found.etag) throw replaced(this.bucket, key);
    return { ...headOf(found), body: this.#bytes(key, found.etag) };
  }

  async readRange(key: string, { versionId, etag }: VersionName, start: number, end: number): Promise<Uint8Array> {
    const file = versionId === undefined ? await openInside(this.#root, key) : null;
    if (file === null) throw replaced(this.bucket, key);
    return await closing(file, async () => {
      const bytes = new Uint8Array(end - start);
      const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
      // Looked at after the bytes were read: if it is still this content now, so it was then.
      if ((await this.#hashes.of(file)).etag !== etag) throw replaced(this.bucket, key);
      return bytes.subarray(0, bytesRead);
    });
  }

  async *versions(key: string, after?: string): AsyncGenerator<ListedVersion> {
    const head = after === undefined ? await this.head(key) : null;
    if (head !== null) yield { etag: head.etag, versionId: undefined, deleted: false };
  }

  /** Writes beside the file and renames: nobody reads half of it. */
  async write(key: string, body: string): Promise<void> {
    const path = join(this.#root, ...key.split('/'));
    const draft = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(draft, body);
    await rename(draft, path);
  }

  async delete(key: string): Promise<void> {
    await rm(join(this.#root, ...key.split('/')), { force: true });
  }

  /** Opened by the first byte's reader. Content that isn't the ETag's, because the file was changed meanwhile, ends with an error. */
  async *#bytes(key: string, etag: string): AsyncGenerator<Uint8Array> {
    const file = await openInside(this.#root, key);
    if (file === null) throw replaced(this.bucket, key);
    const reader = {};
    abandoned.register(reader, file, reader);
    try {
      const hash = createHash('sha256');
      for (let position = 0; ; ) {
        const { bytesRead, buffer } = await file.read(new Uint8Array(CHUNK), 0, CHUNK, position);
        if (bytesRead === 0) break;
        position += bytesRead;
        const chunk = buffer.subarray(0, bytesRead);
        hash.update(chunk);
        yield chunk;
      }
      if (etagOf(hash) !== etag) throw replaced(this.bucket, key);
    } finally {
      abandoned.unregister(reader);
      await file.close();
    }
  }
}

async function closing<T>(file: FileHandle, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    await file.close();
  }
}

/** A folder has neither versions nor content types. */
function headOf({ etag, size, modified }: FileContent): ObjectHead {
  return { etag, size, modified, versionId: undefined, contentType: '', contentEncoding: '' };
}

function replaced(folder: string, key: string): ObjectReplacedError {
  return new ObjectReplacedError(`${folder}/${key} was replaced while it was read`);
}
