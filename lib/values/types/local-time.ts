import neo4j, { type LocalTime } from 'neo4j-driver';
import { byFunction, headerType, type StorableType, sharedText } from '../column-type.ts';
import { isInstance } from '../driver-class.ts';
import { timeText } from '../server-text.ts';
import { clockIn, clockOf, extended, form, matched, TIME } from '../temporal-fields.ts';
import type { Part } from '../value.ts';

const { types } = neo4j;
const FORM = form(TIME);

/** The driver's LocalTime, or ISO text such as `10:30:00.5`. */
export const localTimeType: StorableType<LocalTime<Part>> = {
  name: 'LOCAL TIME',
  encode,
  listable: true,
  classes: [types.LocalTime],
  asked: ({ kind, formats }) => kind === 'string' && formats.some(({ format }) => format === 'time'),
  headers: { localtime: headerType('a time such as 12:30:00', text => encode(extended(text))) },
  stored: {
    form: 'object',
    text: value => `LOCAL TIME ${value}`,
    ...sharedText('LocalTime', 'T', read),
    answer: { meta: 'localtime', json: value => JSON.stringify(timeText(value)) },
    conversion: (_value, form) => (form === 'json' ? conversion : undefined),
  },
};

function encode(value: unknown): LocalTime<Part> {
  const given = isInstance(value, types.LocalTime) ? value : matched(FORM, value);
  const expected = 'a local time (the driver’s LocalTime or text such as 10:30:00)';
  const { hour, minute, second, nanosecond } = clockOf(given, value, expected);
  return new types.LocalTime(hour, minute, second, nanosecond);
}

const conversion = byFunction('localtime', String);

function read(text: string): unknown {
  const found = FORM.exec(text)?.groups;
  return found && new types.LocalTime(...clockIn(found));
}
