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

/** A store of objects or state didn't answer, or asks for fewer calls: the same call may succeed later. */
export class StoreUnavailableError extends GraphdropError {
  readonly code = 'STORE_UNAVAILABLE';
  override readonly retryable = true;
}
