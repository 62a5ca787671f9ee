const DAY_MS = 24 * 3_600_000;

/** Orders items so that each day begins with another one: the last of today is first another day. */
export function inTurn<T>(items: readonly T[], now: number): T[] {
  const first = Math.floor(now / DAY_MS) % Math.max(1, items.length);
  return [...items.slice(first), ...items.slice(0, first)];
}

/** Returns when one of `left` items must be done for each to have the same time until `end`. Unused time goes to the others. */
export function fairDeadline(now: number, end: number, left: number): number {
  return now + (end - now) / left;
}
