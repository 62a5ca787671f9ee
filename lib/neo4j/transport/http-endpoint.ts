import type { ValueForm } from '../../values/column-type.ts';
import type { Parameters, ResultRow } from '../graph-database.ts';

export interface Query {
  readonly text: string;
  readonly parameters: Parameters;
}

/** One statement of several in a transaction. It returns one row with one value `n`. */
export interface BatchPart extends Query {
  /** A Cypher condition on `n` and the part's parameters. Where it doesn't hold, nothing of the transaction is applied. */
  readonly check?: string;
}

/** What takes statements at an HTTP port. One request is one transaction, committed when the answer is complete. */
export interface HttpEndpoint {
  /** How values must be put into a batch's rows for it. */
  readonly form: ValueForm;

  /**
   * Runs a statement once.
   *
   * @param timeoutMs how long its transaction may take
   * @throws Neo4jError with the server's code; with another one, or with a `cause`, it isn't known what has happened; nor with
   *   EndpointError or AnswerTooLargeError
   */
  run(query: Query, timeoutMs: number): Promise<ResultRow[]>;

  /**
   * Runs parts once, in this order.
   *
   * @returns what each answered; null: the first part's check failed, so the others didn't run
   * @throws Neo4jError as `run` does; `Statement.ArithmeticError` if another part's check failed
   */
  transact(parts: readonly BatchPart[], timeoutMs: number): Promise<unknown[] | null>;
}
