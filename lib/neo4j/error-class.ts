/**
 * What kind of failure an error of the server, the driver or a transport is: the one table of their codes. The server's are
 * listed at https://neo4j.com/docs/status-codes/current/errors/all-errors/.
 */

/**
 * - `refused`: the server refuses what a row says, and would refuse it again.
 * - `too large`: the transaction takes more memory or time than it may; a smaller one may not.
 * - `passing`: trouble that passes (a lost connection, a deadlock, an administrator's doing); the same may succeed.
 * - `exists`: a constraint or index of that name or form is there already.
 * - `faulty server`: the server fails at its work: for a reason of its own (a full disk), or at what a row says, which it doesn't tell.
 * - `credentials`: the server refuses the user, or what the user may not do.
 * - `person`: only a person can change it (no such database, no such procedure, read-only).
 */
export type ErrorClass = 'refused' | 'too large' | 'passing' | 'exists' | 'faulty server' | 'credentials' | 'person';

/** The longest name that a code begins with decides, from the right dot to dot. */
const CLASSES: ReadonlyMap<string, ErrorClass> = new Map([
  ['Neo.ClientError', 'person'],
  ['Neo.TransientError', 'passing'],
  ['Neo.DatabaseError', 'faulty server'],

  ['Neo.ClientError.Cluster', 'passing'],
  ['Neo.ClientError.Routing', 'passing'],
  ['Neo.ClientError.Security', 'credentials'],
  ['Neo.ClientError.Security.AuthorizationExpired', 'passing'],

  ['Neo.ClientError.General.TransactionOutOfMemoryError', 'too large'],
  // The only procedures called store a row's vectors.
  ['Neo.ClientError.Procedure.ProcedureCallFailed', 'refused'],
  ['Neo.ClientError.Procedure.ProcedureTimedOut', 'too large'],
  ['Neo.ClientError.Procedure.TypeError', 'refused'],
  // By HTTP a value that the server can't read.
  ['Neo.ClientError.Request', 'refused'],
  ['Neo.ClientError.Request.InvalidUsage', 'passing'],

  ['Neo.ClientError.Schema.ConstraintAlreadyExists', 'exists'],
  ['Neo.ClientError.Schema.ConstraintValidationFailed', 'refused'],
  ['Neo.ClientError.Schema.ConstraintViolation', 'refused'],
  ['Neo.ClientError.Schema.ConstraintWithNameAlreadyExists', 'exists'],
  ['Neo.ClientError.Schema.EquivalentSchemaRuleAlreadyExists', 'exists'],
  ['Neo.ClientError.Schema.IndexAlreadyExists', 'exists'],
  // See `isStalePlan`.
  ['Neo.ClientError.Schema.IndexNotFound', 'passing'],
  ['Neo.ClientError.Schema.IndexNotApplicable', 'refused'],
  ['Neo.ClientError.Schema.IndexWithNameAlreadyExists', 'exists'],
  ['Neo.ClientError.Schema.TokenLengthError', 'refused'],
  ['Neo.ClientError.Schema.TokenNameError', 'refused'],

  ['Neo.ClientError.Statement.ArgumentError', 'refused'],
  ['Neo.ClientError.Statement.ArithmeticError', 'refused'],
  ['Neo.ClientError.Statement.ConstraintVerificationFailed', 'refused'],
  // Another client deleted it while the statement ran.
  ['Neo.ClientError.Statement.EntityNotFound', 'passing'],
  ['Neo.ClientError.Statement.PropertyNotFound', 'refused'],
  // Of a text's form: see `classOf`. Of a value: a text that is no date, say.
  ['Neo.ClientError.Statement.SemanticError', 'refused'],
  ['Neo.ClientError.Statement.SyntaxError', 'refused'],
  ['Neo.ClientError.Statement.TypeError', 'refused'],
  ['Neo.ClientError.Statement.UnsupportedOperationError', 'refused'],

  ['Neo.ClientError.Transaction', 'passing'],
  ['Neo.ClientError.Transaction.ForbiddenDueToTransactionType', 'person'],
  // A person's trigger.
  ['Neo.ClientError.Transaction.TransactionHookFailed', 'refused'],
  ['Neo.ClientError.Transaction.TransactionTimedOut', 'too large'],
  ['Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration', 'too large'],
  ['Neo.ClientError.Transaction.TransactionValidationFailed', 'refused'],

  // The server calls these passing, but the same transaction would run out of memory again.
  ['Neo.TransientError.General.MemoryPoolOutOfMemoryError', 'too large'],
  ['Neo.TransientError.General.OutOfMemoryError', 'too large'],
  ['Neo.TransientError.General.StackOverFlowError', 'too large'],
  ['Neo.TransientError.General.TransactionMemoryLimit', 'too large'],
  ['Neo.TransientError.General.TransactionOutOfMemoryError', 'too large'],
  ['Neo.TransientError.Statement.ExecutionTimeout', 'too large'],

  // It was that of a constraint which another worker was making at this moment.
  ['Neo.DatabaseError.Schema.IndexDropFailed', 'passing'],

  // The driver's own. It calls a connection that is cut before it is set up a protocol error, and gives none to some errors of
  // its pool.
  ['ServiceUnavailable', 'passing'],
  ['SessionExpired', 'passing'],
  ['ProtocolError', 'passing'],
  ['N/A', 'passing'],

  ['ANSWER_TOO_LARGE', 'too large'],
  ['ENDPOINT', 'person'],
  ['REQUEST_TOO_LARGE', 'too large'],
  ['UNSENDABLE_VALUE', 'refused'],
]);

/** A statement's own text is wrong, as the server says where: no row's fault. */
const OF_THE_TEXT = /\(line \d+, column \d+ \(offset: \d+\)\)/;

/** A value of a row is longer than an index can hold, which the server has no code for. */
const OVERLONG = /too large to index/;

/** Returns the class of an error; null if it is none of the server, the driver or a transport. */
export function classOf(error: unknown): ErrorClass | null {
  const { code, message } = wordsOf(error);
  for (let name = code; name !== ''; name = name.slice(0, Math.max(0, name.lastIndexOf('.')))) {
    const found = CLASSES.get(name);
    if (found === 'refused' && OF_THE_TEXT.test(message)) return 'person';
    if (found === 'faulty server' && OVERLONG.test(message)) return 'refused';
    if (found !== undefined) return found;
  }
  return null;
}

/** Whether the server itself said so, and nothing was applied; else the answer may have been lost. */
export function isServersWord(error: unknown): boolean {
  return wordsOf(error).code.startsWith('Neo.') && (error as Error).cause === undefined;
}

/** Whether the server had planned a statement with an index that was dropped before it ran: nothing was applied. */
export function isStalePlan(error: unknown): boolean {
  return wordsOf(error).code.endsWith('.Schema.IndexNotFound');
}

/** Whether a statement stopped its transaction by dividing by zero, as checks in Cypher do. */
export function isFailedCheck(error: unknown): boolean {
  return wordsOf(error).code === 'Neo.ClientError.Statement.ArithmeticError';
}

function wordsOf(error: unknown): { readonly code: string; readonly message: string } {
  const { code, message } = (error ?? {}) as { readonly code?: unknown; readonly message?: unknown };
  return { code: String(code ?? ''), message: String(message ?? '') };
}
