import { StatementError, TOO_LARGE } from './statement-error.ts';

/** What an answer may grow to. */
export interface AnswerLimits {
  /** Rows of all statements. Default 50,000. */
  readonly maxRows: number;
  /** Bytes of results and notifications, as a JSON text within JSON. Default 5,500,000: Lambda answers with 6 MB at most. */
  readonly maxBytes: number;
}

export const DEFAULT_ANSWER_LIMITS: AnswerLimits = { maxRows: 50_000, maxBytes: 5_500_000 };

/**
 * Counts everything that an answer holds as it comes, so that one that becomes too large is stopped before COMMIT. What only waits to
 * be written counts too, for it takes the memory.
 */
export class AnswerBudget {
  readonly #limits: AnswerLimits;
  #rows = 0;
  #bytes = 0;

  constructor(limits: AnswerLimits) {
    this.#limits = limits;
  }

  /** @throws StatementError */
  takeRow(): void {
    this.#rows += 1;
    if (this.#rows > this.#limits.maxRows) throw tooLarge(`${this.#limits.maxRows} rows`);
  }

  /** Counts a text. @returns its bytes, to be given back if it isn't written after all @throws StatementError */
  take(text: string): number {
    const bytes = Buffer.byteLength(JSON.stringify(text));
    this.#bytes += bytes;
    if (this.#bytes > this.#limits.maxBytes) throw tooLarge(`${this.#limits.maxBytes} bytes`);
    return bytes;
  }

  giveBack(bytes: number): void {
    this.#bytes -= bytes;
  }
}

function tooLarge(limit: string): StatementError {
  return new StatementError(TOO_LARGE, `The answer is more than ${limit}: return less, or page with SKIP and LIMIT`);
}
