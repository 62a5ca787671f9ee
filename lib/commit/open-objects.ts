import type { ObjectChange } from '../reconcile/object-diff.ts';

/** Objects that a commit has still to bring into the graph, in the order in which they are tried. */
export class OpenObjects {
  #open: readonly ObjectChange[];
  /** Taken while a batch is under way: they come after it. */
  #taken: readonly ObjectChange[] = [];
  /** Keys of all objects that were ever open. */
  readonly #held = new Set<string>();
  /** Objects that the database refused or failed at, and the number of transactions before that. */
  readonly #postponed = new Map<string, number>();

  constructor(changes: readonly ObjectChange[]) {
    this.#open = [...changes];
    this.#hold(changes);
  }

  get list(): readonly ObjectChange[] {
    return this.#open;
  }

  find(key: string): ObjectChange | undefined {
    return this.#open.find(open => open.key === key);
  }

  /** Puts an object before all others, in place of another reading of it. */
  putFirst(change: ObjectChange): void {
    this.#open = [change, ...this.#open.filter(({ key }) => key !== change.key)];
    this.#hold([change]);
  }

  remove(keys: ReadonlySet<string>): void {
    this.#open = this.#open.filter(({ key }) => !keys.has(key));
  }

  /** Takes objects while a batch is under way; until {@link join} they aren't in the list. */
  take(changes: readonly ObjectChange[]): void {
    this.#taken = changes;
    this.#hold(changes);
  }

  /** Tells whether an object was ever open, done or not. */
  hasHeld(key: string): boolean {
    return this.#held.has(key);
  }

  /** Returns the list as it will be when some objects are done: those that were taken are at its end. */
  following(done: ReadonlySet<string>): readonly ObjectChange[] {
    return [...this.#open.filter(({ key }) => !done.has(key)), ...this.#taken];
  }

  /** Adds what was taken to the list. @param done objects that leave it @returns whether anything was */
  join(done: ReadonlySet<string> = new Set()): boolean {
    const [open, any] = [this.following(done), this.#taken.length > 0];
    [this.#open, this.#taken] = [open, []];
    return any;
  }

  /**
   * Tries an object again after all others, if any of them was applied since it was tried last.
   *
   * @param transactions how many there were until now
   * @returns whether it will be
   */
  postpone(key: string, transactions: number): boolean {
    const change = this.find(key);
    if (change === undefined || this.#open.length === 1 || this.#postponed.get(key) === transactions) return false;
    this.#postponed.set(key, transactions);
    this.#open = [...this.#open.filter(open => open !== change), change];
    return true;
  }

  /** Tells whether the database failed at an object alone and took others since then. */
  isSuspect(key: string, transactions: number): boolean {
    return (this.#postponed.get(key) ?? transactions) < transactions;
  }

  /** Counts the objects that were postponed since the last success. */
  postponedSince(transactions: number): number {
    return [...this.#postponed.values()].filter(then => then === transactions).length;
  }

  #hold(changes: readonly ObjectChange[]): void {
    for (const { key } of changes) this.#held.add(key);
  }
}

/** Objects that the database fails at one after the other, with no success in between, until it is taken to fail at all. */
export const FAULTS_OF_SERVER = 8;

/** Counts the rows of objects; of one whose rows are spooled they are without number. */
export function rowsOf(changes: readonly ObjectChange[]): number {
  const rows = changes.map(({ version }) => (version?.spooled ? Number.POSITIVE_INFINITY : (version?.rows.size ?? 0)));
  return rows.reduce((sum, count) => sum + count, 0);
}
