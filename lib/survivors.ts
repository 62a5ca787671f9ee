import { readAccepted, readObject } from './bucket.ts';
import type { Declaration } from './graph/declaration.ts';
import { RejectedObjectError } from './graph/errors.ts';
import type { ObjectChange } from './object-edit.ts';
import type { SurvivorRows } from './ownership.ts';
import type { Scope } from './scope.ts';
import { type ObjectEntry, objectId } from './state/object-entry.ts';
import { fallBack, unlessRejected } from './version-in-force.ts';

/**
 * Rows of objects outside a batch whose values the graph needs, because the object that won the row goes. Their accepted
 * versions are read again; only the wanted rows are kept.
 */
export class Survivors {
  readonly #scope: Scope;
  readonly #rows = new Map<string, ReadonlyMap<string, Declaration | null>>();

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  get rows(): SurvivorRows {
    return this.#rows;
  }

  /** Whether a row's values are nowhere any more. */
  isLost(row: string): boolean {
    return [...this.#rows.values()].some(rows => rows.get(row) === null);
  }

  /**
   * Reads rows of one object.
   *
   * @returns a change to be applied first instead: the accepted version is gone or its source no longer gives what it
   *   gave, so the object is applied as it is now; null: the rows are there
   */
  async read(entry: ObjectEntry, wanted: ReadonlySet<string>): Promise<ObjectChange | null> {
    const { key } = entry;
    const before = this.#rows.get(objectId(key));
    // Asked for again although it was read: then it says something else than its manifest.
    const asked = [...wanted].some(row => before?.has(row));
    const accepted = asked ? null : await readAccepted(this.#scope, entry, wanted).catch(unlessRejected);
    if (accepted && [...wanted].every(row => accepted.rows.has(row))) {
      this.#keep(key, accepted.rows);
      return null;
    }
    const change = await this.#present(entry);
    if (change !== null) {
      this.#log('survivor-reapplied', key, wanted);
      return change;
    }
    // Its present version is bad, and a good one is nowhere: the graph keeps the values that it has.
    this.#log('survivor-lost', key, wanted);
    this.#keep(key, new Map([...wanted].map(row => [row, null])));
    return null;
  }

  /** The object as it is in force now; null: as it is tracked. */
  async #present(entry: ObjectEntry): Promise<ObjectChange | null> {
    const { key } = entry;
    try {
      return { key, version: await readObject(this.#scope, key) };
    } catch (error) {
      if (!(error instanceof RejectedObjectError)) throw error;
      return await fallBack(this.#scope, key, error, entry, true);
    }
  }

  #keep(key: string, rows: ReadonlyMap<string, Declaration | null>): void {
    const id = objectId(key);
    this.#rows.set(id, new Map([...(this.#rows.get(id) ?? []), ...rows]));
  }

  #log(event: string, key: string, rows: ReadonlySet<string>): void {
    this.#scope.log({ level: 'warn', event, scope: this.#scope.name, key, rows: rows.size });
  }
}
