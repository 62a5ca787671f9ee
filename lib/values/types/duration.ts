import neo4j, { type Duration } from 'neo4j-driver';
import { byFunction, headerType, type StorableType, sharedText } from '../column-type.ts';
import { isInstance } from '../driver-class.ts';
import { durationText } from '../server-text.ts';
import { fail } from '../value.ts';

const { types } = neo4j;
const NANO = 1_000_000_000n;
const MIN_INT64 = -(2n ** 63n);

const MAX_CHARACTERS = 200;

const ISO =
  /^(?<sign>-?)P(?:(?<years>-?\d+)Y)?(?:(?<months>-?\d+)M)?(?:(?<weeks>-?\d+)W)?(?:(?<days>-?\d+)D)?(?:T(?:(?<hours>-?\d+)H)?(?:(?<minutes>-?\d+)M)?(?:(?<seconds>-?\d+)(?:[.,](?<fraction>\d{1,9}))?S)?)?$/;

/**
 * The driver's Duration, or ISO 8601 text such as `P1Y2M3DT4H5.5S` (only seconds may have a fraction). Months, days and seconds
 * are kept apart: a month has no fixed number of days, nor a day of seconds.
 */
export const durationType: StorableType<Duration<bigint>> = {
  name: 'DURATION',
  encode,
  listable: true,
  classes: [types.Duration],
  asked: ({ kind, formats }) => kind === 'string' && formats.some(({ format }) => format === 'duration'),
  headers: { duration: headerType('a duration such as P1DT2H', encode) },
  stored: {
    form: 'object',
    text: ({ months, days, seconds, nanoseconds }) => `P${[months, days, seconds, nanoseconds].join(' ')}`,
    // The driver writes P1MT for a month, which the server refuses.
    ...sharedText<Duration<bigint>>('Duration', 'T', read, durationText),
    answer: { meta: 'duration', json: value => JSON.stringify(durationText(value)) },
    conversion: (_value, form) => (form === 'json' ? conversion : undefined),
  },
};

const conversion = byFunction<Duration<bigint>>('duration', ({ months, days, seconds, nanoseconds }) => ({
  months,
  days,
  seconds,
  nanoseconds,
}));

function encode(value: unknown): Duration<bigint> {
  const parts = isInstance(value, types.Duration) ? partsOf(value) : parse(value);
  if (parts === undefined || parts.some(part => part < MIN_INT64 || part >= -MIN_INT64)) {
    return fail(value, 'a duration (the driver’s Duration or text such as P1DT2H)');
  }
  return made(parts);
}

function read(text: string): Duration<bigint> | undefined {
  const parts = parse(text);
  return parts === undefined ? undefined : made(parts);
}

function made([months = 0n, days = 0n, seconds = 0n, nanoseconds = 0n]: readonly bigint[]): Duration<bigint> {
  return new types.Duration(months, days, seconds, nanoseconds);
}

function partsOf({ months, days, seconds, nanoseconds }: Duration): bigint[] {
  return normal([months, days, seconds, nanoseconds].map(part => BigInt(part.toString())));
}

function parse(value: unknown): bigint[] | undefined {
  // A number of thousands of digits would take long, and overflow anyway.
  const short = typeof value === 'string' && value.length <= MAX_CHARACTERS && !/[PT]$/.test(value);
  const found = short ? ISO.exec(value)?.groups : undefined;
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

/** Brings nanoseconds to 0 to 999,999,999, as the server gives them. */
function normal([months = 0n, days = 0n, seconds = 0n, nanoseconds = 0n]: readonly bigint[]): bigint[] {
  const total = seconds * NANO + nanoseconds;
  const rest = ((total % NANO) + NANO) % NANO;
  return [months, days, (total - rest) / NANO, rest];
}
