import type { Source } from '../definition/flow.ts';
import { DEFAULT_MAX_RECORDS } from '../files/limits.ts';
import type { ObjectHead } from '../files/object-store.ts';
import { oneChunk } from '../files/one-chunk.ts';
import type { ChangedSince } from '../reconcile/object-version.ts';
import type { Scope } from '../scope.ts';
import { encodeManifestRow } from '../state/manifest-row.ts';
import { lookup } from '../state/tree.ts';
import { MissingNodeError } from '../state/tree-nodes.ts';
import { contentHash } from '../values/hash.ts';
import { BlockCutter } from './block-cutter.ts';
import { type BlockList, BlockLists, unmetOf } from './block-list.ts';
import { Counts } from './counts.ts';
import { type DeclaredRows, type DeclareOptions, declareRows, type SourceBody } from './declare-rows.ts';
import {
  averageOf,
  type Compared,
  type Known,
  knownOf,
  type LineFormat,
  lineFormatOf,
  ONE_BLOCK,
} from './known-version.ts';
import { csvLinesApart, linesApart } from './lines-apart.ts';
import { type ByteRange, readRanges } from './read-ranges.ts';

/** Blocks until it is decided whether enough is as it was. */
const DECIDES = 16;

/**
 * Blocks are told apart by their lines up to so many times `bytesReadByBlocks`, or of a huge object up to this share of it: all of them are in
 * memory then, several times, which is why no more than a part of what rows may take is used.
 */
const LINES_TOLD = 4;
const SHARE_TOLD = 1 / 16;
const SHARE_OF_MEMORY = 1 / 32;

/** The object can't be read by what differs, as it turned out: it must be read whole. */
export class NotComparableError extends Error {}

/** What reading an object by what differs gave. */
export interface ReadByComparison {
  readonly declared: DeclaredRows;
  /** Left out: the object was read whole. */
  readonly since?: ChangedSince;
}

/**
 * Reads one version of an object by what differs from the tracked one: blocks that this has, too, are not parsed again, nor are lines of the
 * others that it has. What a record declares follows from the record, so the rows of a version are those of the tracked one, without those of the lines
 * that are gone, and with those of the new ones: if no row is declared twice. What may be otherwise is read whole.
 *
 * An object that isn't large is one block: there is no list of its own to keep.
 */
export class ComparedReading {
  readonly #scope: Scope;
  readonly #source: Source;
  readonly #object: SourceBody & ObjectHead;
  readonly #format: LineFormat;
  readonly #lists: BlockLists;
  readonly #known: Known | null;
  readonly #average: number;
  readonly #hashes: string[] = [];
  readonly #lengths: number[] = [];
  /** Hashes of blocks of the tracked version that were not met yet. */
  readonly #unmet: Counts;
  #isCut = true;
  /** Blocks and lines that were left out. */
  #skipped = 0;
  /** Blocks that must be parsed, until their lines are told from those that are gone; null: they are too large. */
  #held: Uint8Array[] | null = [];
  #heldBytes = 0;
  /** Lines of the tracked version that are gone; null: not told, it is blocks that are gone. */
  #gone: Buffer | null = null;

  private constructor(
    scope: Scope,
    source: Source,
    object: SourceBody & ObjectHead,
    format: LineFormat,
    lists: BlockLists,
    known: Known | null,
  ) {
    this.#scope = scope;
    this.#source = source;
    this.#object = object;
    this.#format = format;
    this.#lists = lists;
    this.#known = known;
    this.#average = known?.list.average ?? averageOf(scope, object.size, format);
    // The first one is read in any case: what is told by how a file begins is told by its own beginning.
    this.#unmet = new Counts(known?.list.hashes.slice(1) ?? []);
  }

  /**
   * Begins to read an object, if it can be read so at all; null: it can't. Doesn't throw: it only saves work.
   *
   * @param compareWith `nothing`: it is read whole, and the list of its blocks is kept for the version after it
   */
  static async begin(
    scope: Scope,
    source: Source,
    object: SourceBody & ObjectHead,
    compareWith: Compared,
  ): Promise<ComparedReading | null> {
    const format = lineFormatOf(scope, source, object);
    if (format === null) return null;
    const lists = new BlockLists(scope.state.memos, source.fingerprint);
    const known =
      compareWith === 'nothing'
        ? null
        : await knownOf(scope, source, object, format, lists, compareWith).catch(() => null);
    return new ComparedReading(scope, source, object, format, lists, known);
  }

  /** Names of properties that blocks which are left out bring, by table. */
  get names(): BlockList['names'] | undefined {
    return this.#known?.list.names;
  }

  /** Takes note that it has to be read whole: if that isn't done in time, the next reading doesn't begin with its blocks. */
  async giveUp(): Promise<void> {
    if (this.#scope.keepsResults) await this.#lists.keep(this.#object.key, null).catch(() => {});
  }

  /** Whether a rejection may name other lines, and other reasons, than one of the whole. */
  get mayMislead(): boolean {
    return this.#known !== null;
  }

  /** Returns the object's bytes, without those of blocks and lines that are known. @throws NotComparableError */
  async *body(): AsyncGenerator<Uint8Array, void, undefined> {
    const known = this.#known;
    for await (const block of this.#blocks()) {
      if (known === null || this.#held === null) yield block;
      else yield* this.#hold(this.#held, block);
    }
    if (known !== null && this.#held !== null) yield* this.#lines(known, this.#held);
  }

  /** Returns blocks that must be parsed; while nothing is known, chunks as they come. */
  async *#blocks(): AsyncGenerator<Uint8Array, void, undefined> {
    const cutter = this.#average === ONE_BLOCK ? null : new BlockCutter(this.#average);
    for await (const chunk of this.#object.body) {
      const blocks = this.#isCut ? cutter?.push(chunk) : [];
      if (cutter?.isLost === true) {
        if (this.#known !== null) throw new NotComparableError();
        this.#isCut = false;
      }
      const wanted = blocks?.filter(block => this.#isWanted(block));
      if (this.#known === null || wanted === undefined) yield chunk;
      else yield* wanted;
    }
    const last = cutter?.end().filter(block => this.#isWanted(block)) ?? [];
    if (this.#known !== null) yield* last;
  }

  get #mostHeld(): number {
    const { bytesReadByBlocks, rowBytesInMemory } = this.#scope.limits;
    const ofHuge = Math.min(this.#object.size * SHARE_TOLD, rowBytesInMemory * SHARE_OF_MEMORY);
    return Math.max(LINES_TOLD * bytesReadByBlocks, ofHuge);
  }

  /** Keeps a block until all are there, or gives back all if they are too large. */
  *#hold(held: Uint8Array[], block: Uint8Array): Generator<Uint8Array, void, undefined> {
    // A copy: what the block was cut from is larger.
    held.push(this.#average === ONE_BLOCK ? block : Buffer.from(block));
    this.#heldBytes += block.length;
    // What isn't cut isn't large.
    if (this.#average === ONE_BLOCK || this.#heldBytes <= this.#mostHeld) return;
    this.#held = null;
    yield* held;
  }

  /** Returns those lines of the blocks that must be parsed which the tracked version hasn't. @throws NotComparableError */
  async *#lines(known: Known, held: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void, undefined> {
    const ranges = this.#goneRanges(known);
    const bytes = ranges.reduce((sum, [start, end]) => sum + end - start, 0);
    if (this.#average !== ONE_BLOCK && bytes > this.#mostHeld) return yield* held;
    const before: Uint8Array[] = [];
    try {
      // Copied: what a part was cut from is larger.
      for await (const part of this.#tracked(known, ranges)) before.push(Buffer.from(part));
    } catch {
      throw new NotComparableError(); // the version may be gone
    }
    const after = Buffer.concat(held);
    const apart = (this.#format === 'csv' ? csvLinesApart : linesApart)(Buffer.concat(before), after);
    // Both would be parsed: of what is changed throughout that is more work.
    if (apart === null || apart.gone.length + apart.come.length > after.length) return yield after;
    this.#gone = apart.gone;
    this.#skipped += apart.kept;
    yield apart.come;
  }

  /**
   * Ends reading.
   *
   * @param declared what the bytes declare
   * @param how the same was read
   * @throws NotComparableError
   */
  async end(declared: DeclaredRows, how: DeclareOptions): Promise<ReadByComparison> {
    // What was known of names may have had records left out that the whole has.
    if (this.#known !== null && !isPlain(declared)) throw new NotComparableError();
    if (this.#known === null || this.#skipped === 0) {
      await this.#keep(declared, Date.now());
      return { declared };
    }
    if (declared.spooled !== undefined) throw new NotComparableError();
    const { entry, list } = this.#known;
    const gone = await this.#goneRows(this.#known, how);
    await this.#refuseShared(this.#known, declared, gone);
    const records = list.records - gone.records + declared.records;
    const declarations = list.declarations - gone.declarations + declared.declarations;
    if (records > (this.#source.options.maxRecords ?? DEFAULT_MAX_RECORDS)) throw new NotComparableError();
    await this.#keep({ ...declared, records, declarations }, list.wholeAt);
    const since = {
      manifest: entry.manifest,
      gone: new Set([...gone.rows.keys()].filter(row => !declared.rows.has(row))),
    };
    return { declared, since };
  }

  /** Whether a block must be parsed; notes it. */
  #isWanted(block: Uint8Array): boolean {
    const hash = contentHash(block);
    const place = this.#hashes.length;
    this.#hashes.push(hash);
    this.#lengths.push(block.length);
    if (this.#known === null || place === 0) return true;
    // Where nothing is as it was at the beginning, mostly nothing is.
    if (place > DECIDES && this.#skipped === 0) return true;
    if (!this.#unmet.take(hash)) return true;
    this.#skipped += 1;
    return false;
  }

  /** Returns where in the tracked version the blocks are that are gone. */
  #goneRanges({ entry, list }: Known): ByteRange[] {
    return list.average === ONE_BLOCK ? [[0, entry.size]] : unmetOf(list, this.#unmet);
  }

  /** Reads ranges of the tracked version. @throws ObjectReplacedError if it is gone */
  #tracked({ entry, list }: Known, ranges: readonly ByteRange[]): AsyncIterable<Uint8Array> {
    return readRanges(this.#scope.objects, this.#object.key, list, entry.size, ranges);
  }

  /** Reads what the tracked version declares in lines that are gone. @throws NotComparableError if it can't be had as it was */
  async #goneRows(known: Known, how: DeclareOptions): Promise<DeclaredRows> {
    const { bucket, key, contentType, contentEncoding } = this.#object;
    const body = this.#gone === null ? this.#tracked(known, this.#goneRanges(known)) : oneChunk(this.#gone);
    const object = { bucket, key, contentType, contentEncoding, size: known.entry.size, body };
    try {
      const gone = await declareRows(object, this.#source, this.#scope.tables, how);
      gone.spooled?.close();
      if (gone.spooled === undefined && isPlain(gone)) return gone;
    } catch (error) {
      // Whatever is wrong with a version that is gone concerns none that is there.
      if (how.signal?.aborted === true) throw error;
    }
    throw new NotComparableError();
  }

  /** Refuses rows that blocks which were left out may declare, too. @throws NotComparableError */
  async #refuseShared({ entry }: Known, { rows }: DeclaredRows, gone: DeclaredRows): Promise<void> {
    const asked = new Set([...rows.keys(), ...gone.rows.keys()]);
    const had = await lookup(this.#scope.nodes.stage(), entry.manifest, [...asked]).catch(error => {
      if (error instanceof MissingNodeError) throw new NotComparableError();
      throw error;
    });
    for (const row of asked) {
      const declared = gone.rows.get(row);
      // As it was tracked, or the function gives something else by now.
      if (had.get(row) !== (declared && encodeManifestRow(declared))) throw new NotComparableError();
    }
  }

  async #keep(declared: DeclaredRows, wholeAt: number): Promise<void> {
    const { versionId, etag, key } = this.#object;
    if (!this.#isCut || !isPlain(declared) || !this.#scope.keepsResults) return;
    const { records, declarations, names } = declared;
    const list = { versionId, etag, wholeAt, average: this.#average, hashes: this.#hashes, lengths: this.#lengths };
    // Without it the next version is read whole.
    await this.#lists.keep(key, { ...list, records, declarations, names }).catch(() => {});
  }
}

/** Whether nothing was said of single lines, whose numbers are others now, and nothing follows from what isn't in the records. */
function isPlain({ skipped, notes, followsSize }: DeclaredRows): boolean {
  return skipped.length === 0 && notes.length === 0 && !followsSize;
}
