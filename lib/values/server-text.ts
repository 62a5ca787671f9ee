/** Texts of temporal values as Java's `toString` gives them, and so the server's HTTP API. */

import type { Date as CypherDate, DateTime, Duration, LocalTime } from 'neo4j-driver';
import type { Part } from './value.ts';
import { withoutEnding } from './without-ending.ts';

type Fields<T, K extends keyof T> = Readonly<Record<K, Part>>;

export function dateText(value: Fields<CypherDate, 'year' | 'month' | 'day'>): string {
  const year = Number(value.year);
  const sign = year < 0 ? '-' : year > 9999 ? '+' : '';
  return `${sign}${pad(Math.abs(year), 4)}-${pad(value.month)}-${pad(value.day)}`;
}

/** Leaves seconds out when there are none; the fraction has 3, 6 or 9 digits. */
export function timeText(value: Fields<LocalTime, 'hour' | 'minute' | 'second' | 'nanosecond'>): string {
  const nanos = Number(value.nanosecond);
  const fraction = nanos === 0 ? '' : `.${pad(nanos, 9).replace(/(000){1,2}$/, '')}`;
  const seconds = Number(value.second) === 0 && nanos === 0 ? '' : `:${pad(value.second)}${fraction}`;
  return `${pad(value.hour)}:${pad(value.minute)}${seconds}`;
}

export function zoneText({ timeZoneOffsetSeconds, timeZoneId }: DateTime<Part>): string {
  const name = timeZoneId ? `[${timeZoneId}]` : '';
  return `${offsetText(timeZoneOffsetSeconds ?? 0)}${name}`;
}

export function offsetText(given: Part): string {
  const total = Number(given);
  if (total === 0) return 'Z';
  const seconds = Math.abs(total);
  const rest = seconds % 60 === 0 ? '' : `:${pad(seconds % 60)}`;
  return `${total < 0 ? '-' : '+'}${pad(Math.floor(seconds / 3600))}:${pad(Math.floor(seconds / 60) % 60)}${rest}`;
}

const NANOS_PER_SECOND = 1_000_000_000n;

/** Gives ISO 8601 as Neo4j prints it: years and months, days, and a time whose parts have one sign. */
export function durationText(value: Duration<Part>): string {
  const [months, days] = [BigInt(String(value.months)), BigInt(String(value.days))];
  const nanos = BigInt(String(value.seconds)) * NANOS_PER_SECOND + BigInt(String(value.nanoseconds));
  const seconds = nanos / NANOS_PER_SECOND;
  const digits = String(nanos < 0n ? -nanos : nanos)
    .padStart(10, '0')
    .slice(-9);
  const fraction = withoutEnding(digits, '0');
  const whole = seconds % 60n;
  const sign = whole === 0n && nanos < 0n && fraction !== '' ? '-' : '';
  const last = whole === 0n && fraction === '' ? '' : `${sign}${whole}${fraction && `.${fraction}`}S`;
  const date = `${part(months / 12n, 'Y')}${part(months % 12n, 'M')}${part(days, 'D')}`;
  const clock = `${part(seconds / 3600n, 'H')}${part((seconds / 60n) % 60n, 'M')}${last}`;
  return date + clock === '' ? 'PT0S' : `P${date}${clock && `T${clock}`}`;
}

function part(count: bigint, unit: string): string {
  return count === 0n ? '' : `${count}${unit}`;
}

function pad(value: Part, length = 2): string {
  return String(value).padStart(length, '0');
}
