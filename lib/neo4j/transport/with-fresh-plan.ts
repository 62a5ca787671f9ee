import { isStalePlan } from '../error-class.ts';

/** Times to try. Each failure means that one more constraint or index was dropped at that moment. */
const TRIES = 5;

/**
 * Runs a statement, again where the server had planned it with an index that was gone when it ran: nothing was applied then,
 * and the next plan does without. Scopes of one database come and go, and the fences' constraint with the last of them.
 */
export async function withFreshPlan<T>(run: () => Promise<T>): Promise<T> {
  for (let failed = 1; ; failed += 1) {
    try {
      return await run();
    } catch (error) {
      if (failed >= TRIES || !isStalePlan(error)) throw error;
    }
  }
}
