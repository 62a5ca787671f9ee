import neo4j, {
  type Date as CypherDate,
  type DateTime,
  type Duration,
  type Integer,
  type LocalTime,
} from 'neo4j-driver';

type NumberOrInteger = number | bigint | Integer;

const { isDate, isDateTime, isDuration, isLocalDateTime, isLocalTime, isTime } = neo4j;

/** A temporal value as the server's JSON has it: the text of Java's `toString` of it, and the `type` in `meta`. */
export interface TemporalText {
  readonly text: string;
  readonly type: 'date' | 'time' | 'localtime' | 'datetime' | 'localdatetime' | 'duration';
}

/** Null: the value isn't temporal. */
export function temporalText(value: object): TemporalText | null {
  if (isDate(value)) return { type: 'date', text: date(value) };
  if (isLocalTime(value)) return { type: 'localtime', text: time(value) };
  if (isTime(value)) return { type: 'time', text: time(value) + offset(value.timeZoneOffsetSeconds) };
  if (isLocalDateTime(value)) return { type: 'localdatetime', text: `${date(value)}T${time(value)}` };
  if (isDateTime(value)) return { type: 'datetime', text: `${date(value)}T${time(value)}${zone(value)}` };
  if (isDuration(value)) return { type: 'duration', text: duration(value) };
  return null;
}

type Fields<T, K extends keyof T> = Readonly<Record<K, NumberOrInteger>>;

function date(value: Fields<CypherDate, 'year' | 'month' | 'day'>): string {
  const year = Number(value.year);
  const sign = year < 0 ? '-' : year > 9999 ? '+' : '';
  return `${sign}${pad(Math.abs(year), 4)}-${pad(value.month)}-${pad(value.day)}`;
}

/** Seconds are left out when there are none; the fraction has 3, 6 or 9 digits. */
function time(value: Fields<LocalTime, 'hour' | 'minute' | 'second' | 'nanosecond'>): string {
  const nanos = Number(value.nanosecond);
  const fraction = nanos === 0 ? '' : `.${pad(nanos, 9).replace(/(000){1,2}$/, '')}`;
  const seconds = Number(value.second) === 0 && nanos === 0 ? '' : `:${pad(value.second)}${fraction}`;
  return `${pad(value.hour)}:${pad(value.minute)}${seconds}`;
}

function zone({ timeZoneOffsetSeconds, timeZoneId }: DateTime<NumberOrInteger>): string {
  const name = timeZoneId ? `[${timeZoneId}]` : '';
  return `${offset(timeZoneOffsetSeconds ?? 0)}${name}`;
}

function offset(given: NumberOrInteger): string {
  const total = Number(given);
  if (total === 0) return 'Z';
  const seconds = Math.abs(total);
  const rest = seconds % 60 === 0 ? '' : `:${pad(seconds % 60)}`;
  return `${total < 0 ? '-' : '+'}${pad(Math.floor(seconds / 3600))}:${pad(Math.floor(seconds / 60) % 60)}${rest}`;
}

const NANOS_PER_SECOND = 1_000_000_000n;

/** ISO 8601 as Neo4j prints it: years and months, days, and a time whose parts have one sign. */
function duration(value: Duration<NumberOrInteger>): string {
  const [months, days] = [BigInt(String(value.months)), BigInt(String(value.days))];
  const nanos = BigInt(String(value.seconds)) * NANOS_PER_SECOND + BigInt(String(value.nanoseconds));
  const seconds = nanos / NANOS_PER_SECOND;
  const fraction = String(nanos < 0n ? -nanos : nanos)
    .padStart(10, '0')
    .slice(-9)
    .replace(/0+$/, '');
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

function pad(value: NumberOrInteger, length = 2): string {
  return String(value).padStart(length, '0');
}
