import { setTimeout as sleep } from 'node:timers/promises';
import { GraphdropError } from '../errors.ts';

/** An object's bytes, or its source's function, did not come to an end. */
export class HangingReadError extends GraphdropError {
  readonly code = 'HANGING_READ';
  override readonly retryable = true;

  constructor(key: string, ms: number) {
    super(
      `${key} was not read to its end within ${Math.round(ms / 1000)} s: its source's function hangs, or it takes longer than an ` +
        'invocation has (give the functions a longer timeout, or split the file; with memo: true it goes on where it was)',
    );
  }
}

/** Milliseconds that a read gets in any case. */
const LEAST_MS = 5_000;

/**
 * Reads something that other objects wait for: it gets half of the time that is left, for they need some, too. What isn't
 * read by then is given up.
 *
 * @param deadline ms since 1970; infinite: it is waited for without end
 * @throws HangingReadError
 */
export async function readInTime<T>(
  key: string,
  deadline: number,
  read: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const given = new AbortController();
  if (!Number.isFinite(deadline)) return await read(given.signal);
  const ms = Math.max(LEAST_MS, (deadline - Date.now()) / 2);
  const timer = new AbortController();
  const late = sleep(ms, undefined, { signal: timer.signal }).then(() => {
    given.abort();
    throw new HangingReadError(key, ms);
  });
  try {
    return await Promise.race([read(given.signal), late]);
  } finally {
    timer.abort();
  }
}
