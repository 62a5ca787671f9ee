import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import type { Declaration } from '../definition/declaration.ts';
import { type PackedDeclaration, packDeclaration, unpackDeclaration } from '../definition/packed-declaration.ts';
import { sizeOf } from '../definition/row-memory.ts';
import { GraphdropError } from '../errors.ts';
import type { SpooledRows } from '../reconcile/object-version.ts';
import type { KeyRange } from '../state/range-diff.ts';
import { type Placed, wins } from './duplicates.ts';

/** The temporary folder can't be written: mostly it is full. */
export class SpoolError extends GraphdropError {
  readonly code = 'SPOOL';
  override readonly retryable = true;

  constructor(bytes: number, cause: unknown) {
    super(
      `the temporary folder took ${bytes} bytes of the object's rows and no more (${(cause as Error).message}): give the sync ` +
        'function more temporary storage, or split the file',
      { cause },
    );
  }
}

/** Rows that wait for being written. */
const WAITING_ROWS = 10_000;

/** Bytes of them, as they take in memory. */
const WAITING_BYTES = 8 * 1024 * 1024;

/** Where a spool is, and how it is cut. */
export interface SpoolOptions {
  /** Default: the system's folder for temporary files. */
  readonly folder?: string;
  /** Rows of a part, and so of memory, at most, about. Default 25,000: a little more than a transaction takes. */
  readonly rowsPerPart?: number;
  /** Bytes of a part, as rows take them in memory, about. Default 100 MB. */
  readonly bytesPerPart?: number;
}

/** Rows of a block, at most: what two parts share of it is read for both. */
const ROWS_OF_BLOCK = 32;

/** Parts of a smaller object, about. */
const PARTS = 64;

/** Some rows in the file that stand together, sorted by key. */
interface Block {
  readonly at: number;
  readonly length: number;
  /** Keys of the first and the last row. */
  readonly first: string;
  readonly last: string;
  readonly rows: number;
  /** What its rows take in memory, about. */
  readonly bytes: number;
}

/** Closes files of spools that were lost without `close`. */
const forgotten = new FinalizationRegistry((fd: number) => closeSync(fd));

/**
 * Writes the rows of an object to the temporary folder, in runs that are sorted by key, and gives them back in parts by ranges of
 * keys: of each run the blocks that have keys of the range. The file has no name: it goes when it is closed, or with the process.
 */
export class RowSpool implements SpooledRows {
  readonly #fd: number;
  readonly #rowsPerPart: number;
  readonly #bytesPerPart: number;
  #waitingBytes = 0;
  readonly #tables: string[] = [];
  readonly #runs: Block[][] = [];
  #parts: readonly KeyRange[] = [];
  #waiting: Placed[] = [];
  #end = 0;
  #closed = false;
  readonly #replaced = new Map<number, number>();
  size = 0;

  /** @throws SpoolError */
  constructor({ folder = tmpdir(), rowsPerPart = 25_000, bytesPerPart = 100 * 1024 * 1024 }: SpoolOptions = {}) {
    this.#rowsPerPart = rowsPerPart;
    this.#bytesPerPart = bytesPerPart;
    const path = join(folder, `graphdrop-${randomUUID()}`);
    try {
      this.#fd = openSync(path, 'wx+', 0o600);
      unlinkSync(path);
    } catch (error) {
      throw new SpoolError(0, error);
    }
    forgotten.register(this, this.#fd, this);
  }

  /** @throws SpoolError */
  add(declaration: Declaration, line: number): void {
    this.size += 1;
    this.#waiting.push({ declaration, line });
    this.#waitingBytes += sizeOf(declaration);
    if (this.#waiting.length >= WAITING_ROWS || this.#waitingBytes >= WAITING_BYTES) this.#flush();
  }

  /** Ends writing. */
  finish(): SpooledRows {
    this.#flush();
    this.#parts = this.#ranges();
    return this;
  }

  get parts(): readonly KeyRange[] {
    return this.#parts;
  }

  /** Declarations of parts read until now that lost to another of the same row with other values. */
  get replaced(): number {
    return [...this.#replaced.values()].reduce((sum, count) => sum + count, 0);
  }

  async read(part: number): Promise<ReadonlyMap<string, Declaration>> {
    let replaced = 0;
    const held = this.#held(part, () => {
      replaced += 1;
    });
    this.#replaced.set(part, replaced);
    return new Map([...held].map(([row, { declaration }]) => [row, declaration]));
  }

  /** Calls back for each declaration of a row with other values than the one that held before it. */
  eachDuplicate(found: (before: Placed, now: Placed) => void): void {
    for (const part of this.#parts.keys()) this.#held(part, found);
  }

  /** Returns which declarations of a part hold. */
  #held(part: number, duplicate: (before: Placed, now: Placed) => void): Map<string, Placed> {
    const { after, upTo } = this.#parts[part] as KeyRange;
    const held = new Map<string, Placed>();
    // Run by run, and equal rows of a run as they came: of several the last is met last.
    for (const run of this.#runs) {
      for (let at = firstBehind(run, after); at < run.length; at += 1) {
        const block = run[at] as Block;
        if (upTo !== null && block.first > upTo) break;
        for (const now of this.#rowsOf(block)) {
          const { row, fingerprint } = now.declaration;
          if (row <= after || (upTo !== null && row > upTo)) continue;
          const before = held.get(row);
          if (before !== undefined && before.declaration.fingerprint !== fingerprint) {
            duplicate(before, now);
            if (!wins(now.declaration, before.declaration)) continue;
          }
          held.set(row, now);
        }
      }
    }
    return held;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    forgotten.unregister(this);
    closeSync(this.#fd);
  }

  /** Cuts the keys there are into parts, by what blocks end at or before a key: about as much as there is up to it. */
  #ranges(): KeyRange[] {
    const ends: string[] = [];
    const most = Math.min(this.#rowsPerPart, Math.ceil(this.size / PARTS));
    let [rows, bytes] = [0, 0];
    let last = '';
    for (const block of this.#runs.flat().sort((a, b) => compareRows(a.last, b.last))) {
      rows += block.rows;
      bytes += block.bytes;
      if (last !== block.last && last !== '' && (rows > most || bytes > this.#bytesPerPart)) {
        ends.push(last);
        [rows, bytes] = [block.rows, block.bytes];
      }
      last = block.last;
    }
    return ['', ...ends].map((after, part) => ({ after, upTo: ends[part] ?? null }));
  }

  #flush(): void {
    const run: Block[] = [];
    // Few in a small part: what is told of a block is told of all its rows.
    const most = Math.min(ROWS_OF_BLOCK, Math.ceil(this.#rowsPerPart / ROWS_OF_BLOCK));
    const mostBytes = this.#bytesPerPart / ROWS_OF_BLOCK;
    let block: Placed[] = [];
    let size = 0;
    const close = () => {
      const [first, last] = [block[0], block[block.length - 1]];
      if (first === undefined || last === undefined) return;
      let before: PackedDeclaration | undefined;
      const bytes = serialize(
        block.map(({ declaration, line }): PackedRow => {
          before = packDeclaration(declaration, this.#tables, before);
          return [before, line];
        }),
      );
      this.#write(bytes);
      run.push({
        at: this.#end,
        length: bytes.length,
        first: first.declaration.row,
        last: last.declaration.row,
        rows: block.length,
        bytes: size,
      });
      this.#end += bytes.length;
      [block, size] = [[], 0];
    };
    for (const placed of this.#waiting.sort((a, b) => compareRows(a.declaration.row, b.declaration.row))) {
      block.push(placed);
      size += sizeOf(placed.declaration);
      if (block.length >= most || size >= mostBytes) close();
    }
    close();
    this.#runs.push(run);
    this.#waiting = [];
    this.#waitingBytes = 0;
  }

  #write(bytes: Uint8Array): void {
    try {
      for (let done = 0; done < bytes.length; )
        done += writeSync(this.#fd, bytes, done, bytes.length - done, this.#end + done);
    } catch (error) {
      throw new SpoolError(this.#end, error);
    }
  }

  #rowsOf({ at, length }: Block): Placed[] {
    const bytes = Buffer.allocUnsafeSlow(length);
    for (let done = 0; done < length; ) {
      const read = readSync(this.#fd, bytes, done, length - done, at + done);
      if (read === 0) throw new RangeError(`the spool ends at ${at + done}, before a block of ${length} bytes`);
      done += read;
    }
    return (deserialize(bytes) as PackedRow[]).map(([packed, line]) => ({
      declaration: unpackDeclaration(packed, this.#tables),
      line,
    }));
  }
}

type PackedRow = [declaration: PackedDeclaration, line: number];

/** Position of the first block of a run that has keys behind one. */
function firstBehind(run: readonly Block[], key: string): number {
  let [low, high] = [0, run.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((run[middle] as Block).last <= key) low = middle + 1;
    else high = middle;
  }
  return low;
}

function compareRows(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
