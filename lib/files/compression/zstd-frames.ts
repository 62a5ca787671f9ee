import { ContentError } from '../content-error.ts';

/** Each frame is unpacked by itself: empty ones, of nine bytes, would take hours to make nothing. */
const MAX_FRAMES = 20_000;
/** Bytes of a magic number (RFC 8878, 3.1.1 and 3.1.2), and of the size that follows a skippable frame's. */
const WORD_BYTES = 4;
const BLOCK_HEADER_BYTES = 3;
const ZSTD_MAGIC = 0xfd2fb528;
/** By their last digit, 0 to f, skippable frames have 16 magic numbers. */
const SKIPPABLE_MAGIC = 0x184d2a50;

/** Returns whether a file that starts so is zstd: a frame, or a skippable frame (as pzstd writes before each frame). */
export function startsZstd(head: Uint8Array): boolean {
  return head.length >= WORD_BYTES && isMagic(littleEndian(head.subarray(0, WORD_BYTES)));
}

function isMagic(word: number): boolean {
  return word === ZSTD_MAGIC || isSkippable(word);
}

function isSkippable(word: number): boolean {
  return word - (word % 16) === SKIPPABLE_MAGIC;
}

function littleEndian(bytes: Iterable<number>): number {
  return [...bytes].reduceRight((value, byte) => value * 256 + byte, 0);
}

/**
 * Follows the frames of a zstd file by their headers (RFC 8878, 3.1), without unpacking. It is needed because node:zlib
 * stops at the end of a frame and drops, in silence, what the same write has after it: here no chunk has bytes of two
 * frames, and bytes that start no frame are held back.
 */
export class ZstdFrames {
  /** The field being read, its length, and what is done with it. */
  #field: number[] = [];
  #fieldBytes = WORD_BYTES;
  #read: (field: readonly number[]) => void = field => this.#magic(field);
  /** Bytes to pass over before the next field, and whether the frame ends with them. */
  #skip = 0;
  #last = false;
  #checksumBytes = 0;
  /** Between two frames, or in the magic number of one. */
  #between = true;
  /** What followed the last frame is none. */
  #over = false;
  #frames = 0;

  /** The bytes of the frames; it ends, without taking the rest of `bytes`, where no frame follows. */
  async *cut(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of bytes) {
      for (let start = 0; start < chunk.length; ) {
        const between = this.#between;
        const field = this.#field;
        const end = this.#follow(chunk, start);
        if (this.#over) return;
        if (!between) yield chunk.subarray(start, end);
        else if (!this.#between) yield Uint8Array.from(field);
        start = end;
      }
    }
  }

  /** Goes to the end of the magic number, of the frame or of the chunk, and returns the place. */
  #follow(chunk: Uint8Array, start: number): number {
    const between = this.#between;
    let place = start;
    while (place < chunk.length && this.#between === between && !this.#over) {
      if (this.#skip > 0) {
        const skipped = Math.min(this.#skip, chunk.length - place);
        this.#skip -= skipped;
        place += skipped;
      } else {
        this.#field.push(chunk[place] ?? 0);
        place += 1;
        if (this.#field.length === this.#fieldBytes) {
          const field = this.#field;
          this.#field = [];
          this.#read(field);
        }
      }
      if (this.#last && this.#skip === 0) this.#frameEnd();
    }
    return place;
  }

  #next(skip: number, fieldBytes: number, read: (field: readonly number[]) => void): void {
    this.#skip = skip;
    this.#fieldBytes = fieldBytes;
    this.#read = read;
  }

  #frameEnd(): void {
    this.#last = false;
    this.#between = true;
    this.#next(0, WORD_BYTES, field => this.#magic(field));
  }

  #magic(field: readonly number[]): void {
    const word = littleEndian(field);
    this.#frames += 1;
    if (this.#frames > MAX_FRAMES)
      throw new ContentError(`has more than ${MAX_FRAMES} zstd frames: compress it as a whole`);
    if (word === ZSTD_MAGIC) this.#next(0, 1, ([descriptor = 0]) => this.#header(descriptor));
    else if (isSkippable(word)) this.#next(0, WORD_BYTES, size => this.#lastBytes(littleEndian(size)));
    else this.#over = true;
    this.#between = this.#over;
  }

  #header(descriptor: number): void {
    const singleSegment = (descriptor & 0x20) !== 0;
    this.#checksumBytes = (descriptor & 0x04) === 0 ? 0 : 4;
    const windowBytes = singleSegment ? 0 : 1;
    const dictionaryBytes = [0, 1, 2, 4][descriptor & 0x03] ?? 0;
    const contentSizeBytes = [singleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
    this.#next(windowBytes + dictionaryBytes + contentSizeBytes, BLOCK_HEADER_BYTES, block => this.#block(block));
  }

  #block(field: readonly number[]): void {
    const header = littleEndian(field);
    // A run-length block (type 1) holds one byte however long the run. Reserved types are zlib's to refuse.
    const bytes = ((header >> 1) & 3) === 1 ? 1 : header >> 3;
    if ((header & 1) === 1) this.#lastBytes(bytes + this.#checksumBytes);
    else this.#next(bytes, BLOCK_HEADER_BYTES, block => this.#block(block));
  }

  #lastBytes(bytes: number): void {
    this.#skip = bytes;
    this.#last = true;
  }
}
