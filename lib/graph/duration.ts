import neo4j, { type Duration } from 'neo4j-driver';
import { fail } from './value.ts';

const ISO =
  /^(?<sign>-?)P(?=[\dT-])(?:(?<years>-?\d+)Y)?(?:(?<months>-?\d+)M)?(?:(?<weeks>-?\d+)W)?(?:(?<days>-?\d+)D)?(?:T(?=[\d-])(?:(?<hours>-?\d+)H)?(?:(?<minutes>-?\d+)M)?(?:(?<seconds>-?\d+)(?:[.,](?<fraction>\d{1,9}))?S)?)?$/;

/**
 * A DURATION: the driver's Duration, or ISO 8601 text such as `P1Y2M3DT4H5.5S` (only seconds may have a fraction). Months, days
 * and seconds are kept apart: a month has no fixed number of days, nor a day of seconds.
 *
 * @throws ValueError
 */
export function encodeDuration(value: unknown): Duration<bigint> {
  const expected = 'a duration (the driver’s Duration or text such as P1DT2H)';
  const parts = neo4j.isDuration(value as object) ? partsOf(value as Duration) : parse(value);
  if (parts === undefined || parts.some(part => part < -(2n ** 63n) || part >= 2n ** 63n)) return fail(value, expected);
  const [months = 0n, days = 0n, seconds = 0n, nanoseconds = 0n] = parts;
  return new neo4j.types.Duration(months, days, seconds, nanoseconds) as unknown as Duration<bigint>;
}

function partsOf({ months, days, seconds, nanoseconds }: Duration): bigint[] | undefined {
  const parts = [months, days, seconds, nanoseconds].map(part => BigInt(part.toString()));
  return normal(parts);
}

function parse(value: unknown): bigint[] | undefined {
  const found = typeof value === 'string' ? ISO.exec(value)?.groups : undefined;
  if (found === undefined) return undefined;
  const part = (name: string) => BigInt(found[name] ?? 0);
  const fraction = BigInt((found.fraction ?? '').padEnd(9, '0')) * (found.seconds?.startsWith('-') ? -1n : 1n);
  const parts = [
    part('years') * 12n + part('months'),
    part('weeks') * 7n + part('days'),
    part('hours') * 3600n + part('minutes') * 60n + part('seconds'),
    fraction,
  ];
  return normal(found.sign === '-' ? parts.map(each => -each) : parts);
}

/** Nanoseconds from 0 to 999,999,999, as the server gives them. */
function normal([months = 0n, days = 0n, seconds = 0n, nanoseconds = 0n]: readonly bigint[]): bigint[] {
  const total = seconds * 1_000_000_000n + nanoseconds;
  const rest = ((total % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  return [months, days, (total - rest) / 1_000_000_000n, rest];
}
