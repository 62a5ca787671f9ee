import { fail, type Part } from './value.ts';

export const DATE = String.raw`(?<year>[+-]\d{1,9}|\d{4})-(?<month>\d\d)-(?<day>\d\d)`;
export const TIME = String.raw`(?<hour>\d\d):(?<minute>\d\d)(?::(?<second>\d\d)(?:[.,](?<fraction>\d{1,9}))?)?`;
export const OFFSET = String.raw`(?<offset>[Zz]|[+-]\d\d(?::?\d\d(?::\d\d)?)?)`;

/**
 * Writes a date or time of an export in ISO 8601's extended form, where it is in the basic one (`20260131T1200`).
 */
export function extended(text: string): string {
  return text
    .replace(/^(\d{4})(\d\d)(\d\d)(?=$|[Tt])/, '$1-$2-$3')
    .replace(/((?:^|[Tt])\d\d)(\d\d)(\d\d)?(?![\d-])/, (_, hour: string, minute: string, second?: string) =>
      second === undefined ? `${hour}:${minute}` : `${hour}:${minute}:${second}`,
    );
}

/** Returns the form of a whole text of these parts. */
export function form(...parts: readonly string[]): RegExp {
  return new RegExp(`^${parts.join('')}$`);
}

/** Returns the parts of a text: none if it isn't a text or has another form. */
export function matched(pattern: RegExp, value: unknown): Groups {
  return (typeof value === 'string' && pattern.exec(value)?.groups) || {};
}

/** What a text's form found in it. */
export type Groups = Readonly<Record<string, string | undefined>>;

/** Returns year, month and day of a text, as the driver gives them with `useBigInt`. */
export function dayIn({ year, month, day }: Groups): [bigint, bigint, bigint] {
  return [bigOf(year), bigOf(month), bigOf(day)];
}

/** Returns hour, minute, second and nanosecond of a text, as {@link dayIn}. */
export function clockIn({ hour, minute, second, fraction = '' }: Groups): [bigint, bigint, bigint, bigint] {
  return [bigOf(hour), bigOf(minute), bigOf(second), BigInt(fraction.padEnd(9, '0'))];
}

/** Returns a text's seconds east of UTC, as {@link dayIn}. */
export function offsetIn({ offset = 'Z' }: Groups): bigint {
  return BigInt(offsetSeconds(offset) ?? 0);
}

function bigOf(digits = '0'): bigint {
  return BigInt(digits.replace('+', ''));
}

/** Returns seconds since 1970 of a datetime's fields, as if they were UTC; months and days count from 1. */
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

/** Returns the offset of a time's text, if it has seconds. */
export function offsetWithSeconds(text: string): string | undefined {
  return /[+-]\d\d:\d\d:\d\d(?=\[|$)/.exec(text)?.[0];
}

/** Returns fields as INTEGER parameters. */
export function bigints<K extends string>(fields: Readonly<Record<K, Part>>): Record<K, bigint> {
  return mapped(fields, field => BigInt(String(field)));
}

export function numbers<K extends string>(fields: Readonly<Record<K, Part>>): Record<K, number> {
  return mapped(fields, Number);
}

function mapped<K extends string, T>(fields: Readonly<Record<K, Part>>, change: (field: Part) => T): Record<K, T> {
  const entries = Object.entries<Part>(fields).map(([name, field]) => [name, change(field)]);
  return Object.fromEntries(entries) as Record<K, T>;
}

/** Returns year, month and day of a text's parts or a driver's value. @throws ValueError for a day that isn't */
export function dayOf(given: unknown, value: unknown, expected: string) {
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

/** Returns hour, minute, second and nanosecond, as {@link dayOf}. */
export function clockOf(given: unknown, value: unknown, expected: string) {
  const { hour, minute, second = 0, nanosecond, fraction = '' } = given as Record<string, unknown>;
  const fields = {
    hour: whole(hour, 0, 23),
    minute: whole(minute, 0, 59),
    second: whole(second, 0, 59),
    nanosecond: whole(nanosecond ?? String(fraction).padEnd(9, '0'), 0, 999_999_999),
  };
  return Object.values(fields).some(Number.isNaN) ? fail(value, expected) : fields;
}

export function hasOffset(given: unknown): boolean {
  const { offset, timeZoneOffsetSeconds } = given as Record<string, unknown>;
  return offset !== undefined || (timeZoneOffsetSeconds !== undefined && timeZoneOffsetSeconds !== null);
}

/** Returns seconds east of UTC, as {@link dayOf}; Neo4j takes up to 18 hours. */
export function offsetOf(given: unknown, value: unknown, expected: string): number {
  const { offset, timeZoneOffsetSeconds } = given as Record<string, unknown>;
  const seconds = typeof offset === 'string' ? offsetSeconds(offset) : timeZoneOffsetSeconds;
  const checked = whole(seconds, -64_800, 64_800);
  return Number.isNaN(checked) ? fail(value, expected) : checked;
}

/** Returns the seconds that an offset's text says; undefined: minutes or seconds are over 59. */
function offsetSeconds(offset: string): number | undefined {
  const [hours = 0, minutes = 0, rest = 0] = (offset.slice(1).match(/\d\d/g) ?? []).map(Number);
  if (minutes > 59 || rest > 59) return undefined;
  return (offset.startsWith('-') ? -1 : 1) * (hours * 3600 + minutes * 60 + rest);
}

/** Returns a field as number, whatever form the driver or a text gave it in; NaN: it is none, or out of range. */
function whole(field: unknown, least: number, most: number): number {
  const number = field === undefined || field === null || field === '' ? Number.NaN : Number(field);
  return Number.isInteger(number) && number >= least && number <= most ? number + 0 : Number.NaN;
}
