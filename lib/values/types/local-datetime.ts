import neo4j, { type LocalDateTime } from 'neo4j-driver';
import { byFunction, headerType, type StorableType, sharedText } from '../column-type.ts';
import { isInstance } from '../driver-class.ts';
import { dateText, timeText } from '../server-text.ts';
import { clockIn, clockOf, DATE, dayIn, dayOf, extended, form, matched, TIME } from '../temporal-fields.ts';
import type { Part } from '../value.ts';

const { types } = neo4j;
const FORM = form(DATE, '[Tt ]', TIME);

/** The driver's LocalDateTime, or ISO text without an offset. */
export const localDateTimeType: StorableType<LocalDateTime<Part>> = {
  name: 'LOCAL DATETIME',
  encode,
  listable: true,
  classes: [types.LocalDateTime],
  asked: ({ kind, formats }) =>
    kind === 'string' && formats.some(({ format, local }) => format === 'datetime' && local === true),
  headers: {
    localdatetime: headerType('a date and time such as 2026-01-31T12:00:00', text => encode(extended(text))),
  },
  stored: {
    form: 'object',
    text: value => `LOCAL DATETIME ${value}`,
    ...sharedText('LocalDateTime', 'T', read),
    answer: { meta: 'localdatetime', json: value => JSON.stringify(`${dateText(value)}T${timeText(value)}`) },
    conversion: (_value, form) => (form === 'json' ? conversion : undefined),
  },
};

function encode(value: unknown): LocalDateTime<Part> {
  const given = isInstance(value, types.LocalDateTime) ? value : matched(FORM, value);
  const expected = 'a local datetime (the driver’s LocalDateTime or text such as 2024-02-29T10:30:00, no offset)';
  const { year, month, day } = dayOf(given, value, expected);
  const { hour, minute, second, nanosecond } = clockOf(given, value, expected);
  return new types.LocalDateTime(year, month, day, hour, minute, second, nanosecond);
}

const conversion = byFunction('localdatetime', String);

function read(text: string): unknown {
  const found = FORM.exec(text)?.groups;
  return found && new types.LocalDateTime(...dayIn(found), ...clockIn(found));
}
