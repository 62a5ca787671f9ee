/**
 * The promise under faults: several workers, each of which may die, freeze or lose its connections at any await of the
 * commit protocol, follow a bucket that changes; at rest, graph and tracked state are a function of the bucket's content.
 *
 * A failure prints its seed and the smallest history that was found; `GRAPHDROP_SEED=<seed>` repeats it. A soak of many
 * minutes: `npm run soak -- --minutes N --seed S`.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { history } from './history.ts';
import { simulate } from './simulate.ts';
import { Tally } from './tally.ts';

/** Only where asked for: what found a bug before is a history of its own in `found-bugs`. */
const soak = process.env.GRAPHDROP_SOAK_SECONDS;
const seconds = Number(soak ?? 0);
const first = Number(process.env.GRAPHDROP_SEED ?? 1);
/** Histories that happen side by side, each in a world of its own: most of their time is waiting. */
const LANES = 3;
/** To find a smaller history once one failed. */
const shrinkingMs = 120_000;

test.runIf(soak !== undefined)(
  'at rest, graph and state follow from the bucket’s content',
  {
    timeout: seconds * 1000 + shrinkingMs + 120_000,
  },
  async () => {
    const tally = new Tally();
    let end = Date.now() + seconds * 1000;
    let next = first;
    const lane = async () => {
      while (Date.now() < end) {
        const seed = next++;
        const property = fc.asyncProperty(history, async one => await simulate(one, tally));
        await fc.assert(property, { seed, numRuns: 1, interruptAfterTimeLimit: shrinkingMs });
      }
    };
    const lanes = Array.from({ length: LANES }, async () => {
      try {
        await lane();
      } finally {
        end = 0; // one failure is enough
      }
    });
    const outcomes = await Promise.allSettled(lanes);
    console.log(`seeds ${first} to ${next - 1}: ${tally}`);
    expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual([]);
  },
);
