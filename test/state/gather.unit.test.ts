/** Promise: what is asked together is done in one call, and each asker gets its own answer or the call's error. */
import { describe, expect, it } from 'vitest';
import { gather } from '../../lib/state/gather.ts';

describe('gathering', () => {
  it('does in one call what is asked in one turn, and what comes later in another', async () => {
    const calls: (readonly number[])[] = [];
    const double = gather(async (all: readonly number[]) => {
      calls.push(all);
      return all.map(one => 2 * one);
    });
    expect(await Promise.all([1, 2, 3].map(double))).toEqual([2, 4, 6]);
    expect(await double(4)).toBe(8);
    expect(calls).toEqual([[1, 2, 3], [4]]);
  });

  it('keeps apart what is asked while a call is under way', async () => {
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const calls: (readonly string[])[] = [];
    const slow = gather(async (all: readonly string[]) => {
      calls.push(all);
      if (calls.length === 1) await gate;
      return all;
    });
    const first = slow('a');
    await new Promise(done => setTimeout(done, 5));
    expect(await slow('b')).toBe('b');
    open();
    expect(await first).toBe('a');
    expect(calls).toEqual([['a'], ['b']]);
  });

  it('tells each asker of a failure', async () => {
    const fails = gather(async (): Promise<readonly number[]> => {
      throw new Error('throttled');
    });
    const results = await Promise.allSettled([fails(1), fails(2)]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});
