/** Where a problem is: an object of the bucket and, where known, the line (1-based) and field in it. */
export interface Location {
  readonly bucket?: string;
  readonly key: string;
  readonly line?: number;
  readonly field?: string;
}

/** One thing wrong with a file, in a form a person can act on. `got` is a shortened rendering, never a whole value. */
export interface Problem {
  /** 1-based line (or record) number. */
  readonly line?: number;
  readonly field?: string;
  readonly problem: string;
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
  /** The first problems found, at most 20. */
  readonly problems: readonly Problem[];
  /** Who says so: by its content alone it will always be rejected, the database may think otherwise another day. */
  readonly by: 'content' | 'database';
  /** The version that was read; set by who read it. */
  version: { readonly etag: string; readonly versionId: string | undefined } | undefined;

  constructor(
    location: Location,
    problems: readonly Problem[],
    options?: ErrorOptions & { readonly by?: 'content' | 'database' },
  ) {
    const first = problems[0] ?? { problem: 'not acceptable' };
    const place = [location.bucket, location.key].filter(Boolean).join('/');
    const line = first.line === undefined ? '' : `:${first.line}`;
    const field = first.field === undefined ? '' : ` ${first.field}:`;
    const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
    super(`${place}${line}${field} ${first.problem}${more}`, options);
    this.location = location;
    this.problems = problems;
    this.by = options?.by ?? 'content';
  }
}
