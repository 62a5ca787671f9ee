import type { Remedy } from './failure.ts';

/** How the next batch is to be tried. */
export interface BatchLimits {
  /** Changed rows that one transaction may apply. */
  readonly maxRowsPerTransaction: number;
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
  /** Objects a batch may take: halved to find the one that the database refuses. */
  maxObjects = Number.POSITIVE_INFINITY;
  /** Whether the next batch doesn't rely on what the state says of the graph. */
  heal = false;
  /** Failures for passing reasons since the last success. */
  tries = 0;

  constructor(limits: BatchLimits) {
    this.#limits = limits;
    this.maxRows = limits.maxRowsPerTransaction;
  }

  succeeded(): void {
    this.tries = 0;
    this.heal = false;
    this.maxObjects *= 2;
    this.maxRows = Math.min(this.#limits.maxRowsPerTransaction, this.maxRows * 2);
  }

  /**
   * @param objects how many objects were in the batch; 0: the failure came before there was one
   * @returns whether to try again, to reject the batch's only object, or to give up
   */
  failed(remedy: Remedy, objects: number): 'retry' | 'reject' | 'give up' {
    if (remedy === 'stop') return 'give up';
    if (remedy === 'guilty') return this.#blame(objects);
    this.tries += 1;
    if (this.tries > this.#limits.maxTries) return 'give up';
    if (remedy === 'smaller') this.maxRows = Math.max(1, Math.floor(this.maxRows / 4));
    if (remedy === 'heal') this.heal = true;
    return 'retry';
  }

  #blame(objects: number): 'retry' | 'reject' {
    if (objects > 1) {
      this.maxObjects = Math.ceil(objects / 2);
      return 'retry';
    }
    // A node that got an edge from somebody else meanwhile is refused once, not twice.
    if (this.heal) {
      this.heal = false;
      return 'reject';
    }
    this.heal = true;
    this.maxObjects = 1;
    return 'retry';
  }
}
