/**
 * The promise under faults: several workers, each of which may die, freeze or lose its connections at any await of the
 * commit protocol, follow a bucket that changes, while definitions change and the database is restored or wiped; at rest,
 * graph and tracked state are a function of the bucket's content.
 *
 * A few histories are part of every test run; `npm run soak -- --minutes N --seed S` goes on for longer. A failure prints its
 * seed and the smallest history that was found; `GRAPHDROP_SEED=<seed>` begins with that one.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { history } from './history.ts';
import { simulate } from './simulate.ts';
import { Tally } from './tally.ts';

const seconds = Number(process.env.GRAPHDROP_SOAK_SECONDS ?? 0);
const first = Number(process.env.GRAPHDROP_SEED ?? 1);
/** Where no soak is asked for. */
const FEW = 6;
/** Histories that happen side by side, each in a world of its own: most of their time is waiting. */
const LANES = 3;
/** For a history, and to find a smaller one once it failed. */
const shrinkingMs = 300_000;

test('at rest, graph and state follow from the bucket’s content', {
  timeout: seconds * 1000 + shrinkingMs + 120_000,
}, async () => {
  const tally = new Tally();
  let end = Date.now() + seconds * 1000;
  let next = first;
  const lane = async () => {
    while (Date.now() < end || (seconds === 0 && next < first + FEW && end > 0)) {
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
});
