import { deserialize, serialize } from 'node:v8';
import type { Declaration } from '../definition/declaration.ts';
import type { Memo } from '../definition/memo-options.ts';
import { type PackedDeclaration, packDeclaration, unpackDeclaration } from '../definition/packed-declaration.ts';
import type { SourceObject } from '../definition/source-options.ts';
import type { MemoStore } from '../state/state-store.ts';
import { contentText } from '../values/content-text.ts';
import { contentHash } from '../values/hash.ts';

/** Changes with the form in which results are kept. */
const FORM = 1;

/** Bytes of a result; larger ones aren't kept. */
const MOST_BYTES = 8 * 1024 * 1024;

const DAY_MS = 86_400_000;

/** A result as it is kept. */
type Packed = readonly [tables: string[], declarations: PackedDeclaration[]];

/** What a memo is of. */
export interface MemoizedSource {
  /** Covers the code and the tables: results under another are not found. */
  readonly fingerprint: string;
  readonly memo: Memo;
  /** False: what is kept is used, and nothing more is kept. */
  readonly keeps: boolean;
}

/** Keeps what a source's function gives, by all that it follows from: the source's fingerprint, the record, and what the memo depends on. */
export class RecordMemo {
  readonly #store: MemoStore;
  readonly #source: MemoizedSource;
  readonly #onKept: () => void;

  /** @param onKept hears of each result that is kept anew */
  constructor(store: MemoStore, source: MemoizedSource, onKept: () => void = () => {}) {
    this.#store = store;
    this.#source = source;
    this.#onKept = onKept;
  }

  /** Returns what tells a record's result from others; null: the record has no content that could be told. */
  keyOf(record: unknown, object: SourceObject): string | null {
    const text = contentText(record);
    if (text === null) return null;
    const depends = this.#source.memo.dependsOn.map(name => object[name]);
    return contentHash(`${JSON.stringify([FORM, depends])}\n${text}`);
  }

  /** Finds the result that is kept under a key; null: there is none. */
  async find(key: string): Promise<readonly Declaration[] | null> {
    const { fingerprint, memo } = this.#source;
    const found = await this.#store.get(fingerprint, key);
    const declarations = found === null ? null : unpacked(found.bytes);
    // What is in use stays; renewing costs a write.
    if (found !== null && found.until - Date.now() < (memo.days * DAY_MS) / 2) await this.#put(key, found.bytes);
    return declarations;
  }

  /** Keeps a result, unless it is too large, or no result at all. */
  async keep(key: string, declarations: readonly Declaration[]): Promise<void> {
    const bytes = packed(declarations);
    if (bytes === null || bytes.length > MOST_BYTES) return;
    await this.#put(key, bytes);
    this.#onKept();
  }

  async #put(key: string, bytes: Uint8Array): Promise<void> {
    const { fingerprint, memo, keeps } = this.#source;
    if (!keeps) return;
    await this.#store.put(fingerprint, key, { bytes, until: Date.now() + memo.days * DAY_MS });
  }
}

/** Null: these are no declarations, which is said where they are taken. */
function packed(declarations: readonly Declaration[]): Uint8Array | null {
  const tables: string[] = [];
  try {
    const all = declarations.map(declaration => packDeclaration(declaration, tables));
    return serialize([tables, all] satisfies Packed);
  } catch {
    return null;
  }
}

/** Null: another version of V8 wrote it, which this one can't read. */
function unpacked(bytes: Uint8Array): readonly Declaration[] | null {
  try {
    const [tables, declarations] = deserialize(bytes) as Packed;
    return declarations.map(declaration => unpackDeclaration(declaration, tables));
  } catch {
    return null;
  }
}
