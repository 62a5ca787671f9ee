/**
 * Values as the Query API's typed JSON (`application/vnd.neo4j.query`): `{"$type": "Integer", "_value": "1"}`. Every number is
 * text, so 64-bit integers, `1.0` and `-0.0` arrive as they are.
 *
 * Format: https://neo4j.com/docs/query-api/current/result-formats/
 */
import neo4j from 'neo4j-driver';
import { GraphdropError } from '../graph/errors.ts';
import { integer } from '../graph/value.ts';

/** More at once than a worker's memory, or what stands before the server, takes. */
export class RequestTooLargeError extends GraphdropError {
  readonly code = 'REQUEST_TOO_LARGE';
}

/** Of one list, and so of the rows of a statement: 20,000 plain rows are some 5 MB. */
const MAX_CHARACTERS = 48_000_000;

/** A value of an answer. */
export interface Typed {
  readonly $type: string;
  readonly _value: unknown;
}

const { isDate, isDateTime, isDuration, isInt, isLocalDateTime, isLocalTime, isPoint, isTime } = neo4j;

/**
 * The JSON text of a value as the driver takes it: `bigint` is INTEGER, `number` FLOAT; dates, times, durations and points are
 * the driver's; a list of numbers may be a typed array, bytes are an `Int8Array` or `Uint8Array`.
 *
 * @throws RangeError for what can't be sent exactly, RequestTooLargeError
 */
export function toTypedJson(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return text('String', value.toWellFormed());
    case 'bigint':
      return text('Integer', String(integer(value)));
    case 'number':
      return text('Float', float(value));
    case 'boolean':
      return `{"$type":"Boolean","_value":${value}}`;
    case 'undefined':
      return NULL;
    case 'object':
      return value === null ? NULL : objectJson(value);
    default:
      throw new RangeError(`a ${typeof value} is no value of a database`);
  }
}

/** A map of values, as a request's `parameters` are. */
export function toTypedFields(values: Readonly<Record<string, unknown>>): string {
  const fields = Object.entries(values).map(([name, value]) => `${JSON.stringify(name)}:${toTypedJson(value)}`);
  return `{${fields.join(',')}}`;
}

const NULL = '{"$type":"Null","_value":null}';

function objectJson(value: object): string {
  if (Array.isArray(value)) return list(value);
  if (value instanceof Int8Array || value instanceof Uint8Array) {
    return text('Base64', Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64'));
  }
  if (ArrayBuffer.isView(value)) return list(Array.from(value as Float64Array));
  if (isInt(value)) return text('Integer', String(value));
  if (isDate(value)) return text('Date', String(value));
  if (isTime(value)) return text('Time', String(value));
  if (isLocalTime(value)) return text('LocalTime', String(value));
  if (isLocalDateTime(value)) return text('LocalDateTime', String(value));
  if (isDuration(value)) return text('Duration', String(value));
  if (isPoint(value)) return text('Point', pointText(value));
  if (isDateTime(value)) {
    if (value.timeZoneOffsetSeconds == null) throw new RangeError(`${value}: a datetime needs its offset, too`);
    return text(value.timeZoneId == null ? 'OffsetDateTime' : 'ZonedDateTime', String(value));
  }
  return `{"$type":"Map","_value":${toTypedFields(value as Record<string, unknown>)}}`;
}

function list(values: readonly unknown[]): string {
  let json = '';
  for (const value of values) {
    json += `${json === '' ? '' : ','}${toTypedJson(value)}`;
    if (json.length > MAX_CHARACTERS)
      throw new RequestTooLargeError(`a list takes over ${MAX_CHARACTERS} bytes of JSON`);
  }
  return `{"$type":"List","_value":[${json}]}`;
}

function text(type: string, value: string): string {
  return `{"$type":"${type}","_value":${JSON.stringify(value)}}`;
}

function float(value: number): string {
  return Object.is(value, -0) ? '-0.0' : String(value);
}

function pointText({ srid, x, y, z }: { srid: unknown; x: number; y: number; z?: number | undefined }): string {
  return z === undefined
    ? `SRID=${srid};POINT (${float(x)} ${float(y)})`
    : `SRID=${srid};POINT Z (${float(x)} ${float(y)} ${float(z)})`;
}

/**
 * A value of an answer as the driver would give it with `useBigInt`. (A datetime in the zone `UTC` comes as one of offset 0: the
 * server says no more.)
 *
 * @throws RangeError for nodes, relationships, paths and types unknown: select their properties instead
 */
export function fromTypedJson({ $type, _value }: Typed): unknown {
  switch ($type) {
    case 'Null':
    case 'Boolean':
    case 'String':
      return _value;
    case 'Integer':
      return BigInt(_value as string);
    case 'Float':
      return Number(_value);
    case 'List':
      return (_value as Typed[]).map(fromTypedJson);
    case 'Map':
      return Object.fromEntries(Object.entries(_value as Record<string, Typed>).map(([k, v]) => [k, fromTypedJson(v)]));
    case 'Base64':
      return new Int8Array(Buffer.from(_value as string, 'base64'));
    case 'Duration':
      return neo4jDuration(_value as string);
    case 'Point':
      return neo4jPoint(_value as string);
    case 'Vector':
      return (_value as { coordinates: string[] }).coordinates.map(Number);
    default:
      return temporal($type, _value as string);
  }
}

const DATE = /^([+-]?\d+)-(\d\d)-(\d\d)/;
const TIME = /(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(?:(Z|[+-]\d\d:\d\d(?::\d\d)?)(?:\[(.+)\])?)?$/;

function temporal(type: string, value: string): unknown {
  const date = (DATE.exec(value)?.slice(1) ?? []).map(BigInt) as [bigint, bigint, bigint];
  const [, hour = '0', minute = '0', second = '0', fraction = '', offset = 'Z', zone] = TIME.exec(value) ?? [];
  const time = [BigInt(hour), BigInt(minute), BigInt(second), BigInt(fraction.padEnd(9, '0'))] as const;
  const { types } = neo4j;
  switch (type) {
    case 'Date':
      return new types.Date(...date);
    case 'Time':
      return new types.Time(...time, seconds(offset));
    case 'LocalTime':
      return new types.LocalTime(...time);
    case 'LocalDateTime':
      return new types.LocalDateTime(...date, ...time);
    case 'OffsetDateTime':
    case 'ZonedDateTime':
      return new types.DateTime(...date, ...time, seconds(offset), zone);
    default:
      throw new RangeError(`got a ${type} from the database, which this transport doesn't read`);
  }
}

function seconds(offset: string): bigint {
  if (offset === 'Z') return 0n;
  const [hours = 0n, minutes = 0n, rest = 0n] = offset.slice(1).split(':').map(BigInt);
  return (offset.startsWith('-') ? -1n : 1n) * (hours * 3600n + minutes * 60n + rest);
}

const NANO = 1_000_000_000n;
const DURATION =
  /^P(?:(-?\d+)Y)?(?:(-?\d+)M)?(?:(-?\d+)W)?(?:(-?\d+)D)?(?:T(?:(-?\d+)H)?(?:(-?\d+)M)?(?:(-?)(\d+)(?:\.(\d+))?S)?)?$/;

function neo4jDuration(value: string) {
  const parts = DURATION.exec(value);
  if (parts === null) throw new RangeError(`${value} is no duration`);
  const [years, months, weeks, days, hours, minutes] = parts.slice(1, 7).map(part => BigInt(part ?? 0));
  const sign = parts[7] === '-' ? -1n : 1n;
  const nanos = sign * (BigInt(parts[8] ?? 0) * NANO + BigInt((parts[9] ?? '').padEnd(9, '0')));
  const all = ((hours as bigint) * 3600n + (minutes as bigint) * 60n) * NANO + nanos;
  // Neo4j's own form: nanoseconds are never negative.
  const rest = ((all % NANO) + NANO) % NANO;
  return new neo4j.types.Duration(
    (years as bigint) * 12n + (months as bigint),
    (weeks as bigint) * 7n + (days as bigint),
    (all - rest) / NANO,
    rest,
  );
}

function neo4jPoint(value: string) {
  const [, srid = '', x, y, z] = /^SRID=(\d+);POINT Z?\s*\((\S+) (\S+)(?: (\S+))?\)$/.exec(value) ?? [];
  return new neo4j.types.Point(BigInt(srid), Number(x), Number(y), ...(z === undefined ? [] : [Number(z)]));
}
