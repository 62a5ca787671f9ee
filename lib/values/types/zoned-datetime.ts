import neo4j, { type DateTime } from 'neo4j-driver';
import {
  byFunction,
  type HeaderSettings,
  headerType,
  readWhole,
  type StorableType,
  typedJson,
} from '../column-type.ts';
import { isInstance } from '../driver-class.ts';
import { dateText, timeText, zoneText } from '../server-text.ts';
import {
  bigints,
  clockIn,
  clockOf,
  DATE,
  dayIn,
  dayOf,
  epochSecond,
  extended,
  form,
  hasOffset,
  matched,
  numbers,
  OFFSET,
  offsetIn,
  offsetOf,
  offsetWithSeconds,
  TIME,
} from '../temporal-fields.ts';
import { fail, type Part } from '../value.ts';
import { zoneOffset } from '../zone-offset.ts';

const { types } = neo4j;
const ZONE = String.raw`\[(?<zone>[^\]]+)\]`;
const FORM = form(DATE, '[Tt ]', TIME, `(?:${OFFSET}(?:${ZONE})?|${ZONE.replace('zone', 'only')})`);

/**
 * A JavaScript Date (UTC), the driver's DateTime, or ISO text with an offset (`Z`, `+02:00`), a time zone (`[Europe/Berlin]`) or
 * both. Without an offset the zone's own at that time is taken.
 */
export const zonedDateTimeType: StorableType<DateTime<Part>> = {
  name: 'ZONED DATETIME',
  encode,
  listable: true,
  classes: [types.DateTime, Date],
  asked: ({ kind, formats }) =>
    kind === 'date' ||
    (kind === 'string' && formats.some(({ format, local }) => format === 'datetime' && local !== true)),
  headers: { datetime: headerType('a date and time such as 2026-01-31T12:00:00Z', readCell) },
  stored: {
    form: 'object',
    text: value => `ZONED DATETIME ${value}`,
    // The HTTP API gives a datetime in the zone UTC as one of offset 0.
    alike: value =>
      value.timeZoneId == null && Number(value.timeZoneOffsetSeconds) === 0 ? [`ZONED DATETIME ${value}[UTC]`] : [],
    // The two 02:30 of an autumn night: local time and zone are equal, the offsets differ.
    hasEquals: ({ timeZoneId }) => timeZoneId != null,
    queryApi: {
      types: ['OffsetDateTime', 'ZonedDateTime'],
      write(value) {
        if (value.timeZoneOffsetSeconds == null) throw new RangeError(`${value}: a datetime needs its offset, too`);
        return typedJson(value.timeZoneId == null ? 'OffsetDateTime' : 'ZonedDateTime', String(value));
      },
      read: content => readWhole(read, content as string, 'DateTime'),
    },
    jolt: { sigil: 'T', read },
    answer: {
      meta: 'datetime',
      json: value => JSON.stringify(`${dateText(value)}T${timeText(value)}${zoneText(value)}`),
    },
    conversion: (_value, form) => (form === 'json' ? conversion : undefined),
  },
};

function encode(value: unknown): DateTime<Part> {
  const expected =
    'a datetime with an offset (a valid Date, the driver’s DateTime or text such as 2024-02-29T10:30:00Z)';
  if (value instanceof Date) {
    return Number.isNaN(value.getTime()) ? fail(value, 'a valid Date') : encode(value.toISOString());
  }
  const given: object = isInstance(value, types.DateTime) ? value : matched(FORM, value);
  const { year, month, day } = dayOf(given, value, expected);
  const { hour, minute, second, nanosecond } = clockOf(given, value, expected);
  const { zone, only, timeZoneId } = given as Record<string, string | null | undefined>;
  const name = zone ?? only ?? timeZoneId ?? undefined;
  const own = hasOffset(given) ? offsetOf(given, value, expected) : undefined;
  if (name === undefined) {
    if (own === undefined) return fail(value, expected);
    return new types.DateTime(year, month, day, hour, minute, second, nanosecond, own);
  }
  const offset = zoneOffset(name, epochSecond({ year, month, day, hour, minute, second }), own);
  if (offset === undefined) return fail(value, `a time zone that is known, and its own offset, not ${name}`);
  return new types.DateTime(year, month, day, hour, minute, second, nanosecond, offset, name);
}

/** Text; if the offset has seconds, which Cypher doesn't read in texts, a map. */
const conversion = byFunction<DateTime<Part>>('datetime', value => {
  const text = String(value);
  const offset = offsetWithSeconds(text);
  if (offset === undefined) return text;
  const { year, month, day, hour, minute, second, nanosecond, timeZoneId, timeZoneOffsetSeconds } = value;
  const fields = { year, month, day, hour, minute, second };
  if (timeZoneId == null) return { ...bigints({ ...fields, nanosecond }), timezone: offset };
  const epochSeconds = epochSecond(numbers(fields)) - Number(timeZoneOffsetSeconds);
  // In years this far away a number isn't exact: the server will refuse the text.
  if (!Number.isSafeInteger(epochSeconds)) return text;
  return { ...bigints({ epochSeconds, nanosecond }), timezone: timeZoneId };
});

function read(text: string): unknown {
  const found = FORM.exec(text)?.groups;
  return found && new types.DateTime(...dayIn(found), ...clockIn(found), offsetIn(found), found.zone);
}

const DAY = form(DATE);
const LOCAL = form(DATE, '[Tt ]', TIME);

/** Reads a date and time of an export; without a zone it has the header's, or UTC. */
function readCell(text: string, { timezone = 'Z' }: HeaderSettings): DateTime<Part> {
  const written = extended(text);
  const local = DAY.test(written) ? `${written}T00:00` : written;
  if (!LOCAL.test(local)) return encode(local);
  return encode(/^[Zz+-]/.test(String(timezone)) ? `${local}${timezone}` : `${local}[${timezone}]`);
}
