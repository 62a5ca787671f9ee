/** What happened in simulations, counted by kind. */
export class Tally {
  readonly #counts = new Map<string, number>();
  readonly #start = Date.now();

  count(what: string, by = 1): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + by);
  }

  of(what: string): number {
    return this.#counts.get(what) ?? 0;
  }

  /** Takes another's counts over. */
  add(other: Tally): void {
    for (const [what, n] of other.#counts) this.count(what, n);
  }

  toString(): string {
    const minutes = (Date.now() - this.#start) / 60_000;
    const perMinute = Math.round((this.#counts.get('batches') ?? 0) / minutes);
    const lines = [...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([what, n]) => `  ${what}: ${n}`);
    return [`${minutes.toFixed(1)} minutes, ${perMinute} batches a minute`, ...lines].join('\n');
  }
}
