/** What has changed since the last look. */
export interface Change {
  readonly keys: readonly string[];
  /** Everything must be looked at. */
  readonly all: boolean;
  readonly flow: boolean;
  /** The command must end. */
  readonly stop: boolean;
}

/** Collects what watchers see, until it is taken: many changes of one file are one. */
export class Changes {
  #keys = new Set<string>();
  #all = false;
  #flow = false;
  #stop = false;
  #wake: () => void = () => {};

  add(...keys: readonly string[]): void {
    for (const key of keys) this.#keys.add(key);
    this.#wake();
  }

  addAll(): void {
    this.#all = true;
    this.#wake();
  }

  addFlow(): void {
    this.#flow = true;
    this.#wake();
  }

  stop(): void {
    this.#stop = true;
    this.#wake();
  }

  get stopped(): boolean {
    return this.#stop;
  }

  /** Waits for a change, and some milliseconds more for those that come with it. */
  async take(gatherMs: number): Promise<Change> {
    if (!this.#any) {
      await new Promise<void>(resolve => {
        this.#wake = resolve;
      });
      this.#wake = () => {};
    }
    if (!this.#stop) {
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, gatherMs);
        this.#wake = () => {
          if (!this.#stop) return;
          clearTimeout(timer);
          resolve();
        };
      });
      this.#wake = () => {};
    }
    const change = { keys: [...this.#keys], all: this.#all, flow: this.#flow, stop: this.#stop };
    this.#keys = new Set();
    this.#all = false;
    this.#flow = false;
    return change;
  }

  get #any(): boolean {
    return this.#keys.size > 0 || this.#all || this.#flow || this.#stop;
  }
}
