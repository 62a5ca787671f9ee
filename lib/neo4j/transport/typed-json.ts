/**
 * Values as the Query API's typed JSON (`application/vnd.neo4j.query`): `{"$type": "Integer", "_value": "1"}`. Every number is
 * text, so 64-bit integers, `1.0` and `-0.0` arrive as they are.
 *
 * Format: https://neo4j.com/docs/query-api/current/result-formats/
 */
import { queryApiTypes, typeOf, typeOfObject } from '../../values/column-types.ts';
import type { Value } from '../../values/value.ts';
import { jsonList, jsonMap } from './json-list.ts';

/** A value of an answer. */
export interface Typed {
  readonly $type: string;
  readonly _value: unknown;
}

/**
 * The JSON text of a value as the driver takes it: `bigint` is INTEGER, `number` FLOAT; dates, times, durations and points are
 * the driver's; a list of numbers may be a typed array, bytes are an `Int8Array` or `Uint8Array`.
 *
 * @throws RangeError for what can't be sent exactly, RequestTooLargeError
 */
export function toTypedJson(value: unknown): string {
  if (value === null || value === undefined) return NULL;
  if (typeof value === 'object') return objectJson(value);
  const type = typeOf(value as Value)?.stored.queryApi;
  if (type === undefined) throw new RangeError(`a ${typeof value} is no value of a database`);
  return type.write(value as Value);
}

/** A map of values, as a request's `parameters` are. */
export function toTypedFields(values: Readonly<Record<string, unknown>>): string {
  return jsonMap(values, toTypedJson);
}

const NULL = '{"$type":"Null","_value":null}';

function objectJson(value: object): string {
  if (Array.isArray(value)) return list(value);
  const type = typeOfObject(value)?.stored?.queryApi;
  if (type !== undefined) return type.write(value as Value);
  if (ArrayBuffer.isView(value)) return list(Array.from(value as Float64Array));
  return `{"$type":"Map","_value":${toTypedFields(value as Record<string, unknown>)}}`;
}

function list(values: readonly unknown[]): string {
  return `{"$type":"List","_value":${jsonList(values, toTypedJson)}}`;
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
      return null;
    case 'List':
      return (_value as Typed[]).map(fromTypedJson);
    case 'Map':
      return Object.fromEntries(Object.entries(_value as Record<string, Typed>).map(([k, v]) => [k, fromTypedJson(v)]));
  }
  const type = queryApiTypes.get($type)?.queryApi;
  if (type === undefined) throw new RangeError(`got a ${$type} from the database, which this transport doesn't read`);
  return type.read(_value);
}
