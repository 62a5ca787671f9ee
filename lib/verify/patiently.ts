import { setTimeout as sleep } from 'node:timers/promises';
import { remedyFor } from '../failure.ts';
import { ScopeBusyError } from '../lease.ts';

/** Does work that may be done twice; again where it failed for passing reasons, another worker's lease among them. */
export async function patiently<T>(tries: number, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const closed = error instanceof ScopeBusyError && error.reason !== 'held';
      if (closed || attempt >= tries || remedyFor(error, false) !== 'again') throw error;
      await sleep(Math.random() * Math.min(5_000, 100 * 2 ** attempt));
    }
  }
}
