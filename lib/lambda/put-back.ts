/** Messages go back to their queue as new ones: waiting must never use up a receive count, or they end among the dead letters. */
import type { LeaseRefusal } from '../state/scope-head.ts';

/** Why work is put back: its time was up, or the lease is refused. */
export type PutBackReason = LeaseRefusal | 'time';

/**
 * After so many tries in vain a message is no longer put back, but fails: it comes to the dead-letter queue, which rings. More than a
 * day, by the delays below; no deploy takes so long.
 */
const MOST_ATTEMPTS = 120;

/** Seconds of the first delay, and what is added at random, so that they don't come together. */
const DELAYS: Readonly<Record<PutBackReason, { readonly min: number; readonly spread: number }>> = {
  time: { min: 3, spread: 12 },
  held: { min: 3, spread: 12 },
  // A deploy has everything looked at when it ends.
  definition: { min: 60, spread: 60 },
  closed: { min: 120, spread: 60 },
};

/** SQS' own limit. */
const LONGEST_SECONDS = 900;

/** Tells whether a message was put back too often to be again. */
export function isHopeless(attempt: number): boolean {
  return attempt >= MOST_ATTEMPTS;
}

/** Returns the seconds until a message comes back: twice as many with each try. */
export function putBackDelay(reason: PutBackReason, attempt: number, random = Math.random()): number {
  const { min, spread } = DELAYS[reason];
  return Math.min(LONGEST_SECONDS, Math.floor((min + random * spread) * 2 ** Math.min(attempt, 10)));
}
