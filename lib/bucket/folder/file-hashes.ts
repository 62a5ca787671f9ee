import { createHash, type Hash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';

/** The content of a file, as it was looked at. */
export interface FileContent {
  readonly etag: string;
  readonly size: number;
  /** When it was written (ms since 1970). */
  readonly modified: number;
}

interface Remembered extends FileContent {
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
}

/**
 * A file that changed this short a time ago may change once more without another time in its metadata: they count in steps. As git
 * does it, such a file's hash isn't remembered.
 */
const RACY_NS = 2_000_000_000n;

/** Files of which the hash is remembered: some 100 MB of memory. */
const MAX_REMEMBERED = 500_000;

/** Hashes files, and remembers the hashes of those that haven't changed since. */
export class FileHashes {
  readonly #remembered = new Map<string, Remembered>();

  /** Hashes an open file, anew if its size or times differ from those that its hash was taken at. */
  async of(file: FileHandle): Promise<FileContent> {
    const before = await file.stat({ bigint: true });
    const id = `${before.dev}:${before.ino}`;
    const known = this.#remembered.get(id);
    if (known !== undefined && isUnchanged(known, before)) return known;
    const { mtimeNs, ctimeNs } = before;
    const content = { ...(await hashed(file)), modified: Number(mtimeNs / 1_000_000n) };
    const now = BigInt(Date.now()) * 1_000_000n;
    // One that was written while it was hashed has a later time by now, which isn't this.
    if (now - mtimeNs > RACY_NS && now - ctimeNs > RACY_NS) {
      if (this.#remembered.size >= MAX_REMEMBERED) this.#remembered.clear();
      this.#remembered.set(id, { ...content, mtimeNs, ctimeNs });
    }
    return content;
  }
}

/** Writes a hash as the ETag of its content. */
export function etagOf(hash: Hash): string {
  return `"${hash.digest('hex')}"`;
}

function isUnchanged(known: Remembered, { mtimeNs, ctimeNs, size }: BigIntStats): boolean {
  return known.mtimeNs === mtimeNs && known.ctimeNs === ctimeNs && BigInt(known.size) === size;
}

const CHUNK = 1024 * 1024;

async function hashed(file: FileHandle): Promise<Omit<FileContent, 'modified'>> {
  const hash = createHash('sha256');
  const buffer = new Uint8Array(CHUNK);
  let size = 0;
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, CHUNK, size);
    if (bytesRead === 0) return { etag: etagOf(hash), size };
    hash.update(buffer.subarray(0, bytesRead));
    size += bytesRead;
  }
}
