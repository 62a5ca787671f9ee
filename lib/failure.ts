import { CommitUnknownError } from './neo4j/commit.ts';

/**
 * What to do about a batch that failed.
 * - `again`: nobody's fault, the same batch may succeed (transient errors, a lost connection, a lost lease).
 * - `smaller`: the transaction was too large for the server.
 * - `heal`: the graph isn't what the state says: merge instead of create, and take what is missing as gone.
 * - `guilty`: the database refuses something in the batch itself: find the object and reject it.
 * - `stop`: needs somebody's hand (credentials, unknown database): everything waits.
 */
export type Remedy = 'again' | 'smaller' | 'heal' | 'guilty' | 'stop';

/** The server calls running out of memory transient, but the same transaction would run out of it again. */
const TOO_LARGE = /MemoryPoolOutOfMemory|TransactionOutOfMemory|TransactionTimedOut|StackOverFlow/;

/** Refused for what the rows say: a type no property can have, a constraint of the user's, an over-long index key. */
const REFUSED =
  /^Neo\.(ClientError\.(Statement|Schema|Procedure|General)|DatabaseError\.(Statement|General|Schema|Transaction))\./;

export function remedyFor(error: unknown): Remedy {
  // The commit turned out not to have happened (else nothing would be left to do): its cause decides.
  if (error instanceof CommitUnknownError) return remedyFor(error.cause);
  const {
    code = '',
    retryable,
    retriable,
  } = (error ?? {}) as { code?: string; retryable?: boolean; retriable?: boolean };
  if (code === 'GRAPH_DRIFT') return 'heal';
  if (TOO_LARGE.test(code)) return 'smaller';
  if (retryable === true || retriable === true) return 'again';
  if (REFUSED.test(code)) return 'guilty';
  return isPassing(error) ? 'again' : 'stop';
}

/** AWS errors that the SDK's own retries didn't outlast, and broken connections. */
function isPassing(error: unknown): boolean {
  const {
    name = '',
    code = '',
    $retryable,
    $fault,
  } = (error ?? {}) as {
    name?: string;
    code?: string;
    $retryable?: object;
    $fault?: string;
  };
  return (
    $retryable !== undefined ||
    $fault === 'server' ||
    /Throttl|ProvisionedThroughput|TimeoutError|RequestLimit|TransactionConflict|NetworkingError/.test(name) ||
    /^(ECONNRESET|ECONNREFUSED|EPIPE|ETIMEDOUT|EAI_AGAIN|ServiceUnavailable|SessionExpired)$/.test(code)
  );
}
