import pMap from 'p-map';
import type { ChangeSupply } from '../commit/change-supply.ts';
import type { Applied } from '../commit/commit-outcome.ts';
import type { ObjectChange } from '../reconcile/object-diff.ts';
import type { ObjectReads } from './object-reads.ts';

/** Statuses written at once: the store takes them together. */
const NOTES_AT_ONCE = 200;

/** Notes an object that is up to date. @param change what was given, without its rows; undefined: a runner-up of others */
export type NoteObject = (key: string, applied: Applied, change: ObjectChange | undefined) => Promise<void>;

/** The objects of one commit, those among them that it takes while it goes on. Each that is applied is noted while others are committed. */
export class GivenObjects implements ChangeSupply {
  readonly #changes: Map<string, ObjectChange>;
  readonly #reads: ObjectReads | undefined;
  readonly #note: NoteObject;
  #noting: Promise<void> = Promise.resolve();

  /** @param reads where more objects come from. Default: nowhere */
  constructor(changes: readonly ObjectChange[], note: NoteObject, reads?: ObjectReads) {
    this.#changes = new Map(changes.map(change => [change.key, change]));
    this.#reads = reads;
    this.#note = note;
  }

  get keys(): readonly string[] {
    return [...this.#changes.keys()];
  }

  /** Finds what was given of an object; once that is applied without its rows. */
  get(key: string): ObjectChange | undefined {
    return this.#changes.get(key);
  }

  onIdle(): void {
    this.#reads?.readAhead();
  }

  take(rows: number): readonly ObjectChange[] {
    const more = this.#reads?.take(rows) ?? [];
    for (const change of more) this.#changes.set(change.key, change);
    return more;
  }

  onApplied(applied: ReadonlyMap<string, Applied>): void {
    this.#reads?.release(applied.keys());
    for (const key of applied.keys()) this.#forgetRows(key);
    const noted = [...applied].map(([key, how]) => [key, how, this.#changes.get(key)] as const);
    this.#noting = this.#noting.then(async () => {
      await pMap(noted, async one => await this.#note(...one), { concurrency: NOTES_AT_ONCE });
    });
    this.#noting.catch(() => {}); // told by `close`
  }

  /** Waits until all is noted, and gives back what spooled rows of the others take. @throws whatever kept an object from being noted */
  async close(): Promise<void> {
    for (const { version } of this.#changes.values()) version?.spooled?.close();
    await this.#noting;
  }

  #forgetRows(key: string): void {
    const change = this.#changes.get(key);
    if (change?.version == null) return;
    change.version.spooled?.close();
    const { since: _, ...version } = change.version;
    this.#changes.set(key, { ...change, version: { ...version, rows: new Map() } });
  }
}
