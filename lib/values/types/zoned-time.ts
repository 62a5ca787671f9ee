import neo4j, { type Time } from 'neo4j-driver';
import { byFunction, type HeaderSettings, headerType, type StorableType, sharedText } from '../column-type.ts';
import { isInstance } from '../driver-class.ts';
import { offsetText, timeText } from '../server-text.ts';
import {
  bigints,
  clockIn,
  clockOf,
  extended,
  form,
  matched,
  OFFSET,
  offsetIn,
  offsetOf,
  offsetWithSeconds,
  TIME,
} from '../temporal-fields.ts';
import type { Part } from '../value.ts';

const { types } = neo4j;
const FORM = form(TIME, OFFSET);

/** The driver's Time, or ISO text with an offset, `10:30:00+02:00`. */
export const zonedTimeType: StorableType<Time<Part>> = {
  name: 'ZONED TIME',
  encode,
  listable: true,
  classes: [types.Time],
  headers: { time: headerType('a time such as 12:30:00+02:00', readCell) },
  stored: {
    form: 'object',
    text: value => `ZONED TIME ${value}`,
    ...sharedText('Time', 'T', read),
    answer: { meta: 'time', json: value => JSON.stringify(timeText(value) + offsetText(value.timeZoneOffsetSeconds)) },
    conversion: (_value, form) => (form === 'json' ? conversion : undefined),
  },
};

function encode(value: unknown): Time<Part> {
  const given = isInstance(value, types.Time) ? value : matched(FORM, value);
  const expected = 'a time with an offset (the driver’s Time or text such as 10:30:00+02:00)';
  const { hour, minute, second, nanosecond } = clockOf(given, value, expected);
  return new types.Time(hour, minute, second, nanosecond, offsetOf(given, value, expected));
}

const LOCAL = form(TIME);

/** Reads a time of an export; without an offset it has the header's, or UTC. */
function readCell(text: string, { timezone = 'Z' }: HeaderSettings): Time<Part> {
  const written = extended(text);
  return encode(LOCAL.test(written) ? `${written}${timezone}` : written);
}

/** Text; if the offset has seconds, which Cypher doesn't read in texts, a map. */
const conversion = byFunction<Time<Part>>('time', value => {
  const text = String(value);
  const offset = offsetWithSeconds(text);
  if (offset === undefined) return text;
  const { hour, minute, second, nanosecond } = value;
  return { ...bigints({ hour, minute, second, nanosecond }), timezone: offset };
});

function read(text: string): unknown {
  const found = FORM.exec(text)?.groups;
  return found && new types.Time(...clockIn(found), offsetIn(found));
}
