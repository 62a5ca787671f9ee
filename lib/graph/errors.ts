import { type InvalidRecords, type Problem, type ProblemCount, problemLine } from './problems.ts';

/** Where a problem is: an object of the bucket and, where known, the line (1-based) and field in it. */
export interface Location {
  readonly bucket?: string;
  readonly key: string;
  readonly line?: number;
  readonly field?: string;
}

/** Base of every error that graphdrop throws on purpose. `code` is stable and meant to be switched on. */
export abstract class GraphdropError extends Error {
  abstract readonly code: string;
  /** Whether the same call may succeed later without anybody changing anything. */
  readonly retryable: boolean = false;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The flow says something it can't mean (unknown option, bad identifier, a primary key that is no column). */
export class DefinitionError extends GraphdropError {
  readonly code = 'DEFINITION';
}

/** A row that a source's function declared can't be stored. It rejects the object the record came from. */
export class RowError extends GraphdropError {
  readonly code = 'ROW';
  readonly table: string;
  readonly column: string;
  readonly problem: string;

  constructor(table: string, column: string, problem: string) {
    super(`${table}.${column}: ${problem}`);
    this.problem = problem;
    this.table = table;
    this.column = column;
  }
}

/** One version of a file is not acceptable: it doesn't parse, validate or fit a limit. The one before it stays in force. */
export class RejectedObjectError extends GraphdropError {
  readonly code = 'REJECTED_OBJECT';
  readonly location: Location;
  /** The first problems by line, at most 20. */
  readonly problems: readonly Problem[];
  /** All problems by kind. */
  readonly counts: readonly ProblemCount[];
  /** Who says so: by its content alone it will always be rejected, the database may think otherwise another day. */
  readonly by: 'content' | 'database';
  /** The version that was read; set by who read it. */
  version: { readonly etag: string; readonly versionId: string | undefined } | undefined;

  /** @param found the problems; a list: all there are, of a kind told by who says so */
  constructor(
    location: Location,
    found: readonly Problem[] | Pick<InvalidRecords, 'first' | 'counts' | 'total'>,
    options?: ErrorOptions & { readonly by?: 'content' | 'database' },
  ) {
    const by = options?.by ?? 'content';
    const { first: problems, counts, total } = 'first' in found ? found : tallied(found, by);
    const first = problems[0] ?? { problem: 'not acceptable' };
    const place = [location.bucket, location.key].filter(Boolean).join('/');
    super(`${problemLine(place, first)}${total > 1 ? ` (and ${total - 1} more)` : ''}`, options);
    this.location = location;
    this.problems = problems;
    this.counts = counts;
    this.by = by;
  }

  /** The problems as `key:line field: problem, got ..., expected ...`. */
  get lines(): readonly string[] {
    return this.problems.map(problem => problemLine(this.location.key, problem));
  }
}

function tallied(first: readonly Problem[], kind: string) {
  return { first, counts: [{ kind, count: first.length }], total: first.length };
}
