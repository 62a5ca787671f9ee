import { ContentError } from './record-reader.ts';

/** Bytes of a magic number (RFC 8878, 3.1.1 and 3.1.2), and of the size that follows a skippable frame's. */
const WORD_BYTES = 4;
const BLOCK_HEADER_BYTES = 3;
const ZSTD_MAGIC = 0xfd2fb528;
/** By their last digit, 0 to f, skippable frames have 16 magic numbers. */
const SKIPPABLE_MAGIC = 0x184d2a50;

/** Whether a file that starts so is zstd: a frame, or a skippable frame (as pzstd writes before each frame). */
export function startsZstd(head: Uint8Array): boolean {
  return head.length >= WORD_BYTES && isMagic(littleEndian(head, WORD_BYTES));
}

function isMagic(word: number): boolean {
  return word === ZSTD_MAGIC || isSkippable(word);
}

function isSkippable(word: number): boolean {
  return word - (word % 16) === SKIPPABLE_MAGIC;
}

function littleEndian(bytes: ArrayLike<number>, count: number): number {
  let value = 0;
  for (let index = count - 1; index >= 0; index -= 1) value = value * 256 + (bytes[index] ?? 0);
  return value;
}

/**
 * Follows the frames of a zstd file by their headers (RFC 8878, 3.1), without unpacking. It is needed because node:zlib
 * stops at the end of a frame and drops what the same write has after it, in silence: here each chunk ends where its
 * frame does.
 */
export class ZstdFrames {
  /** What the bytes after the last frame are, if they are none; all before it has been given. */
  fault: ContentError | undefined;
  /** The field being read, its length, and what it means. */
  #field: number[] = [];
  #fieldBytes = WORD_BYTES;
  #read: (field: readonly number[]) => void = field => this.#magic(field);
  /** Bytes to pass over before the next field. */
  #skip = 0;
  #checksum = false;
  #ended = false;

  /** The same bytes, no chunk with bytes of two frames; ends before bytes that start no frame, see `fault`. */
  async *cut(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of bytes) {
      let start = 0;
      while (start < chunk.length) {
        const end = this.#follow(chunk, start);
        if (this.fault) return;
        yield chunk.subarray(start, end);
        start = end;
      }
    }
  }

  /** Goes to the end of the frame, or of the chunk, and returns the place. */
  #follow(chunk: Uint8Array, start: number): number {
    this.#ended = false;
    let place = start;
    while (place < chunk.length && !this.#ended && !this.fault) {
      const skipped = Math.min(this.#skip, chunk.length - place);
      this.#skip -= skipped;
      place += skipped;
      const byte = chunk[place];
      if (this.#skip > 0 || (this.#fieldBytes > 0 && byte === undefined)) break;
      if (this.#fieldBytes > 0 && byte !== undefined) {
        this.#field.push(byte);
        place += 1;
      }
      if (this.#field.length === this.#fieldBytes) {
        const field = this.#field;
        this.#field = [];
        this.#read(field);
      }
    }
    return place;
  }

  #next(fieldBytes: number, read: (field: readonly number[]) => void, skip = 0): void {
    this.#skip = skip;
    this.#fieldBytes = fieldBytes;
    this.#read = read;
  }

  #magic(field: readonly number[]): void {
    const word = littleEndian(field, WORD_BYTES);
    if (word === ZSTD_MAGIC) this.#next(1, descriptor => this.#header(descriptor[0] ?? 0));
    else if (isSkippable(word)) this.#next(WORD_BYTES, size => this.#end(littleEndian(size, WORD_BYTES)));
    else this.fault = new ContentError('has other bytes after the end of its zstd frames');
  }
}
