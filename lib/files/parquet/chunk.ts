import { ContentError } from '../content-error.ts';
import type { RangedFile } from '../file-format.ts';
import type { ColumnChunk } from './footer.ts';

/** Chunks that lie close together are fetched at once, up to so many bytes, and to so many for a row group. */
const MOST_RUN_BYTES = 4 * 1024 * 1024;
const MOST_GAP_BYTES = 8 * 1024;
const MOST_FETCHED_BYTES = 64 * 1024 * 1024;
/** Larger chunks are fetched by windows, smaller where there are many columns. */
const FEWEST_WINDOW_BYTES = 64 * 1024;

/** The bytes of one column in one row group, in order, fetched as they are needed. */
export class ChunkBytes {
  readonly #file: RangedFile;
  readonly #end: number;
  readonly #window: number;
  /** Bytes that were fetched, and the place of the first of them in the file. */
  #held: Uint8Array<ArrayBuffer>;
  #heldStart: number;
  #place: number;

  constructor(
    file: RangedFile,
    chunk: ColumnChunk,
    window: number,
    held?: { start: number; bytes: Uint8Array<ArrayBuffer> },
  ) {
    this.#file = file;
    this.#place = chunk.start;
    this.#end = chunk.end;
    this.#window = window;
    this.#held = held?.bytes ?? new Uint8Array(0);
    this.#heldStart = held?.start ?? chunk.start;
  }

  /** Bytes that are left. */
  get left(): number {
    return this.#end - this.#place;
  }

  /** The next bytes, without taking them: as many as asked for, or as are left. */
  async peek(count: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = Math.min(count, this.left);
    const at = this.#place - this.#heldStart;
    if (at + bytes > this.#held.length) {
      const end = Math.min(this.#end, this.#place + Math.max(bytes, this.#window));
      this.#held = await this.#file.read(this.#place, end);
      if (this.#held.length !== end - this.#place)
        throw new Error(`got ${this.#held.length} bytes of the file, asked for ${end - this.#place}`);
      this.#heldStart = this.#place;
    }
    const start = this.#place - this.#heldStart;
    return this.#held.subarray(start, start + bytes);
  }

  /** @throws ContentError if not as many are left */
  async take(count: number): Promise<Uint8Array<ArrayBuffer>> {
    if (count > this.left)
      throw new ContentError(`has a page of ${count} bytes where its column has ${this.left} left`);
    const bytes = await this.peek(count);
    this.#place += count;
    return bytes;
  }
}

/** Fetches the bytes of a row group's columns; those that are short and close together at once. */
export async function fetchChunks(
  file: RangedFile,
  chunks: ReadonlyMap<string, ColumnChunk>,
): Promise<Map<string, ChunkBytes>> {
  const window = Math.max(FEWEST_WINDOW_BYTES, Math.min(MOST_RUN_BYTES, Math.floor(MOST_FETCHED_BYTES / chunks.size)));
  const inOrder = [...chunks].sort(([, a], [, b]) => a.start - b.start);
  const result = new Map<string, ChunkBytes>();
  let fetched = 0;
  for (let first = 0; first < inOrder.length; ) {
    const start = inOrder[first]?.[1].start ?? 0;
    let end = start;
    let next = first;
    for (; next < inOrder.length; next += 1) {
      const chunk = inOrder[next]?.[1];
      if (!chunk || chunk.start > end + MOST_GAP_BYTES || Math.max(end, chunk.end) - start > MOST_RUN_BYTES) break;
      end = Math.max(end, chunk.end);
    }
    const together = next > first && fetched + end - start <= MOST_FETCHED_BYTES;
    const held = together ? { start, bytes: await file.read(start, end) } : undefined;
    if (held) fetched += end - start;
    const after = Math.max(next, first + 1);
    for (const [path, chunk] of inOrder.slice(first, after))
      result.set(path, new ChunkBytes(file, chunk, window, held));
    first = after;
  }
  return result;
}
