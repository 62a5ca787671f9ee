import { CommitUnknownError } from './neo4j/commit.ts';

/**
 * What to do about work that failed.
 * - `again`: nobody's fault, the same may succeed (transient errors, a lost connection, a lost lease).
 * - `smaller`: the transaction was too large for the server.
 * - `heal`: the graph isn't what the state says: merge instead of create, and take what is missing as gone.
 * - `guilty`: the database refuses something in the batch itself: find the object and reject it.
 * - `rebuild`: the tracked state lacks nodes: begin it anew from the files.
 * - `stop`: needs somebody's hand (credentials, unknown or read-only database): everything waits.
 */
export type Remedy = 'again' | 'smaller' | 'heal' | 'guilty' | 'rebuild' | 'stop';

/** The server calls running out of memory transient, but the same transaction would run out of it again. */
const TOO_LARGE = /MemoryPoolOutOfMemory|TransactionOutOfMemory|TransactionTimedOut|StackOverFlow|REQUEST_TOO_LARGE/;

/**
 * Refused for what the rows say: a type no property can have, a constraint of the user's, an over-long key of an index of
 * the user's (which the server calls a database error), by HTTP also a value that it can't read, or that can't be sent.
 */
const REFUSED =
  /^Neo\.(ClientError\.(Statement|Schema|Request)|DatabaseError\.(Statement|General))\.|^UNSENDABLE_VALUE$/;

/**
 * The server's trouble or another client's doing, whatever the rows say. (An index that can't be dropped is that of a
 * constraint which another worker was making when this one looked; a stopped lock client waited for others' locks until its
 * time was over.)
 */
const PASSING = /^Neo\.(TransientError|DatabaseError\.Transaction)\.|EntityNotFound|IndexDropFailed|LockClientStopped/;

/**
 * @param inBatch whether a batch's own transaction failed: what fails before can't be the fault of what is in a batch
 */
export function remedyFor(error: unknown, inBatch: boolean): Remedy {
  // The commit turned out not to have happened (else nothing would be left to do): its cause decides.
  if (error instanceof CommitUnknownError) return remedyFor(error.cause, inBatch);
  const { code, retryable, retriable } = propertiesOf(error);
  if (code === 'GRAPH_DRIFT') return 'heal';
  if (code === 'MISSING_NODE') return 'rebuild';
  if (TOO_LARGE.test(code)) return inBatch ? 'smaller' : 'again';
  if (retryable || retriable || PASSING.test(code)) return 'again';
  if (inBatch && REFUSED.test(code)) return 'guilty';
  return isPassing(error) ? 'again' : 'stop';
}

/**
 * AWS errors that the SDK's own retries didn't outlast, and broken connections. (The driver calls one that is cut before it is
 * set up a protocol error.)
 */
function isPassing(error: unknown): boolean {
  const { name, code, $retryable, $fault } = propertiesOf(error);
  return (
    $retryable !== undefined ||
    $fault === 'server' ||
    /Throttl|ProvisionedThroughput|TimeoutError|RequestLimit|TransactionConflict|NetworkingError/.test(name) ||
    /^(ECONNRESET|ECONNREFUSED|EPIPE|ETIMEDOUT|EAI_AGAIN|ServiceUnavailable|SessionExpired|ProtocolError)$/.test(code)
  );
}

/** What our own errors, the driver's and the SDK's tell of themselves. */
function propertiesOf(error: unknown) {
  const { name, code, retryable, retriable, $retryable, $fault } = (error ?? {}) as Record<string, unknown>;
  return {
    name: String(name ?? ''),
    code: String(code ?? ''),
    retryable: retryable === true,
    retriable: retriable === true,
    $retryable,
    $fault,
  };
}
