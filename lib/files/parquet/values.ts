import type { SchemaElement } from 'hyparquet';
import { parseFloat16 } from 'hyparquet/src/convert.js';
import { instantOf } from '../../values/instant.ts';
import { withoutEnding } from '../../values/without-ending.ts';
import { ContentError } from '../content-error.ts';
import { describeValue } from '../describe-value.ts';
import { parseJson } from '../json/json-value.ts';
import { DEFAULT_MAX_DEPTH } from '../limits.ts';
import type { ParquetOptions } from './parquet-options.ts';

/** Makes a record's value of one that is not null. */
type Conversion = (raw: never) => unknown;

const DAY_MS = 86_400_000;
const DAY_NANOS = 86_400_000_000_000n;
const JULIAN_EPOCH_DAYS = 2_440_588n;
const MOST_DECIMAL_BYTES = 64;
const PER_SECOND = { MILLIS: 1000n, MICROS: 1_000_000n, NANOS: 1_000_000_000n } as const;
type Unit = keyof typeof PER_SECOND;

/**
 * How a column's values become JavaScript's (https://parquet.apache.org/docs/file-format/types/logicaltypes/). Integers
 * of 64 bits are bigints, others numbers. Instants are Dates with all their digits (`Instant`); dates, times and
 * local times are ISO 8601 texts with all their digits, and decimals their exact text. Text is UTF-8, strictly; bytes
 * that aren't said to be text are a Uint8Array.
 *
 */
export function conversionOf(
  element: SchemaElement,
  { maxDepth = DEFAULT_MAX_DEPTH, binaryAsString = false }: ParquetOptions,
): (raw: unknown) => unknown {
  return conversion(element, maxDepth, binaryAsString) as (raw: unknown) => unknown;
}

function conversion(element: SchemaElement, maxDepth: number, binaryAsString: boolean): Conversion {
  const { type, converted_type: converted, logical_type: logical } = element;
  if (converted === 'DECIMAL' || logical?.type === 'DECIMAL') {
    const scale = (logical?.type === 'DECIMAL' ? logical.scale : element.scale) ?? 0;
    if (!Number.isInteger(scale) || scale < 0 || scale > 1000)
      throw new ContentError(`has a decimal column of scale ${describeValue(scale)}`);
    return (raw: number | bigint | Uint8Array) =>
      decimalText(raw instanceof Uint8Array ? bigEndian(raw) : BigInt(raw), scale);
  }
  switch (type) {
    case 'INT32':
      if (converted === 'DATE' || logical?.type === 'DATE') return (days: number) => dateText(days);
      if (converted === 'TIME_MILLIS' || logical?.type === 'TIME')
        return (millis: number) => timeText(BigInt(millis), 'MILLIS');
      return isUnsigned(element) ? (raw: number) => raw >>> 0 : same;
    case 'INT64':
      if (logical?.type === 'TIMESTAMP') return timestamp(logical.unit, logical.isAdjustedToUTC === true);
      if (converted === 'TIMESTAMP_MILLIS') return timestamp('MILLIS', true);
      if (converted === 'TIMESTAMP_MICROS') return timestamp('MICROS', true);
      if (logical?.type === 'TIME') return (time: bigint) => timeText(time, logical.unit);
      if (converted === 'TIME_MICROS') return (time: bigint) => timeText(time, 'MICROS');
      return isUnsigned(element) ? (raw: bigint) => BigInt.asUintN(64, raw) : same;
    case 'INT96':
      return (raw: bigint) => moment(((raw >> 64n) - JULIAN_EPOCH_DAYS) * DAY_NANOS + BigInt.asUintN(64, raw));
    case 'BYTE_ARRAY':
      if (converted === 'JSON' || logical?.type === 'JSON') return (raw: Uint8Array) => parseJson(utf8(raw), maxDepth);
      if (converted === 'UTF8' || converted === 'ENUM' || logical?.type === 'STRING' || logical?.type === 'ENUM')
        return utf8;
      return binaryAsString && converted === undefined && logical === undefined ? utf8 : copied;
    case 'FIXED_LEN_BYTE_ARRAY':
      if (logical?.type === 'UUID') return uuid;
      if (logical?.type === 'FLOAT16') return (raw: Uint8Array) => parseFloat16(raw);
      return converted === 'INTERVAL' ? interval : copied;
    default:
      return same;
  }
}

const same: Conversion = (raw: unknown) => raw;
/** A value of its own: a part of the page would keep all of it in memory. */
const copied: Conversion = (raw: Uint8Array) => Uint8Array.from(raw);

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function utf8(raw: Uint8Array): string {
  try {
    return decoder.decode(raw);
  } catch (cause) {
    throw new ContentError('has a text that is not valid UTF-8', undefined, { cause });
  }
}

function isUnsigned({ converted_type: converted, logical_type: logical }: SchemaElement): boolean {
  return converted?.startsWith('UINT_') === true || (logical?.type === 'INTEGER' && !logical.isSigned);
}

function bigEndian(bytes: Uint8Array): bigint {
  if (bytes.length > MOST_DECIMAL_BYTES) throw new ContentError(`has a decimal of ${bytes.length} bytes`);
  if (bytes.length === 0) return 0n;
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x${Buffer.from(bytes).toString('hex')}`));
}

function decimalText(unscaled: bigint, scale: number): string {
  if (scale === 0) return String(unscaled);
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

function timestamp(unit: Unit, utc: boolean): Conversion {
  const per = PER_SECOND[unit];
  if (utc) return (raw: bigint) => moment(raw * (PER_SECOND.NANOS / per));
  return (raw: bigint) => {
    const seconds = floorDivide(raw, per);
    const whole = instant(seconds * 1000n)
      .toISOString()
      .slice(0, -'.000Z'.length);
    return `${whole}${fraction(raw - seconds * per, unit)}`;
  };
}

function instant(millis: bigint): Date {
  const date = new Date(Number(millis));
  if (Number.isNaN(date.getTime())) throw new ContentError(`has a time beyond the year 275760: ${millis} ms`);
  return date;
}

/** The moment that is so many nanoseconds after 1970 began. */
function moment(nanoseconds: bigint): Date {
  const date = instantOf(nanoseconds);
  if (Number.isNaN(date.getTime())) throw new ContentError(`has a time beyond the year 275760: ${nanoseconds} ns`);
  return date;
}

function dateText(days: number): string {
  return instant(BigInt(days) * BigInt(DAY_MS))
    .toISOString()
    .slice(0, -'T00:00:00.000Z'.length);
}

function timeText(time: bigint, unit: Unit): string {
  const per = PER_SECOND[unit];
  const seconds = time / per;
  if (time < 0n || seconds >= 86_400n) throw new ContentError(`has a time of day of ${time} ${unit}`);
  const clock = new Date(Number(seconds) * 1000).toISOString().slice(11, 19);
  return `${clock}${fraction(time - seconds * per, unit)}`;
}

/** The digits after a second, without zeros at the end. */
function fraction(part: bigint, unit: Unit): string {
  if (part === 0n) return '';
  const digits = String(PER_SECOND[unit]).length - 1;
  return `.${withoutEnding(String(part).padStart(digits, '0'), '0')}`;
}

function floorDivide(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value % by < 0n ? quotient - 1n : quotient;
}

const uuid: Conversion = (raw: Uint8Array) =>
  Buffer.from(raw)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

/** Months, days and milliseconds as an ISO 8601 duration. */
const interval: Conversion = (raw: Uint8Array) => {
  if (raw.length !== 12) throw new ContentError(`has an interval of ${raw.length} bytes`);
  const view = new DataView(raw.buffer, raw.byteOffset, raw.length);
  const millis = BigInt(view.getUint32(8, true));
  const seconds = `${millis / 1000n}${fraction(millis % 1000n, 'MILLIS')}`;
  return `P${view.getUint32(0, true)}M${view.getUint32(4, true)}DT${seconds}S`;
};
