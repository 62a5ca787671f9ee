import { setTimeout as sleep } from 'node:timers/promises';

/** How often to try again, and how long to wait in between. */
export interface Patience {
  /** Tries in all. */
  readonly tries: number;
  /** Longest first wait in milliseconds; each later one is up to twice as long. */
  readonly firstWaitMs: number;
  /** Longest wait in milliseconds. */
  readonly longestWaitMs: number;
}

/** Waits before the next try: exponential backoff with full jitter. @param failed tries that failed so far, 1 or more */
export async function backOff(failed: number, { firstWaitMs, longestWaitMs }: Omit<Patience, 'tries'>): Promise<void> {
  await sleep(Math.random() * Math.min(longestWaitMs, firstWaitMs * 2 ** (failed - 1)));
}

/**
 * Repeats work that fails for a passing reason.
 *
 * @param passing whether an error may be gone at the next try
 * @throws the work's error if it isn't passing, or after the last try
 */
export async function retry<T>(
  work: () => Promise<T>,
  passing: (error: unknown) => boolean,
  patience: Patience,
): Promise<T> {
  for (let failed = 1; ; failed += 1) {
    try {
      return await work();
    } catch (error) {
      if (failed >= patience.tries || !passing(error)) throw error;
      await backOff(failed, patience);
    }
  }
}
