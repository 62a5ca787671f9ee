import type { Source } from '../definition/flow.ts';
import { memoOf } from '../definition/memo-options.ts';
import { detectFormat } from '../files/detect-format.ts';
import { DEFAULT_MAX_RECORDS } from '../files/limits.ts';
import type { ObjectHead } from '../files/object-store.ts';
import type { ChangedSince } from '../reconcile/object-version.ts';
import type { Scope } from '../scope.ts';
import { encodeManifestRow } from '../state/manifest-row.ts';
import type { ObjectEntry } from '../state/object-entry.ts';
import { lookup } from '../state/tree.ts';
import { MissingNodeError } from '../state/tree-nodes.ts';
import { contentHash } from '../values/hash.ts';
import { BlockCutter } from './block-cutter.ts';
import { type BlockList, BlockLists } from './block-list.ts';
import { type DeclaredRows, type DeclareOptions, declareRows, type SourceBody } from './declare-rows.ts';
import { type ByteRange, readRanges } from './read-ranges.ts';
import { trackedEntry } from './tracked-entry.ts';

/** Blocks of a file, about, up to the longest that they are; those of huge files are longer, for their lists to stay small. */
const BLOCKS = 128;
const SHORTEST = 64;
const LONGEST = 8 * 1024;
const LONGEST_OF_HUGE = 64 * 1024;
const HUGE = 256 * 1024 * 1024;

/** Blocks until it is decided whether enough is as it was. */
const DECIDES = 16;

/** Days after which an object is read whole once: half of these, as of those that results are kept. */
const DAYS = 60;

const DAY_MS = 86_400_000;

/** The object can't be read by blocks, as it turned out: it must be read whole. */
export class NotByBlocksError extends Error {}

/** What is known of the version that tracked state has. */
interface Known {
  readonly entry: ObjectEntry;
  readonly list: BlockList;
}

/** What reading an object by blocks gave. */
export interface ReadByBlocks {
  readonly declared: DeclaredRows;
  /** Left out: the object was read whole. */
  readonly since?: ChangedSince;
}

/**
 * Reads one version of a large object by blocks: those that the tracked version has, too, are not parsed again. What a record declares follows
 * from the record, so the rows of a version are those of the tracked one, without those of the blocks that are gone, and with those of the new
 * ones: if no row is declared twice. What may be otherwise is read whole.
 */
export class BlockReading {
  readonly #scope: Scope;
  readonly #source: Source;
  readonly #object: SourceBody & ObjectHead;
  readonly #lists: BlockLists;
  readonly #known: Known | null;
  readonly #average: number;
  readonly #hashes: string[] = [];
  readonly #lengths: number[] = [];
  /** Blocks of the tracked version that were not met yet, by hash: how many. */
  readonly #unmet: Map<string, number>;
  #isCut = true;
  #skipped = 0;

  private constructor(
    scope: Scope,
    source: Source,
    object: SourceBody & ObjectHead,
    lists: BlockLists,
    known: Known | null,
  ) {
    this.#scope = scope;
    this.#source = source;
    this.#object = object;
    this.#lists = lists;
    this.#known = known;
    this.#average = known?.list.average ?? averageOf(object.size);
    // The first one is read in any case: what is told by how a file begins is told by its own beginning.
    this.#unmet = counted(known?.list.hashes.slice(1) ?? []);
  }

  /**
   * Begins to read an object, if it can be read so at all; null: it can't. Doesn't throw: it only saves work.
   *
   * @param compares false: it is read whole, and the list of its blocks is kept for the version after it
   */
  static async begin(
    scope: Scope,
    source: Source,
    object: SourceBody & ObjectHead,
    compares: boolean,
  ): Promise<BlockReading | null> {
    if (object.size < scope.limits.bytesReadByBlocks || !isEligible(source, object)) return null;
    const lists = new BlockLists(scope.state.memos, source.fingerprint);
    const known = compares ? await knownOf(scope, source, object, lists).catch(() => null) : null;
    return new BlockReading(scope, source, object, lists, known);
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

  /** Returns the object's bytes, without those of blocks that are known. @throws NotByBlocksError */
  async *body(): AsyncGenerator<Uint8Array, void, undefined> {
    const cutter = new BlockCutter(this.#average);
    for await (const chunk of this.#object.body) {
      const blocks = this.#isCut ? cutter.push(chunk) : [];
      if (cutter.isLost) {
        if (this.#known !== null) throw new NotByBlocksError();
        this.#isCut = false;
      }
      const wanted = blocks.filter(block => this.#isWanted(block));
      if (this.#known === null) yield chunk;
      else yield* wanted;
    }
    const last = cutter.end().filter(block => this.#isWanted(block));
    if (this.#known !== null) yield* last;
  }

  /**
   * Ends reading.
   *
   * @param declared what the bytes declare
   * @param how the same was read
   * @throws NotByBlocksError
   */
  async end(declared: DeclaredRows, how: DeclareOptions): Promise<ReadByBlocks> {
    // What was known of names may have had records left out that the whole has.
    if (this.#known !== null && !isPlain(declared)) throw new NotByBlocksError();
    if (this.#known === null || this.#skipped === 0) {
      await this.#keep(declared, Date.now());
      return { declared };
    }
    if (declared.spooled !== undefined) throw new NotByBlocksError();
    const { entry, list } = this.#known;
    const gone = await this.#goneRows(how);
    await this.#refuseShared(entry, declared, gone);
    const records = list.records - gone.records + declared.records;
    const declarations = list.declarations - gone.declarations + declared.declarations;
    if (records > (this.#source.options.maxRecords ?? DEFAULT_MAX_RECORDS)) throw new NotByBlocksError();
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
    const left = this.#unmet.get(hash) ?? 0;
    if (left === 0) return true;
    this.#unmet.set(hash, left - 1);
    this.#skipped += 1;
    return false;
  }

  /** Reads what the tracked version declares in blocks that are gone. @throws NotByBlocksError if it can't be had as it was */
  async #goneRows(how: DeclareOptions): Promise<DeclaredRows> {
    const { entry, list } = this.#known as Known;
    const { objects } = this.#scope;
    const { bucket, key, contentType, contentEncoding } = this.#object;
    const body = readRanges(objects, key, list, entry.size, unmetOf(list, this.#unmet));
    const object = { bucket, key, contentType, contentEncoding, size: entry.size, body };
    try {
      const gone = await declareRows(object, this.#source, this.#scope.tables, how);
      gone.spooled?.close();
      if (gone.spooled === undefined && isPlain(gone)) return gone;
    } catch (error) {
      // Whatever is wrong with a version that is gone concerns none that is there.
      if (how.signal?.aborted === true) throw error;
    }
    throw new NotByBlocksError();
  }

  /** Refuses rows that blocks which were left out may declare, too. @throws NotByBlocksError */
  async #refuseShared(entry: ObjectEntry, { rows }: DeclaredRows, gone: DeclaredRows): Promise<void> {
    const asked = new Set([...rows.keys(), ...gone.rows.keys()]);
    const had = await lookup(this.#scope.nodes.stage(), entry.manifest, [...asked]).catch(error => {
      if (error instanceof MissingNodeError) throw new NotByBlocksError();
      throw error;
    });
    for (const row of asked) {
      const declared = gone.rows.get(row);
      // As it was tracked, or the function gives something else by now.
      if (had.get(row) !== (declared && encodeManifestRow(declared))) throw new NotByBlocksError();
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

/** Returns how long blocks are on average, in bytes. */
function averageOf(size: number): number {
  if (size >= HUGE) return LONGEST_OF_HUGE;
  return Math.min(LONGEST, Math.max(SHORTEST, Math.round(size / BLOCKS)));
}

/** Lines are records, and the version below stays where it is. */
function isEligible(source: Source, object: ObjectHead & { readonly key: string }): boolean {
  if (object.versionId === undefined || source.options.maxShrink !== undefined) return false;
  try {
    const { format, compression, contentEncoding } = detectFormat(object, source.options);
    return format === 'ndjson' && compression === 'none' && contentEncoding === 'none';
  } catch {
    return false; // told where it is read
  }
}

async function knownOf(
  scope: Scope,
  source: Source,
  object: ObjectHead & { readonly key: string },
  lists: BlockLists,
): Promise<Known | null> {
  const list = await lists.find(object.key);
  if (list === null) return null;
  const entry = await trackedEntry(scope, object.key);
  const days = memoOf(source.options.memo)?.days ?? DAYS;
  const average = averageOf(object.size);
  const isSame =
    // Results that are kept live by being used, and what changes with no sign of it is found in time.
    Date.now() - list.wholeAt < (days / 2) * DAY_MS &&
    Math.max(average, list.average) < 4 * Math.min(average, list.average) &&
    entry !== undefined &&
    entry.etag === list.etag &&
    entry.source === source.fingerprint &&
    entry.rows === list.declarations &&
    entry.contentType === object.contentType &&
    entry.contentEncoding === object.contentEncoding;
  return isSame ? { entry, list } : null;
}

/** Whether nothing was said of single lines, whose numbers are others now, and nothing follows from what isn't in the records. */
function isPlain({ skipped, notes, followsSize }: DeclaredRows): boolean {
  return skipped.length === 0 && notes.length === 0 && !followsSize;
}

function counted(hashes: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const hash of hashes) counts.set(hash, (counts.get(hash) ?? 0) + 1);
  return counts;
}

/** Returns where in a version the blocks are that were not met: the first counts as one in any case. */
function unmetOf({ hashes, lengths }: BlockList, unmet: ReadonlyMap<string, number>): ByteRange[] {
  const left = new Map(unmet);
  const ranges: ByteRange[] = [];
  let start = 0;
  for (const [place, hash] of hashes.entries()) {
    const end = start + (lengths[place] as number);
    const count = left.get(hash) ?? 0;
    if (place === 0 || count > 0) ranges.push([start, end]);
    if (place > 0 && count > 0) left.set(hash, count - 1);
    start = end;
  }
  return ranges;
}
