import type { Remedy } from './retry.ts';

/** What so many objects are a limit of is no longer cut to find one. */
const MANY_OBJECTS = 1_000;

/** Limits of a scope's batches. */
export interface BatchLimits {
  /** Changed rows that one transaction may apply. */
  readonly maxRowsPerTransaction: number;
  /** Bytes of their values, about. */
  readonly maxBytesPerTransaction: number;
  /** Tries of a batch that fails for passing reasons. */
  readonly maxTries: number;
}

/**
 * Learns from failed batches how large the next may be, and whether the fault is found. Successes take back, step by step,
 * what failures imposed.
 */
export class BatchPolicy {
  readonly #limits: BatchLimits;
  /** Rows a batch may change. */
  maxRows: number;
  /** Bytes, about, of the values that it may write. */
  maxBytes: number;
  /** Objects a batch may take: halved to find the one that the database refuses. */
  maxObjects = Number.POSITIVE_INFINITY;
  /** Whether the next batch doesn't rely on what the state says of the graph. */
  tolerant = false;
  /** Whether the next batch clears its rows before it writes any: see `statementsOf`. */
  clearsFirst = false;
  /** Failures for passing reasons since the last success. */
  tries = 0;

  constructor(limits: BatchLimits) {
    this.#limits = limits;
    this.maxRows = limits.maxRowsPerTransaction;
    this.maxBytes = limits.maxBytesPerTransaction;
  }

  /** Whether batches fail, or failed until now: then it isn't the time to take on more. */
  get isStrained(): boolean {
    return this.tries > 0 || this.tolerant || this.clearsFirst || this.maxObjects < MANY_OBJECTS;
  }

  succeeded(): void {
    this.tries = 0;
    this.tolerant = false;
    this.clearsFirst = false;
    this.maxObjects *= 2;
    this.maxRows = Math.min(this.#limits.maxRowsPerTransaction, this.maxRows * 2);
    this.maxBytes = Math.min(this.#limits.maxBytesPerTransaction, this.maxBytes * 2);
  }

  /**
   * Makes the next batch smaller, where rows that it needs from elsewhere are more than a transaction may write.
   *
   * @returns whether it did
   */
  cut(rows: number, bytes: number): boolean {
    if (bytes <= this.maxBytes || this.maxRows === 1) return false;
    this.maxRows = Math.max(1, Math.min(this.maxRows >> 1, Math.floor((rows * this.maxBytes) / bytes)));
    return true;
  }

  /**
   * @param objects how many objects were in the batch; 0: the failure came before there was one
   * @returns whether to try again, to reject the batch's only object or to set it aside, or to give up
   */
  failed(remedy: Remedy, objects: number): 'retry' | 'reject' | 'set aside' | 'give up' {
    if (remedy === 'stop') return 'give up';
    if (remedy === 'poison') return this.#isolate(objects);
    this.tries += 1;
    if (remedy === 'isolate' && objects > 1) {
      // The first time as it is: most trouble of a server passes. Then few tries must do.
      if (this.tries > 1) this.maxObjects = Math.ceil(objects / 16);
      return 'retry';
    }
    if (this.tries > this.#limits.maxTries) return remedy === 'isolate' ? 'set aside' : 'give up';
    if (remedy === 'smaller') {
      this.maxRows = Math.max(1, Math.floor(this.maxRows / 4));
      this.maxBytes /= 4;
    }
    if (remedy === 'tolerate') this.tolerant = true;
    return 'retry';
  }

  #isolate(objects: number): 'retry' | 'reject' {
    this.tries = 0; // the database answers
    // A constraint that the batch breaks on its way only, or a node that got a foreign edge meanwhile: refused once, not twice.
    if (!this.clearsFirst) {
      this.tolerant = true;
      this.clearsFirst = true;
      return 'retry';
    }
    if (objects > 1) {
      this.maxObjects = Math.ceil(objects / 2);
      return 'retry';
    }
    this.tolerant = false;
    this.clearsFirst = false;
    return 'reject';
  }
}
