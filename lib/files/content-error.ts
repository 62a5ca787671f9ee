import { GraphdropError } from '../errors.ts';

/**
 * Something wrong with the bytes of a file. Readers don't know whose bytes they read: graphdrop adds bucket and key, and
 * the object is rejected.
 */
export class ContentError extends GraphdropError {
  readonly code = 'CONTENT';
  /** 1-based; undefined where the fault is the file's, not a line's. */
  readonly line: number | undefined;
  /** Which of the records that start on the line it is in, from 1; undefined: the first, or none. */
  readonly number: number | undefined;

  constructor(problem: string, line?: number, options?: ErrorOptions & { readonly number?: number | undefined }) {
    super(problem, options);
    this.line = line;
    this.number = options?.number;
  }

  /** The same problem, on this line, in this of its records. */
  at(line: number, number?: number): ContentError {
    return new ContentError(this.message, line, { cause: this.cause ?? this, number });
  }
}
