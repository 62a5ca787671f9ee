import { GraphdropError } from '../errors.ts';

/** Nothing came for too long. */
export class StalledError extends GraphdropError {
  readonly code = 'STALLED';
  override readonly retryable = true;
}

/**
 * Waits for work, but only so long.
 *
 * @param work gets a signal that tells it to give up
 * @throws StalledError when the time is over, whether the work gives up or not
 */
export async function inTime<T>(work: (signal: AbortSignal) => Promise<T>, milliseconds: number): Promise<T> {
  const controller = new AbortController();
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new StalledError(`nothing came for ${milliseconds / 1000} s`));
    controller.abort();
  }, milliseconds);
  try {
    return await Promise.race([work(controller.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}
