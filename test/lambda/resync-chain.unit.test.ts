/** Promise: while a replaced database is brought back, what was queued is queued again only after pauses that double. */
import { describe, expect, it } from 'vitest';
import { isDue, type Queued, queuedAt } from '../../lib/lambda/resync-chain.ts';
import { parseMessageBody } from '../../lib/lambda/s3-event.ts';

const minute = 60_000;

describe('a chain of resyncs, one a minute', () => {
  it('queues at once, and then seldom', () => {
    const times: number[] = [];
    let queued: Queued | undefined;
    for (let now = 0; now <= 200 * minute; now += minute) {
      if (!isDue(queued, now)) continue;
      queued = queuedAt(queued, now);
      times.push(now / minute);
    }
    expect(times).toEqual([0, 10, 20, 40, 80, 160]);
  });

  it('remembers by its message', () => {
    const queued = queuedAt(undefined, 7);
    const body = JSON.stringify({ resync: true, context: 'main', queued });
    expect(parseMessageBody(body)).toEqual({ kind: 'resync', context: 'main', queued: { first: 7, last: 7 } });
    expect(() => parseMessageBody('{"resync":true,"queued":"yes"}')).toThrow('received');
  });
});
