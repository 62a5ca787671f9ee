import { readAccepted, readObject, unlessRejected } from '../bucket/objects.ts';
import { HangingReadError, readInTime } from '../bucket/read-in-time.ts';
import { findInForce } from '../bucket/version-in-force.ts';
import type { Declaration } from '../definition/declaration.ts';
import { RejectedObjectError } from '../files/rejection.ts';
import type { BlockedBatch } from '../reconcile/batch.ts';
import type { ObjectChange } from '../reconcile/object-diff.ts';
import type { RunnerUpRows } from '../reconcile/ownership.ts';
import type { Scope } from '../scope.ts';
import { type ObjectEntry, objectId } from '../state/object-entry.ts';
import { remedyFor } from './retry.ts';

/** What a row takes in memory, and what the bytes of a file grow by there, roughly. */
const ROW_BYTES = 500;
const GROWTH = 2;

/** Returns what rows of objects take when they are read, about, by the objects' sizes. */
export function bytesOfMissing({ missing }: BlockedBatch): { readonly rows: number; readonly bytes: number } {
  let [rows, bytes] = [0, 0];
  for (const { entry, rows: wanted } of missing.values()) {
    rows += wanted.size;
    bytes += wanted.size * (ROW_BYTES + (GROWTH * entry.size) / Math.max(1, entry.rows));
  }
  return { rows, bytes };
}

/** Times an object's read is tried that fails for passing reasons, before its values count as not to be had. */
const MAX_READS = 3;

/**
 * Rows of objects outside a batch whose values the graph needs, because the object that won the row goes. Their accepted
 * versions are read again; only the wanted rows are kept.
 *
 * Values that can't be had (no acceptable version is left, or the object can't be read) are kept as null: the graph keeps what it
 * has, and tracked state notes that (see `editsOfKept`), so that the next look at the object writes the row.
 */
export class RunnersUp {
  readonly #scope: Scope;
  readonly #rows = new Map<string, Map<string, Declaration | null>>();
  readonly #failures = new Map<string, number>();
  readonly #deadline: number;

  /** @param deadline ms since 1970: what hangs is given up in time. Default: none */
  constructor(scope: Scope, deadline = Number.POSITIVE_INFINITY) {
    this.#scope = scope;
    this.#deadline = deadline;
  }

  get rows(): RunnerUpRows {
    return this.#rows;
  }

  /** Whether a row's values can't be had. */
  isLost(row: string): boolean {
    return [...this.#rows.values()].some(rows => rows.get(row) === null);
  }

  /** Forgets the values of rows that are applied: those of a whole object would not fit in memory. */
  forget(applied: Iterable<string>): void {
    if (this.#rows.size === 0) return;
    for (const row of applied) for (const rows of this.#rows.values()) if (rows.get(row) !== null) rows.delete(row);
  }

  /**
   * Reads rows of one object.
   *
   * @returns a change to be applied first instead: the accepted version is gone or its source no longer gives what it
   *   gave, so the object is applied as it is now; null: the rows are there
   */
  async read(entry: ObjectEntry, wanted: ReadonlySet<string>): Promise<ObjectChange | null> {
    const { key } = entry;
    try {
      const accepted = await this.#inTime(key, signal => this.#accepted(entry, wanted, signal));
      if (accepted !== null) {
        this.#keep(key, accepted);
        return null;
      }
      const change = await this.#inTime(key, signal => this.#present(entry, signal));
      if (change !== null) {
        this.#log('runner-up-reapplied', key, wanted);
        return change;
      }
      // Its present version is bad, and a good one is nowhere.
      this.#log('runner-up-lost', key, wanted);
    } catch (error) {
      const failures = (this.#failures.get(key) ?? 0) + 1;
      this.#failures.set(key, failures);
      // What hangs has had its time, and others wait.
      const passes = remedyFor(error, false) === 'again' && !(error instanceof HangingReadError);
      if (passes && failures < MAX_READS) throw error;
      this.#log('runner-up-unread', key, wanted, String(error));
    }
    this.lose(entry, wanted);
    return null;
  }

  /** Takes note that rows' values can't be had. */
  lose({ key }: Pick<ObjectEntry, 'key'>, rows: ReadonlySet<string>): void {
    this.#keep(key, new Map([...rows].map(row => [row, null])));
  }

  /** The wanted rows as the accepted version has them; null: it is gone, or its source gives something else by now. */
  async #accepted(
    entry: ObjectEntry,
    wanted: ReadonlySet<string>,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, Declaration> | null> {
    const { key, source } = entry;
    const before = this.#rows.get(objectId(key));
    // Asked for again although it was read: then it says something else than its manifest.
    if ([...wanted].some(row => before?.has(row))) return null;
    if (source !== this.#scope.sourceOf(key)?.fingerprint) return null;
    const accepted = await readAccepted(this.#scope, entry, { only: wanted, signal }).catch(unlessRejected);
    return accepted && [...wanted].every(row => accepted.rows.has(row)) ? accepted.rows : null;
  }

  /** The object as it is in force now; null: as it is tracked. */
  async #present(entry: ObjectEntry, signal: AbortSignal): Promise<ObjectChange | null> {
    const { key } = entry;
    try {
      return { key, version: await readObject(this.#scope, key, { signal }) };
    } catch (error) {
      if (!(error instanceof RejectedObjectError)) throw error;
      const search = { key, rejection: error, tracked: entry, sure: true, deadline: this.#deadline };
      return (await findInForce(this.#scope, search)).change;
    }
  }

  async #inTime<T>(key: string, read: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return await readInTime(key, this.#deadline, read);
  }

  #keep(key: string, rows: ReadonlyMap<string, Declaration | null>): void {
    const id = objectId(key);
    this.#rows.set(id, new Map([...(this.#rows.get(id) ?? []), ...rows]));
  }

  #log(event: string, key: string, rows: ReadonlySet<string>, error?: string): void {
    const { name: scope } = this.#scope;
    this.#scope.log({ level: 'warn', event, scope, key, rows: rows.size, ...(error !== undefined && { error }) });
  }
}
