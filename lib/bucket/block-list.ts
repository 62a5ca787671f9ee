import { readFileSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';
import type { VersionName } from '../files/object-store.ts';
import type { MemoStore } from '../state/state-store.ts';
import { contentHash } from '../values/hash.ts';
import type { Counts } from './counts.ts';
import type { ByteRange } from './read-ranges.ts';

/** Changes with the form of lists, and with how blocks are cut. */
const FORM = 1;

const DAY_MS = 86_400_000;

/** Days that a list is kept. A file that is put less often than that is read whole. */
const DAYS = 40;

/** The blocks of one version of an object that was read whole, or as if it were, and what came of it. */
export interface BlockList extends VersionName {
  /** When a version was last read whole (ms since 1970): since then only what differs from one to the next. */
  readonly wholeAt: number;
  /** Bytes of a block on average. */
  readonly average: number;
  readonly hashes: readonly string[];
  /** Bytes of each block. */
  readonly lengths: readonly number[];
  readonly records: number;
  /** Declarations of its records: as many as it has rows, where no row is declared twice. */
  readonly declarations: number;
  /** Names of properties by table, of tables without a schema. */
  readonly names: ReadonlyMap<string, readonly string[]>;
}

/** Keeps for each object the list of the version that was read last. A list that is lost, or of another version, costs reading the object whole. */
export class BlockLists {
  readonly #memos: MemoStore;
  readonly #source: string;

  /** @param source fingerprint of the source that reads the objects: it covers the code */
  constructor(memos: MemoStore, source: string) {
    this.#memos = memos;
    this.#source = source;
  }

  async find(key: string): Promise<BlockList | null> {
    const found = await this.#memos.get(this.#source, idOf(key));
    return found === null ? null : unpacked(found.bytes);
  }

  /** @param list null: none, so that the next look reads the object whole at once */
  async keep(key: string, list: BlockList | null): Promise<void> {
    await this.#memos.put(this.#source, idOf(key), { bytes: serialize(list), until: Date.now() + DAYS * DAY_MS });
  }
}

function idOf(key: string): string {
  return contentHash(`blocks ${FORM} ${build()} ${key}`);
}

let hash: string | undefined;

/** Returns a hash of the file that this code runs from: in a Lambda function that is all of it, packages that the flow's own code doesn't tell of too. */
function build(): string {
  hash ??= contentHash(readFileSync(import.meta.filename));
  return hash;
}

/** Null: that was kept, or another version of V8 wrote it, which this one can't read. */
function unpacked(bytes: Uint8Array): BlockList | null {
  try {
    return deserialize(bytes) as BlockList | null;
  } catch {
    return null;
  }
}

/** Returns where in a version the blocks are that were not met: the first counts as one in any case. */
export function unmetOf({ hashes, lengths }: BlockList, unmet: Counts): ByteRange[] {
  const left = unmet.copy();
  const ranges: ByteRange[] = [];
  let start = 0;
  for (const [place, hash] of hashes.entries()) {
    const end = start + (lengths[place] as number);
    if (place === 0 || left.take(hash)) ranges.push([start, end]);
    start = end;
  }
  return ranges;
}
