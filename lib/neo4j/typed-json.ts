/**
 * Values as the Query API's typed JSON (`application/vnd.neo4j.query`): `{"$type": "Integer", "_value": "1"}`. Every number is
 * text, so 64-bit integers, `1.0` and `-0.0` arrive as they are.
 *
 * Format: https://neo4j.com/docs/query-api/current/result-formats/
 */
import neo4j from 'neo4j-driver';
import { integer } from '../graph/value.ts';
import { jsonList, jsonMap } from './json-list.ts';
import { pointOf, temporalOf } from './value-text.ts';

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
  return jsonMap(values, toTypedJson);
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
  return `{"$type":"List","_value":${jsonList(values, toTypedJson)}}`;
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
    case 'Date':
    case 'Time':
    case 'LocalTime':
    case 'LocalDateTime':
    case 'OffsetDateTime':
    case 'ZonedDateTime':
    case 'Duration':
      return temporalOf(_value as string);
    case 'Point':
      return pointOf(_value as string);
    case 'Vector':
      return (_value as { coordinates: string[] }).coordinates.map(Number);
    default:
      throw new RangeError(`got a ${$type} from the database, which this transport doesn't read`);
  }
}
