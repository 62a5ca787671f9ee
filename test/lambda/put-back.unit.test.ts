/** Promise: work that is put back comes back later each time, and not for ever. */
import { expect, it } from 'vitest';
import { isHopeless, putBackDelay } from '../../lib/lambda/put-back.ts';
import { parseMessageBody } from '../../lib/lambda/s3-event.ts';
import { bodiesOf } from '../../lib/lambda/sync-queue.ts';

it('after seconds where another worker commits, after minutes where a scope is closed, twice as many each time', () => {
  expect([0, 1, 2, 3].map(attempt => putBackDelay('held', attempt, 0))).toEqual([3, 6, 12, 24]);
  expect([0, 1, 2].map(attempt => putBackDelay('definition', attempt, 0.5))).toEqual([90, 180, 360]);
  expect(putBackDelay('closed', 0, 0)).toBe(120);
});

it('never later than SQS lets them', () => {
  for (const reason of ['time', 'held', 'definition', 'closed'] as const) {
    for (let attempt = 0; attempt < 200; attempt += 1)
      expect(putBackDelay(reason, attempt, 1)).toBeLessThanOrEqual(900);
  }
});

it('longer than a day, and then no more', () => {
  const attempts = Array.from({ length: 1_000 }, (_, n) => n).filter(attempt => !isHopeless(attempt));
  const seconds = attempts.reduce((sum, attempt) => sum + putBackDelay('held', attempt, 0), 0);
  expect(seconds).toBeGreaterThan(86_400);
  expect(attempts.length).toBeLessThan(1_000);
});

it('messages carry what was tried', () => {
  const [body = ''] = bodiesOf('bucket', ['a'], { attempt: 3, alone: true });
  expect(parseMessageBody(body)).toEqual({
    kind: 'objects',
    objects: [{ bucket: 'bucket', key: 'a' }],
    attempt: 3,
    alone: true,
  });
  expect(() => parseMessageBody('{"bucket":"b","keys":["a"],"attempt":"x"}')).toThrow('received');
});
