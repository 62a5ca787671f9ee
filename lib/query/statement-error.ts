import { GraphdropError } from '../errors.ts';

/**
 * What stops a request: the one entry of the answer's `errors`. `code` is a status code of Neo4j
 * (https://neo4j.com/docs/status-codes/), or begins with `Graphdrop.` where the server has no such limit.
 */
export class StatementError extends GraphdropError {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export const INVALID_FORMAT = 'Neo.ClientError.Request.InvalidFormat';
export const EXECUTION_FAILED = 'Neo.DatabaseError.Statement.ExecutionFailed';
export const TOO_LARGE = 'Graphdrop.ClientError.Answer.TooLarge';
export const TOO_DEEP = 'Graphdrop.ClientError.Answer.TooDeep';
