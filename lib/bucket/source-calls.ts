import type { Declaration, Declared } from '../definition/declaration.ts';
import type { Source } from '../definition/flow.ts';
import { dependable, memoOf } from '../definition/memo-options.ts';
import { sizeOfRecord } from '../definition/row-memory.ts';
import type { SourceObject } from '../definition/source-options.ts';
import { GraphdropError } from '../errors.ts';
import type { SourceRecord } from '../files/file-format.ts';
import { Gate } from './gate.ts';
import { StalledError } from './in-time.ts';
import type { RecordMemo } from './record-memo.ts';

const CONCURRENCY = 64;
const TIMEOUT_MS = 120_000;

/** Bytes of records, about, that wait for calls before them or for their own. */
const WAITING_BYTES = 16 * 1024 * 1024;

/** Records that are looked up in the memo at once, at least. */
const LOOKED_UP = 200;

/** How one call ended. `failure`: not by the function, so that it says nothing of the record. */
export type Outcome =
  | { readonly declared: Declared | undefined }
  | { readonly error: unknown }
  | { readonly failure: unknown };

/** A call of a source's function did not come to its end in time. */
export class SlowCallError extends GraphdropError {
  readonly code = 'SLOW_CALL';
  override readonly retryable = true;

  constructor(glob: string, { key }: SourceObject, line: number, ms: number) {
    super(
      `source ${glob}: its function took longer than ${ms / 1000} s for line ${line} of ${key}: it is tried again later. Say a larger ` +
        'timeoutMs if it needs that long',
    );
  }
}

const GIVEN_UP = 'reading was given up before the function was called';

/** A call under way, or one that waits for those before it. */
interface Pending {
  readonly record: SourceRecord;
  readonly outcome: Outcome | Promise<Outcome>;
  readonly bytes: number;
}

/** What the readers of one source have in common, in this process. */
interface Shared {
  readonly gate: Gate;
  /** Results that will be kept, by what they are kept under. */
  readonly underWay: Map<string, Promise<Outcome>>;
}

const shared = new WeakMap<Source, Shared>();

function sharedBy(source: Source, concurrency: number): Shared {
  const present = shared.get(source);
  if (present !== undefined) return present;
  const made = { gate: new Gate(concurrency), underWay: new Map() };
  shared.set(source, made);
  return made;
}

/** How calls are made. */
export interface CallOptions {
  /** Default: none, each record is a call. */
  readonly memo?: RecordMemo | undefined;
  /** Tells that nobody waits for the object any more: no call is begun then. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Calls a source's function for the records of one object: of an async one several at once, and fewer in all than the source says, of all
 * objects that this process reads. What comes of each is taken in the order of records.
 */
export class SourceCalls {
  readonly #source: Source;
  readonly #about: SourceObject;
  /** What the function may see of it. */
  readonly #seen: SourceObject;
  readonly #memo: RecordMemo | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #take: (record: SourceRecord, outcome: Outcome) => void;
  readonly #shared: Shared;
  readonly #most: number;
  readonly #pending: Pending[] = [];
  #waitingBytes = 0;
  #isStopped = false;

  /** @param take gets each outcome, in the order of records */
  constructor(
    source: Source,
    about: SourceObject,
    { memo, signal }: CallOptions,
    take: (record: SourceRecord, outcome: Outcome) => void,
  ) {
    const depends = memoOf(source.options.memo);
    this.#source = source;
    this.#about = about;
    this.#seen = depends === undefined ? about : dependable(about, depends, source.glob);
    this.#memo = memo;
    this.#signal = signal;
    this.#take = take;
    const { concurrency = CONCURRENCY } = source.options;
    this.#shared = sharedBy(source, concurrency);
    this.#most = memo === undefined ? 2 * concurrency : Math.max(2 * concurrency, LOOKED_UP);
  }

  /** Begins the call for the next record. @returns what must be waited for before the one after it; undefined: nothing */
  begin(record: SourceRecord): Promise<void> | undefined {
    const outcome = this.#outcome(record);
    if (this.#pending.length === 0 && !(outcome instanceof Promise)) {
      this.#take(record, outcome);
      return undefined;
    }
    const bytes = sizeOfRecord(record.value);
    this.#pending.push({ record, outcome, bytes });
    this.#waitingBytes += bytes;
    return this.#isFull ? this.#makeRoom() : undefined;
  }

  /** Waits for the calls that are under way, unless they were stopped. */
  async finish(): Promise<void> {
    while (this.#pending.length > 0 && !this.#isStopped) await this.#takeFirst();
  }

  /** Begins no more calls; what is under way ends unheard. */
  stop(): void {
    this.#isStopped = true;
  }

  get #isFull(): boolean {
    return this.#pending.length > this.#most || this.#waitingBytes > WAITING_BYTES;
  }

  async #makeRoom(): Promise<void> {
    while (this.#isFull) await this.#takeFirst();
  }

  async #takeFirst(): Promise<void> {
    const first = this.#pending.shift();
    if (first === undefined) return;
    this.#waitingBytes -= first.bytes;
    this.#take(first.record, await first.outcome);
  }

  /** Never rejects: outcomes are looked at in order, long after a later one may have failed. */
  #outcome(record: SourceRecord): Outcome | Promise<Outcome> {
    if (this.#signal?.aborted) return { failure: new StalledError(GIVEN_UP) };
    const memo = this.#memo;
    const key = memo?.keyOf(record.value, this.#about) ?? null;
    return memo === undefined || key === null ? this.#called(record) : this.#remembered(record, memo, key);
  }

  /** Takes what is kept of an earlier call, or calls and keeps what comes of it. */
  async #remembered(record: SourceRecord, memo: RecordMemo, key: string): Promise<Outcome> {
    const { underWay } = this.#shared;
    // Another record with this content, of whichever object. If its call fails, this one is a call of its own.
    for (let other = underWay.get(key); other !== undefined; other = underWay.get(key)) {
      const outcome = await other;
      if ('declared' in outcome) return outcome;
    }
    const outcome = this.#foundOrCalled(record, memo, key);
    underWay.set(key, outcome);
    return await outcome.finally(() => {
      if (underWay.get(key) === outcome) underWay.delete(key);
    });
  }

  async #foundOrCalled(record: SourceRecord, memo: RecordMemo, key: string): Promise<Outcome> {
    try {
      const found = await memo.find(key);
      if (found !== null) return { declared: found };
      const outcome = listed(await this.#called(record));
      if ('declared' in outcome) await memo.keep(key, outcome.declared);
      return outcome;
    } catch (failure) {
      return { failure };
    }
  }

  #called(record: SourceRecord): Outcome | Promise<Outcome> {
    const { gate } = this.#shared;
    return gate.tryEnter() ? this.#inside(record) : gate.enter().then(() => this.#inside(record));
  }

  /** Calls, with a place at the gate. */
  #inside(record: SourceRecord): Outcome | Promise<Outcome> {
    const { gate } = this.#shared;
    try {
      if (this.#isStopped || this.#signal?.aborted) throw new StalledError(GIVEN_UP);
      const declared = this.#source.declare(record.value, this.#seen);
      if (declared instanceof Promise) return this.#inTime(declared, record.line);
      gate.leave();
      return { declared };
    } catch (error) {
      gate.leave();
      return { error };
    }
  }

  /** Waits for a call, but only so long, and gives its place back. */
  #inTime(declared: Promise<Declared>, line: number): Promise<Outcome> {
    const { timeoutMs = TIMEOUT_MS } = this.#source.options;
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    const giveUp = () => resolve({ error: new SlowCallError(this.#source.glob, this.#about, line, timeoutMs) });
    const timer = setTimeout(giveUp, timeoutMs);
    declared.then(
      value => resolve({ declared: value }),
      error => resolve({ error }),
    );
    return promise.then(outcome => {
      clearTimeout(timer);
      this.#shared.gate.leave();
      return outcome;
    });
  }
}

/** Goes through a result that is iterable, as it can be gone through once only. */
function listed(
  outcome: Outcome,
): { readonly declared: readonly Declaration[] } | Exclude<Outcome, { readonly declared: unknown }> {
  if (!('declared' in outcome)) return outcome;
  try {
    return { declared: [...declarationsOf(outcome.declared)] };
  } catch (error) {
    return { error };
  }
}

/** Returns what a function declares. @throws TypeError where it returned nothing at all */
export function declarationsOf(declared: Declared | undefined): readonly Declaration[] {
  if (declared === null) return [];
  // A `return` that was forgotten must not pass for a record without rows.
  if (declared === undefined)
    throw new TypeError('it returned undefined: return what it declares, or null for a record of which no row comes');
  if (Array.isArray(declared)) return declared;
  return Symbol.iterator in declared ? [...declared] : [declared];
}
