import neo4j from 'neo4j-driver';
import { fail } from './value.ts';

const { Date: NeoDate, LocalTime, Time, LocalDateTime, DateTime } = neo4j.types;

const DATE = String.raw`(?<year>[+-]\d{1,9}|\d{4})-(?<month>\d\d)-(?<day>\d\d)`;
const TIME = String.raw`(?<hour>\d\d):(?<minute>\d\d)(?::(?<second>\d\d)(?:[.,](?<fraction>\d{1,9}))?)?`;
const OFFSET = String.raw`(?<offset>[Zz]|[+-]\d\d(?::?\d\d(?::\d\d)?)?)`;
const ZONE = String.raw`(?:\[(?<zone>[A-Za-z0-9_/+-]+)\])`;

const FORMS = {
  date: form(DATE),
  localTime: form(TIME),
  time: form(`${TIME}${OFFSET}`),
  localDateTime: form(`${DATE}[Tt ]${TIME}`),
  dateTime: form(`${DATE}[Tt ]${TIME}(?:${OFFSET}${ZONE}?|${ZONE.replace('zone', 'only')})`),
};

/** A DATE: the driver's Date, or ISO text such as `2024-02-29`. @throws ValueError */
export function encodeDate(value: unknown): InstanceType<typeof NeoDate> {
  const expected = 'a date (the driver’s Date or text such as 2024-02-29)';
  const day = dayOf(neo4j.isDate(value as object) ? value : matched(FORMS.date, value), value, expected);
  return new NeoDate(day.year, day.month, day.day);
}

/** A LOCAL TIME: the driver's LocalTime, or ISO text such as `10:30:00.5`. @throws ValueError */
export function encodeLocalTime(value: unknown): InstanceType<typeof LocalTime> {
  const expected = 'a local time (the driver’s LocalTime or text such as 10:30:00)';
  const { hour, minute, second, nanosecond } = clockOf(
    neo4j.isLocalTime(value as object) ? value : matched(FORMS.localTime, value),
    value,
    expected,
  );
  return new LocalTime(hour, minute, second, nanosecond);
}

/** A ZONED TIME: the driver's Time, or ISO text with an offset, `10:30:00+02:00`. @throws ValueError */
export function encodeTime(value: unknown): InstanceType<typeof Time> {
  const expected = 'a time with an offset (the driver’s Time or text such as 10:30:00+02:00)';
  const given = neo4j.isTime(value as object) ? value : matched(FORMS.time, value);
  const { hour, minute, second, nanosecond } = clockOf(given, value, expected);
  return new Time(hour, minute, second, nanosecond, offsetOf(given, value, expected));
}

/** A LOCAL DATETIME: the driver's LocalDateTime, or ISO text without an offset. @throws ValueError */
export function encodeLocalDateTime(value: unknown): InstanceType<typeof LocalDateTime> {
  const expected = 'a local datetime (the driver’s LocalDateTime or text such as 2024-02-29T10:30:00, no offset)';
  const given = neo4j.isLocalDateTime(value as object) ? value : matched(FORMS.localDateTime, value);
  const { year, month, day } = dayOf(given, value, expected);
  const { hour, minute, second, nanosecond } = clockOf(given, value, expected);
  return new LocalDateTime(year, month, day, hour, minute, second, nanosecond);
}

/**
 * A ZONED DATETIME: a JavaScript Date (UTC), the driver's DateTime, or ISO text with an offset (`Z`, `+02:00`), a time zone
 * (`[Europe/Berlin]`) or both. Without an offset the zone's own at that time is taken.
 *
 * @throws ValueError
 */
export function encodeDateTime(value: unknown): InstanceType<typeof DateTime> {
  const expected =
    'a datetime with an offset (a valid Date, the driver’s DateTime or text such as 2024-02-29T10:30:00Z)';
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) return fail(value, 'a valid Date');
    return encodeDateTime(value.toISOString());
  }
  const given = neo4j.isDateTime(value as object) ? value : matched(FORMS.dateTime, value);
  const { year, month, day } = dayOf(given, value, expected);
  const { hour, minute, second, nanosecond } = clockOf(given, value, expected);
  const { zone, only, timeZoneId } = given as Record<string, string | null | undefined>;
  const name = zone ?? only ?? timeZoneId ?? undefined;
  const local = epochSecond({ year, month, day, hour, minute, second });
  const own = hasOffset(given) ? offsetOf(given, value, expected) : undefined;
  if (name === undefined) {
    if (own === undefined) return fail(value, expected);
    return new DateTime(year, month, day, hour, minute, second, nanosecond, own);
  }
  const offset = zoneOffset(name, local, own);
  if (offset === undefined) return fail(value, `a time zone that is known, and its own offset, not ${name}`);
  return new DateTime(year, month, day, hour, minute, second, nanosecond, offset, name);
}

/** Seconds since 1970 of a datetime's fields, as if they were UTC; months and days count from 1. */
export function epochSecond(fields: {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour?: number;
  readonly minute?: number;
  readonly second?: number;
}): number {
  const { year, month, day, hour = 0, minute = 0, second = 0 } = fields;
  // Date takes years 0 to 99 for 1900 to 1999 unless they are set by themselves. The calendar repeats every 400 years:
  // so its range of 270,000 years is no limit.
  const cycles = Math.floor(year / 400);
  const date = new Date(0);
  date.setUTCFullYear(year - cycles * 400, month - 1, day);
  return date.getTime() / 1000 + cycles * 146_097 * 86_400 + hour * 3600 + minute * 60 + second;
}

function form(pattern: string): RegExp {
  return new RegExp(`^${pattern}$`);
}

/** The parts of a text, none if it's no text or has another form. */
function matched(pattern: RegExp, value: unknown): object {
  return (typeof value === 'string' && pattern.exec(value)?.groups) || {};
}

function dayOf(given: unknown, value: unknown, expected: string) {
  const { year, month, day } = given as Record<string, unknown>;
  const fields = {
    year: whole(year, -999_999_999, 999_999_999),
    month: whole(month, 1, 12),
    day: whole(day, 1, 31),
  };
  if (Object.values(fields).some(Number.isNaN)) return fail(value, expected);
  // The server would take 30 February for 1 March.
  const last = new Date(Date.UTC(2000 + (((fields.year % 400) + 400) % 400), fields.month, 0)).getUTCDate();
  return fields.day > last ? fail(value, `a day that month ${fields.month} of ${fields.year} has`) : fields;
}

function clockOf(given: unknown, value: unknown, expected: string) {
  const { hour, minute, second = 0, nanosecond, fraction = '' } = given as Record<string, unknown>;
  const fields = {
    hour: whole(hour, 0, 23),
    minute: whole(minute, 0, 59),
    second: whole(second, 0, 59),
    nanosecond: whole(nanosecond ?? String(fraction).padEnd(9, '0'), 0, 999_999_999),
  };
  return Object.values(fields).some(Number.isNaN) ? fail(value, expected) : fields;
}

function hasOffset(given: unknown): boolean {
  const { offset, timeZoneOffsetSeconds } = given as Record<string, unknown>;
  return offset !== undefined || (timeZoneOffsetSeconds !== undefined && timeZoneOffsetSeconds !== null);
}

/** Seconds east of UTC; Neo4j takes up to 18 hours. */
function offsetOf(given: unknown, value: unknown, expected: string): number {
  const { offset, timeZoneOffsetSeconds } = given as Record<string, unknown>;
  let seconds = timeZoneOffsetSeconds;
  if (typeof offset === 'string') {
    const [hours = 0, minutes = 0, rest = 0] = (offset.slice(1).match(/\d\d/g) ?? []).map(Number);
    seconds =
      minutes > 59 || rest > 59 ? undefined : (offset.startsWith('-') ? -1 : 1) * (hours * 3600 + minutes * 60 + rest);
  }
  const checked = whole(seconds, -64_800, 64_800);
  return Number.isNaN(checked) ? fail(value, expected) : checked;
}

/** A field as number, whatever form the driver or a text gave it in; NaN: it is none, or out of range. */
function whole(field: unknown, least: number, most: number): number {
  const number = field === undefined || field === null || field === '' ? Number.NaN : Number(field);
  return Number.isInteger(number) && number >= least && number <= most ? number + 0 : Number.NaN;
}

/**
 * A zone's offset in seconds at a local time.
 *
 * @param own the offset that is said to be the zone's: tells the two hours of autumn apart
 * @returns undefined: nobody knows the zone, or `own` isn't its offset then
 */
function zoneOffset(zone: string, local: number, own?: number): number | undefined {
  try {
    const format = new Intl.DateTimeFormat('en-u-hc-h23', {
      timeZone: zone,
      timeZoneName: 'longOffset',
    });
    const at = (seconds: number): number => {
      const name = format.formatToParts(seconds * 1000).find(({ type }) => type === 'timeZoneName')?.value ?? '';
      const [, sign = '+', hours = 0, minutes = 0, rest = 0] = /GMT([+-])(\d\d):(\d\d)(?::(\d\d))?/.exec(name) ?? [];
      return (sign === '-' ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60 + Number(rest));
    };
    if (own !== undefined) return at(local - own) === own ? own : undefined;
    // Twice: the first guess may be on the other side of a change of the clocks.
    return at(local - at(local - at(local)));
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
