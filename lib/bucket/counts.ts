/** Texts, of which each may be there several times. */
export class Counts {
  readonly #counts = new Map<string, number>();

  constructor(texts: readonly string[]) {
    for (const text of texts) this.#counts.set(text, (this.#counts.get(text) ?? 0) + 1);
  }

  /** Takes a text away once. @returns whether it was there */
  take(text: string): boolean {
    const left = this.#counts.get(text) ?? 0;
    if (left > 0) this.#counts.set(text, left - 1);
    return left > 0;
  }

  copy(): Counts {
    const copy = new Counts([]);
    for (const [text, count] of this.#counts) copy.#counts.set(text, count);
    return copy;
  }
}
