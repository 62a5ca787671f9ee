/** Threat: workers die, freeze and lose connections at any await, while files, definitions and the database change. */

/*
 * At rest, graph and tracked state must follow from the bucket's content.
 *
 * A few histories are part of every test run; `npm run soak -- --minutes N --seed S` goes on for longer. A failure prints its
 * seed and the smallest history that was found; `GRAPHDROP_SEED=<seed>` begins with that one.
 */

import { appendFile } from 'node:fs/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Focus, historyOf } from './history.ts';
import { simulate } from './simulate.ts';
import { slowness } from './simulated-process.ts';
import { Tally } from './tally.ts';

const seconds = Number(process.env.GRAPHDROP_SOAK_SECONDS ?? 0);
const first = Number(process.env.GRAPHDROP_SEED ?? 1);
/** Gets a line for each history that ended well: its seed and the digest of its graphs at rest. */
const endStates = process.env.GRAPHDROP_END_STATES;
/** Whether a smaller history is looked for when one fails. */
const shrinks = process.env.GRAPHDROP_SHRINK !== 'no';
/** What histories are to try most: see `Focus`. */
const focus = JSON.parse(process.env.GRAPHDROP_FOCUS ?? '{}') as Focus;
/** Where no soak is asked for. */
const FEW = 3;
/** Histories that happen side by side, each in a world of its own: most of their time is waiting. */
const LANES = 3;
/** For a history, and to find a smaller one once it failed. */
const shrinkingMs = 300_000 * slowness;

test('at rest, graph and state follow from the bucket’s content', {
  timeout: seconds * 1000 + shrinkingMs + 120_000,
}, async () => {
  const tally = new Tally();
  let end = Date.now() + seconds * 1000;
  let next = first;
  const lane = async () => {
    while (Date.now() < end || (seconds === 0 && next < first + FEW && end > 0)) {
      const seed = next++;
      const property = fc.asyncProperty(historyOf(focus), async one => {
        const end = await simulate(one, tally).catch(error => {
          // At once: to find a smaller history takes its time.
          console.error(`seed ${seed}:`, error);
          throw error;
        });
        if (endStates) await appendFile(endStates, `${seed} ${end}\n`);
      });
      await fc.assert(property, { seed, numRuns: 1, interruptAfterTimeLimit: shrinkingMs, endOnFailure: !shrinks });
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
