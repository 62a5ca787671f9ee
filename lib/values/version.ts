import neo4j from 'neo4j-driver';
import { isInstance } from './driver-class.ts';
import { epochSecond } from './temporal-fields.ts';
import { zonedDateTimeType } from './types/zoned-datetime.ts';
import { render, ValueError } from './value.ts';

/** Longest text of a version value in characters: it is kept with every owner of a row. */
const MAX_VERSION_LENGTH = 256;

/**
 * Returns a `versionBy` column's value as the text that tracked state keeps: `n` number, `d` date or datetime (nanoseconds since 1970; local
 * ones as if they were UTC), `s` string; empty: no value, which is lower than any.
 *
 * @throws ValueError for other types, NaN and over-long strings
 */
export function versionText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Date) return versionText(zonedDateTimeType.encode(value));
  if (isMoment(value)) return `d${nanosecondsOf(value)}`;
  if (typeof value === 'bigint' || (typeof value === 'number' && !Number.isNaN(value))) return `n${value}`;
  if (typeof value === 'string' && value.length <= MAX_VERSION_LENGTH) return `s${value.toWellFormed()}`;
  throw new ValueError(
    `got ${render(value)}, expected a number, a date, a datetime or a string of at most ${MAX_VERSION_LENGTH} characters as version`,
  );
}

interface Moment {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly nanosecond?: number;
  readonly timeZoneOffsetSeconds?: number;
}

const MOMENTS = [neo4j.types.Date, neo4j.types.LocalDateTime, neo4j.types.DateTime];

function isMoment(value: unknown): value is Moment {
  return MOMENTS.some(moment => isInstance(value, moment));
}

function nanosecondsOf(moment: Moment): bigint {
  const { nanosecond = 0, timeZoneOffsetSeconds = 0 } = moment;
  return BigInt(epochSecond(moment) - timeZoneOffsetSeconds) * 1_000_000_000n + BigInt(nanosecond);
}

/** Stands before the version of a row that is declared absent. */
const ABSENT = '!';

/** Returns the version text of a row that is declared absent. */
export function absentVersion(version: string): string {
  return `${ABSENT}${version}`;
}

/** Returns whether a version text is of a row that is declared absent. */
export function isAbsent(version: string): boolean {
  return version.startsWith(ABSENT);
}

/** Returns the version text that a row has, absent or not. */
export function withoutAbsence(version: string): string {
  return isAbsent(version) ? version.slice(ABSENT.length) : version;
}

/** Orders version texts: none < numbers < dates < strings (by code point), absent or not. Total, and independent of locale. */
export function compareVersions(one: string, other: string): number {
  const [a, b] = [withoutAbsence(one), withoutAbsence(other)];
  if (a === b) return 0;
  const rank = KINDS.indexOf(a.charAt(0)) - KINDS.indexOf(b.charAt(0));
  if (rank !== 0) return rank;
  const [x, y] = [a.slice(1), b.slice(1)];
  if (a.charAt(0) === 's') return compareCodePoints(x, y);
  return compareNumbers(x, y) || compareCodePoints(x, y);
}

const KINDS = ['', 'n', 'd', 's'];

/** Orders strings by code point, as UTF-8 bytes do; `<` on strings orders by UTF-16 unit, which differs beyond U+FFFF. */
export function compareCodePoints(a: string, b: string): number {
  if (a === b) return 0;
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function compareNumbers(a: string, b: string): number {
  const [x, y] = [exact(a), exact(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}

/** Reads a number with all its digits: JavaScript compares bigint with number exactly, so integers keep all their digits. */
function exact(text: string): bigint | number {
  return /^-?\d+$/.test(text) ? BigInt(text) : Number(text);
}
