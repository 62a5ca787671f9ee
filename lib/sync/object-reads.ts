import type { Compared } from '../bucket/known-version.ts';
import { type ObjectLook, readObject } from '../bucket/objects.ts';
import type { VersionName } from '../files/object-store.ts';
import type { ObjectChange } from '../reconcile/object-diff.ts';
import type { ObjectVersion } from '../reconcile/object-version.ts';
import { RowWeights } from '../reconcile/row-weights.ts';
import type { Scope } from '../scope.ts';

/** An object to be read; without a head: the look at it failed, and reading it says why. */
export interface ObjectToRead {
  readonly key: string;
  readonly head: Pick<ObjectLook, keyof VersionName | 'size' | 'contentEncoding' | 'table'> | null | undefined;
  /** What tracked state has of it, or had a moment ago. Default: `tracked`, whatever it has when the object is read. */
  readonly compareWith?: Compared;
}

/** How reading one object ended. */
export type ObjectRead =
  | { readonly key: string; readonly version: ObjectVersion | null; readonly begun: number }
  | { readonly key: string; readonly error: unknown };

/** How much was read. */
interface Amount {
  /** Its rows, by what they take of a batch, those of them that may have changed, and what all take in memory. */
  readonly all: number;
  readonly rows: number;
  readonly bytes: number;
  /** The same by the size of the object: what planning a batch of it may take. */
  readonly estimate: number;
}

/** What was read and waits to be handed over. */
interface Waiting extends Amount {
  readonly read: ObjectRead;
}

const NOTHING: Amount = { all: 0, rows: 0, bytes: 0, estimate: 0 };

/** Objects read at once: parsing keeps one core busy, the rest is waiting for the store. */
export const PARALLEL_READS = 8;

/** What the bytes of an object grow by in memory as rows, roughly. */
const ROWS_GROWTH = 10;

/** Bytes of a file that take as long as a row, until it is known better: not all of what is large is begun at once. */
const BYTES_OF_ROW = 500;

/** Of so many rows of an object that was there before, one counts as changed. More are possible: then it takes more transactions. */
const ROWS_PER_CHANGE = 3;

/** What compressed and columnar files grow by when they are read, roughly. */
const GROWTH = 8;

/** Rows that tell what all of a file take. */
const SAMPLE = 100;

/** How many transactions' rows are read ahead, memory permitting, changed or not: more of them only keep garbage collection busy. */
const TRANSACTIONS_AHEAD = 2;

/** Milliseconds that finished objects wait for others that are being read, before they are committed without them. */
const STRAGGLER_MS = 5_000;

/** Milliseconds that begun reads get in any case, so that an invocation whose time is up at once does something. */
const GRACE_MS = 5_000;

/**
 * Reads objects, small ones first, and hands over what is read in parts that are worth a transaction. What hangs, or takes its
 * time, keeps no other object waiting: it is read on while others are committed, and given up when time is up.
 *
 * Small ones are read in the order of their sources: a flow says its nodes first, and edges whose ends are there needn't make them.
 */
export class ObjectReads {
  readonly #scope: Scope;
  readonly #deadline: number;
  readonly #weights: RowWeights;
  readonly #waiting: ObjectToRead[];
  readonly #active = new Map<string, { readonly bytes: number; readonly since: number; kept: number }>();
  readonly #given = new AbortController();
  #done: Waiting[] = [];
  /** Sums of `#done`. */
  #sum = NOTHING;
  /** Bytes, about, of what was handed over since a part was asked for: its rows are in memory until it is released, or the next part asked for. */
  readonly #held = new Map<string, number>();
  #begun = 0;
  /** For what reads are begun: for a part that is waited for, for what follows it, or for nothing. */
  #reads: 'a part' | 'ahead' | 'nothing' = 'nothing';
  /** Of all that was read until now, as of `#done`, and what it was thought to take; before that a row of a common length. */
  #seen: Amount = { ...NOTHING, all: 1, rows: 1, estimate: BYTES_OF_ROW * ROWS_GROWTH };
  #wake: () => void = () => {};

  /** @param deadline ms since 1970: no read but the first few begins later */
  constructor(scope: Scope, objects: readonly ObjectToRead[], deadline: number) {
    this.#scope = scope;
    this.#deadline = deadline;
    this.#weights = new RowWeights(scope.tables);
    const small = scope.limits.rowBytesInMemory / PARALLEL_READS;
    const placed = objects.map(object => {
      const bytes = bytesOf(object);
      return { object, bytes, place: bytes > small ? Number.POSITIVE_INFINITY : scope.sourcePlace(object.key) };
    });
    placed.sort((a, b) => (a.place === b.place ? a.bytes - b.bytes : a.place - b.place));
    this.#waiting = placed.map(({ object }) => object);
  }

  /** Waits for the next part; null: nothing more will be read. */
  async next(): Promise<ObjectRead[] | null> {
    this.#held.clear();
    this.#reads = 'a part';
    const until = Math.max(this.#deadline, Date.now() + GRACE_MS);
    let latest = Date.now();
    for (let seen = this.#done.length; ; ) {
      this.#begin();
      if (this.#active.size === 0 || this.#isFull) break;
      const patience = this.#done.length > 0 ? Math.min(until, latest + STRAGGLER_MS) : until;
      if (Date.now() >= patience) break;
      await this.#change(Math.min(patience - Date.now(), STRAGGLER_MS));
      if (this.#done.length > seen) [seen, latest] = [this.#done.length, Date.now()];
    }
    this.#reads = 'nothing';
    const part = this.#handOver(this.#done.length);
    return part.length === 0 ? null : part;
  }

  /**
   * Hands over what was read meanwhile, in its order, with about so many rows that may have changed; none while one waits that could not
   * be read: that is for `next`.
   */
  take(rows: number): ObjectChange[] {
    if (this.#done.some(({ read }) => 'error' in read)) return [];
    let count = 0;
    for (let rest = rows; rest > 0 && count < this.#done.length; count += 1) rest -= this.#done[count]?.rows ?? 0;
    this.#reads = 'nothing';
    return this.#handOver(count).filter(read => 'version' in read);
  }

  /** Takes note that rows of objects are in memory no more. */
  release(keys: Iterable<string>): void {
    for (const key of keys) this.#held.delete(key);
  }

  #handOver(count: number): ObjectRead[] {
    const part = this.#done.splice(0, count);
    for (const { read, estimate, bytes } of part) this.#held.set(read.key, Math.max(estimate, bytes));
    this.#sum = this.#done.reduce<Amount>(plus, NOTHING);
    return part.map(({ read }) => read);
  }

  /**
   * Reads what follows the part that was handed over last, if both fit in memory. To be called when there is nothing else to do: parsing
   * keeps the process from everything that a batch needs of it.
   */
  readAhead(): void {
    this.#reads = 'ahead';
    this.#begin();
  }

  /** Begins no more reads, and gives up those that are under way: nobody will ask for them. */
  stop(): void {
    this.#waiting.length = 0;
    this.#given.abort();
  }

  /** Keys that were not begun: there was no time. */
  get left(): string[] {
    return this.#waiting.map(({ key }) => key);
  }

  /**
   * Keys of reads that have not ended, for how many milliseconds they have been under way, and how many results of the source's
   * function were kept meanwhile: so much less is left to another reading.
   */
  get unfinished(): { readonly key: string; readonly ms: number; readonly kept: number }[] {
    return [...this.#active].map(([key, { since, kept }]) => ({ key, ms: Date.now() - since, kept }));
  }

  /** Rows wait in memory: enough for a full transaction is enough. */
  get #isFull(): boolean {
    return this.#sum.rows >= this.#scope.limits.maxRowsPerTransaction || this.#isLarge;
  }

  get #isLarge(): boolean {
    return this.#sum.bytes >= this.#scope.limits.rowBytesInMemory / 2;
  }

  /** Whether what waits, and what is being read, is enough for now. What takes its time keeps no other from being begun. */
  get #isEnough(): boolean {
    if (this.#reads === 'nothing' || this.#isLarge) return true;
    const young = Date.now() - STRAGGLER_MS;
    const active = [...this.#active.values()].reduce((sum, one) => sum + (one.since > young ? one.bytes : 0), 0);
    const share = active / this.#seen.estimate;
    const { maxRowsPerTransaction: most } = this.#scope.limits;
    if (this.#reads === 'ahead') return this.#sum.all + share * this.#seen.all >= TRANSACTIONS_AHEAD * most;
    return this.#sum.rows + share * this.#seen.rows >= most;
  }

  #begin(): void {
    while (this.#active.size < PARALLEL_READS && !this.#isEnough) {
      const [next] = this.#waiting;
      if (next === undefined || (Date.now() >= this.#deadline && this.#begun >= PARALLEL_READS)) return;
      const bytes = bytesOf(next);
      const active = [...this.#active.values()].reduce((sum, one) => sum + one.bytes, 0);
      const held = [...this.#held.values()].reduce((sum, estimate) => sum + estimate, 0);
      const taken = active + this.#sum.bytes + held;
      if (taken > 0 && taken + bytes > this.#scope.limits.rowBytesInMemory) return;
      this.#waiting.shift();
      this.#begun += 1;
      const begun = { bytes, since: Date.now(), kept: 0 };
      this.#active.set(next.key, begun);
      const onKept = (): void => {
        begun.kept += 1;
      };
      void this.#read(next, bytes, onKept);
    }
  }

  /** Never rejects: a read that nobody waits for any more may end whenever it likes. */
  async #read({ key, compareWith = 'tracked' }: ObjectToRead, estimate: number, onKept: () => void): Promise<void> {
    const begun = performance.now();
    let done: Waiting;
    try {
      const version = await readObject(this.#scope, key, { signal: this.#given.signal, onKept, compareWith });
      const count = version?.spooled?.size ?? (version?.rows.size ?? 0) + (version?.since?.gone.size ?? 0);
      const all = count * this.#weightOf(version);
      // Most rows of an object that was there before stay, as a rule.
      const mostStay = typeof compareWith === 'object' && version?.since === undefined;
      const rows = mostStay ? Math.ceil(all / ROWS_PER_CHANGE) : all;
      this.#seen = plus(this.#seen, { all, rows, bytes: 0, estimate });
      done = { read: { key, version, begun }, all, rows, bytes: version?.rowBytes ?? 0, estimate };
    } catch (error) {
      done = { ...NOTHING, read: { key, error }, estimate };
    }
    this.#active.delete(key);
    this.#done.push(done);
    this.#sum = plus(this.#sum, done);
    this.#wake();
    this.#begin();
  }

  /** Returns what rows of a version take of a batch, by its first ones. */
  #weightOf(version: ObjectVersion | null): number {
    let [taken, count] = [0, 0];
    for (const declaration of version?.rows.values() ?? []) {
      if (count === SAMPLE) break;
      taken += this.#weights.of(declaration);
      count += 1;
    }
    return count === 0 ? 1 : taken / count;
  }

  /** Waits for a read to end. By a plain timer: to abort one that is a promise makes an error, for each object. */
  async #change(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>(resolve => {
      this.#wake = resolve;
      // A timer takes 24 days at most.
      timer = setTimeout(resolve, Math.min(ms, 2 ** 31 - 1));
    });
    clearTimeout(timer);
  }
}

/** Returns the bytes that an object's rows take in memory, roughly; a large object is read alone. */
function bytesOf({ key, head }: ObjectToRead): number {
  const isCompressed = head?.contentEncoding || /\.(gz|zst|parquet)$/i.test(key);
  return (head?.size ?? 0) * (isCompressed ? GROWTH : 1) * ROWS_GROWTH;
}

function plus(one: Amount, other: Amount): Amount {
  return {
    all: one.all + other.all,
    rows: one.rows + other.rows,
    bytes: one.bytes + other.bytes,
    estimate: one.estimate + other.estimate,
  };
}
