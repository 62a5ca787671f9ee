/** Promise: doctor says which alarms of a stack ring, and what to do about each. */
import { expect, it } from 'vitest';
import { type AlarmState, judge } from '../../lib/cli/doctor/alarms.ts';

const alarm = (StateValue: AlarmState['StateValue'], name: string, text = 'it rings'): AlarmState => ({
  AlarmName: `stack-${name}`,
  AlarmDescription: `graphdrop: ${text} (docs/operations.md, ${name})`,
  StateValue,
  StateUpdatedTimestamp: new Date('2026-11-29T08:00:00Z'),
});

it('alarms that do not ring are in order, also new ones without data', () => {
  expect(judge([alarm('OK', 'Errors'), alarm('OK', 'Failed')])).toEqual({ ok: true, found: 'none of 2 rings' });
  expect(judge([alarm('OK', 'Errors'), alarm('INSUFFICIENT_DATA', 'Failed')])).toEqual({
    ok: true,
    found: 'none of 2 rings; 1 without data yet, as new ones are for some minutes: Failed',
  });
});

it('alarms that ring are told with since when, and what to do, once for each kind', () => {
  const all = [
    alarm('ALARM', 'Waiting', 'files of context a wait'),
    alarm('ALARM', 'Waiting', 'files of context b wait'),
    alarm('OK', 'Errors'),
    alarm('ALARM', 'Throttles', 'no concurrency is left'),
  ];
  const { ok, found, remedy = '' } = judge(all);
  expect(ok).toBe(false);
  expect(found).toBe(
    '3 of 4 ring: files of context a wait (since 2026-11-29T08:00:00.000Z); files of context b wait ' +
      '(since 2026-11-29T08:00:00.000Z); no concurrency is left (since 2026-11-29T08:00:00.000Z)',
  );
  expect(remedy).toMatch(/^Waiting: put-back, .* needs nothing\. Throttles: the account's concurrency /);
});

it('an alarm that people put into the stack is told with their own words', () => {
  const own: AlarmState = { AlarmName: 'own', AlarmDescription: 'call Ada', StateValue: 'ALARM' };
  expect(judge([own])).toEqual({
    ok: false,
    found: '1 of 1 ring: own',
    remedy: 'own: its description says what to do: call Ada.',
  });
});
