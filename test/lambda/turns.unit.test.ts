/** Threat: a large scope takes all the time, so that others never have their turn. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fairDeadline, inTurn } from '../../lib/lambda/turns.ts';

const DAY = 24 * 3_600_000;
const scopes = fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 50 });
const time = fc.integer({ min: 0, max: 10 ** 13 });

describe('no scope waits for another for ever', () => {
  it('each day begins with another, and all have their turn', () => {
    fc.assert(
      fc.property(scopes, time, (items, now) => {
        const days = items.map((_, day) => inTurn(items, now + day * DAY));
        for (const order of days) expect([...order].sort()).toEqual([...items].sort());
        for (const place of [0, items.length - 1]) {
          expect(days.map(order => order[place]).sort()).toEqual([...items].sort());
        }
      }),
    );
    expect(inTurn([], 5 * DAY)).toEqual([]);
  });

  it('a scope that uses all its time leaves each of the others as much', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 50 }), time, (greedy, start) => {
        const end = start + 840_000;
        let now = start;
        for (const [i, takesAll] of greedy.entries()) {
          const deadline = fairDeadline(now, end, greedy.length - i);
          expect(deadline - now).toBeGreaterThanOrEqual(840_000 / greedy.length - 1);
          expect(deadline).toBeLessThanOrEqual(end + 1);
          if (takesAll) now = deadline;
        }
      }),
    );
  });
});
