/** Tells whether an AWS call failed for a reason that may pass and that the SDK's own retries didn't outlast. */
export function isPassing(error: unknown): boolean {
  const { name, code, $retryable, $fault } = (error ?? {}) as Record<string, unknown>;
  return (
    isThrottled(error) ||
    $retryable !== undefined ||
    $fault === 'server' ||
    PASSING_NAME.test(String(name)) ||
    PASSING_CODE.test(String(code))
  );
}

/** Tells whether an AWS call was turned away because there are too many, and did nothing. */
export function isThrottled(error: unknown): boolean {
  const { name } = (error ?? {}) as Record<string, unknown>;
  return /Throttl|ProvisionedThroughputExceeded|RequestLimitExceeded|SlowDown/.test(String(name));
}

/** Of conflicts of transactions, and calls without an answer. */
const PASSING_NAME = /TimeoutError|TransactionConflict|NetworkingError/;

/** Of broken connections and of networks without a route or a name server: the codes that the SDK itself retries. */
const PASSING_CODE = /^(ECONNRESET|ECONNREFUSED|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/;
