const DAY_MS = 24 * 3_600_000;

/** The items in an order that begins with another one each day, so that whoever comes last today is first another day. */
export function inTurn<T>(items: readonly T[], now: number): T[] {
  const first = Math.floor(now / DAY_MS) % Math.max(1, items.length);
  return [...items.slice(first), ...items.slice(0, first)];
}

/** When one of `left` items must be done so that each has the same time until `end`; what it doesn't use is the others'. */
export function fairDeadline(now: number, end: number, left: number): number {
  return now + (end - now) / left;
}
