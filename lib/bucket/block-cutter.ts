const NEWLINE = 0x0a;

/** Bytes of a line that decide whether a block ends with it. */
const SAMPLES = 16;

/** A block is ended by the next line once it is so many times as long as blocks are on average. */
const LONGEST = 8;

/** What has no end for so many bytes is not cut. */
const MOST_BYTES = 1024 * 1024;

const NOTHING = new Uint8Array(0);

/**
 * Cuts text into blocks of whole lines. Where a block ends follows from its last line alone, nearly always, so that two texts which share
 * most of their lines share most of their blocks, wherever the others were put in ("content-defined chunking").
 */
export class BlockCutter {
  readonly #average: number;
  /** Bytes of the block that has not ended. */
  #rest: Uint8Array = NOTHING;
  /** Where in these the last line begins, and up to where there is no line break. */
  #line = 0;
  #searched = 0;

  /** @param average bytes of a block */
  constructor(average: number) {
    this.#average = average;
  }

  /** Whether a block has become so long that it is not worth going on. */
  get isLost(): boolean {
    return this.#rest.length > MOST_BYTES;
  }

  /** Takes bytes. @returns the blocks that end in them */
  push(chunk: Uint8Array): Uint8Array[] {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const blocks: Uint8Array[] = [];
    let [start, line] = [0, this.#line];
    let end = bytes.indexOf(NEWLINE, this.#searched);
    while (end !== -1) {
      if (this.#isEnd(bytes, line, end) || end - start >= LONGEST * this.#average) {
        blocks.push(bytes.subarray(start, end + 1));
        start = end + 1;
      }
      line = end + 1;
      end = bytes.indexOf(NEWLINE, line);
    }
    this.#rest = bytes.subarray(start);
    this.#line = line - start;
    this.#searched = bytes.length - start;
    return blocks;
  }

  /** Ends the text. @returns what is left of it */
  end(): Uint8Array[] {
    const last = this.#rest;
    [this.#rest, this.#line, this.#searched] = [NOTHING, 0, 0];
    return last.length === 0 ? [] : [last];
  }

  /** Long lines end blocks more often than short ones, so that blocks are equally long. */
  #isEnd(bytes: Uint8Array, start: number, end: number): boolean {
    const length = end - start;
    const step = Math.max(1, Math.floor(length / SAMPLES));
    let mixed = length;
    for (let at = start; at < end; at += step) mixed = Math.imul(mixed ^ (bytes[at] as number), 0x01000193);
    mixed ^= mixed >>> 15;
    return (mixed >>> 0) % Math.max(1, Math.round(this.#average / (length + 1))) === 0;
  }
}
