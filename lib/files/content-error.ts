import { GraphdropError } from '../errors.ts';

/**
 * Something wrong with the bytes of a file. Readers don't know whose bytes they read: graphdrop adds bucket and key, and
 * the object is rejected.
 */
export class ContentError extends GraphdropError {
  readonly code = 'CONTENT';
  /** 1-based; undefined where the fault is the file's, not a line's. */
  readonly line: number | undefined;

  constructor(problem: string, line?: number, options?: ErrorOptions) {
    super(problem, options);
    this.line = line;
  }

  /** The same problem, on this line. */
  at(line: number): ContentError {
    return new ContentError(this.message, line, { cause: this.cause ?? this });
  }
}
