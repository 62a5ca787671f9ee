/** Temporal values, durations and points from the texts that the server's typed formats have for them. */
import neo4j from 'neo4j-driver';

const { types } = neo4j;

const DATE = /^([+-]?\d+)-(\d\d)-(\d\d)/;
const TIME = /(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(?:(Z|[+-]\d\d:\d\d(?::\d\d)?)(?:\[(.+)\])?)?$/;

/** The value that a text such as `2024-02-29`, `10:30Z` or `P1DT2H` stands for: its form tells the type. @throws RangeError */
export function temporalOf(text: string): unknown {
  if (/^-?P/.test(text)) return durationOf(text);
  const date = DATE.exec(text)?.slice(1).map(BigInt) as [bigint, bigint, bigint] | undefined;
  const parts = TIME.exec(text);
  if (parts === null) {
    if (date === undefined) throw new RangeError(`${text} is no date or time`);
    return new types.Date(...date);
  }
  const [, hour = '0', minute = '0', second = '0', fraction = '', offset, zone] = parts;
  const time = [BigInt(hour), BigInt(minute), BigInt(second), BigInt(fraction.padEnd(9, '0'))] as const;
  if (date === undefined) {
    return offset === undefined ? new types.LocalTime(...time) : new types.Time(...time, seconds(offset));
  }
  return offset === undefined
    ? new types.LocalDateTime(...date, ...time)
    : new types.DateTime(...date, ...time, seconds(offset), zone);
}

function seconds(offset: string): bigint {
  if (offset === 'Z') return 0n;
  const [hours = 0n, minutes = 0n, rest = 0n] = offset.slice(1).split(':').map(BigInt);
  return (offset.startsWith('-') ? -1n : 1n) * (hours * 3600n + minutes * 60n + rest);
}

const NANO = 1_000_000_000n;
const DURATION =
  /^P(?:(-?\d+)Y)?(?:(-?\d+)M)?(?:(-?\d+)W)?(?:(-?\d+)D)?(?:T(?:(-?\d+)H)?(?:(-?\d+)M)?(?:(-?)(\d+)(?:\.(\d+))?S)?)?$/;

function durationOf(text: string) {
  const parts = DURATION.exec(text);
  if (parts === null) throw new RangeError(`${text} is no duration`);
  const [years, months, weeks, days, hours, minutes] = parts.slice(1, 7).map(part => BigInt(part ?? 0));
  const sign = parts[7] === '-' ? -1n : 1n;
  const nanos = sign * (BigInt(parts[8] ?? 0) * NANO + BigInt((parts[9] ?? '').padEnd(9, '0')));
  const all = ((hours as bigint) * 3600n + (minutes as bigint) * 60n) * NANO + nanos;
  // Neo4j's own form: nanoseconds are never negative.
  const rest = ((all % NANO) + NANO) % NANO;
  return new types.Duration(
    (years as bigint) * 12n + (months as bigint),
    (weeks as bigint) * 7n + (days as bigint),
    (all - rest) / NANO,
    rest,
  );
}

/** The point of a text such as `SRID=4326;POINT (12.5 55.5)`. */
export function pointOf(text: string) {
  const [, srid = '', x, y, z] = /^SRID=(\d+);POINT\s*Z?\s*\((\S+) (\S+)(?: (\S+))?\)$/.exec(text) ?? [];
  return new types.Point(BigInt(srid), Number(x), Number(y), ...(z === undefined ? [] : [Number(z)]));
}
