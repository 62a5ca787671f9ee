import pMap from 'p-map';
import type { ChangeSupply } from '../commit/change-supply.ts';
import type { Applied } from '../commit/commit-outcome.ts';
import type { ObjectChange } from '../reconcile/object-diff.ts';
import type { ObjectVersion } from '../reconcile/object-version.ts';
import type { ObjectReads } from './object-reads.ts';

/** Statuses written at once: the store takes them together. */
const NOTES_AT_ONCE = 200;

/** Notes an object that is up to date. @param change what was given, without its rows; undefined: a runner-up of others */
export type NoteObject = (key: string, applied: Applied, change: ObjectChange | undefined) => Promise<void>;

/** Batches that are committed while objects of others have still to be noted: noting must not go on long after time is up. */
const BATCHES_BEHIND = 1;

/** The objects of one commit, those among them that it takes while it goes on. Each that is applied is noted while others are committed. */
export class GivenObjects implements ChangeSupply {
  readonly #changes: Map<string, ObjectChange>;
  /** Keys of those that the commit began with: who began it has them in memory as long as it lasts. */
  readonly #first: ReadonlySet<string>;
  readonly #reads: ObjectReads | undefined;
  readonly #note: NoteObject;
  /** Records that were left out of objects which are noted. */
  readonly #skipped = new Map<string, number>();
  #noting: Promise<void> = Promise.resolve();
  /** Batches of which not all is noted. One that failed stays. */
  #behind = 0;

  /** @param reads where more objects come from. Default: nowhere */
  constructor(changes: readonly ObjectChange[], note: NoteObject, reads?: ObjectReads) {
    this.#changes = new Map(changes.map(change => [change.key, change]));
    this.#first = new Set(this.#changes.keys());
    this.#reads = reads;
    this.#note = note;
  }

  get keys(): readonly string[] {
    return [...this.#changes.keys()];
  }

  /** Finds what was given of an object; once that is noted without its rows and the records that were left out. */
  get(key: string): ObjectChange | undefined {
    return this.#changes.get(key);
  }

  /** Counts the records that were left out of an object. */
  skipped(key: string): number {
    return this.#skipped.get(key) ?? this.#changes.get(key)?.version?.skipped.length ?? 0;
  }

  onIdle(): void {
    this.#reads?.readAhead();
  }

  take(rows: number): readonly ObjectChange[] {
    if (this.#behind > BATCHES_BEHIND) return [];
    const more = this.#reads?.take(rows) ?? [];
    for (const change of more) this.#changes.set(change.key, change);
    return more;
  }

  onApplied(applied: ReadonlyMap<string, Applied>): void {
    const keys = [...applied.keys()];
    this.#reads?.release(keys.filter(key => !this.#first.has(key)));
    for (const key of keys) this.#forget(key, ({ since: _, ...version }) => ({ ...version, rows: new Map() }));
    this.#behind += 1;
    this.#noting = this.#noting.then(async () => {
      await pMap(applied, async ([key, how]) => await this.#noteOne(key, how), { concurrency: NOTES_AT_ONCE });
      this.#behind -= 1;
    });
    this.#noting.catch(() => {}); // told by `close`
  }

  /** Waits until all is noted, and gives back what spooled rows of the others take. @throws whatever kept an object from being noted */
  async close(): Promise<void> {
    for (const { version } of this.#changes.values()) version?.spooled?.close();
    await this.#noting;
  }

  async #noteOne(key: string, how: Applied): Promise<void> {
    await this.#note(key, how, this.#changes.get(key));
    this.#skipped.set(key, this.skipped(key));
    this.#forget(key, version => ({ ...version, skipped: [] }));
  }

  #forget(key: string, without: (version: ObjectVersion) => ObjectVersion): void {
    const change = this.#changes.get(key);
    if (change?.version == null) return;
    change.version.spooled?.close();
    this.#changes.set(key, { ...change, version: without(change.version) });
  }
}
