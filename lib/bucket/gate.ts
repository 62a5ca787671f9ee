/** Lets so many in at once; others wait in line. */
export class Gate {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(places: number) {
    this.#free = places;
  }

  /** Takes a place if one is free. */
  tryEnter(): boolean {
    if (this.#free === 0) return false;
    this.#free -= 1;
    return true;
  }

  /** Waits for a place, and takes it. */
  async enter(): Promise<void> {
    if (!this.tryEnter()) await new Promise<void>(resolve => this.#waiting.push(resolve));
  }

  /** Gives a place back, to the one that waits longest. */
  leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next();
  }
}
