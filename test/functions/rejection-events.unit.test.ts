import fc from 'fast-check';
import { expect, it } from 'vitest';
import { callsOf } from '../../functions/rejection-events.ts';

it('every rejection is told once, in calls that EventBridge takes: 10 entries, 256 KB', () => {
  const detail = fc.oneof(
    fc.string({ maxLength: 30, unit: 'grapheme' }),
    fc.integer({ min: 1000, max: 200_000 }).map(length => 'x'.repeat(length)),
  );
  fc.assert(
    fc.property(fc.array(detail, { maxLength: 60 }), details => {
      const calls = [...callsOf(details)];
      expect(calls.flat()).toEqual(details);
      for (const call of calls) {
        expect(call.length).toBeLessThanOrEqual(10);
        expect(call.reduce((sum, each) => sum + Buffer.byteLength(each), 0)).toBeLessThan(256 * 1024);
      }
    }),
  );
});
