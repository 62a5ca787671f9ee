import neo4j from 'neo4j-driver';
import type { ColumnType } from '../column-type.ts';
import { type Class, isInstance } from '../driver-class.ts';
import { durationText } from '../server-text.ts';
import { fail, ValueError } from '../value.ts';

const { types } = neo4j;
/** What JSON has as ISO text. */
const TEMPORAL: readonly Class[] = [types.Date, types.LocalTime, types.Time, types.LocalDateTime, types.DateTime];

/** What JSON has a form for, kept as text. */
export const jsonType: ColumnType<string> = {
  name: 'JSON',
  encode: value => encodeJson(value),
  listable: true,
  asked: ({ kind }) => kind === 'object' || kind === 'record',
};

/** Most objects and arrays within each other in a JSON column: what files may have, and code that recurses has stack for. */
export const MAX_JSON_DEPTH = 1000;

/**
 * Writes JSON with sorted keys, so that equal content is equal text. Integers beyond 2^53 keep their digits; dates and the driver's
 * temporal types are ISO text.
 *
 * @throws ValueError for what JSON has no form for (NaN, functions, maps, bytes) and beyond {@link MAX_JSON_DEPTH}
 */
export function encodeJson(value: unknown, depth = 0): string {
  if (value === null || value === undefined) return 'null';
  switch (typeof value) {
    case 'bigint':
      return String(value);
    case 'number':
      return Number.isFinite(value) ? String(value) : fail(value, 'a number that JSON has');
    case 'string':
    case 'boolean':
      return JSON.stringify(value);
    case 'object':
      break;
    default:
      return fail(value, 'a JSON value');
  }
  if (depth >= MAX_JSON_DEPTH) throw new ValueError(`got more than ${MAX_JSON_DEPTH} levels of objects and lists`);
  if (Array.isArray(value)) return `[${Array.from(value, item => encodeJson(item, depth + 1)).join(',')}]`;
  if (value instanceof Date) {
    return Number.isNaN(value.getTime()) ? fail(value, 'a valid Date') : JSON.stringify(value);
  }
  if (isInstance(value, types.Integer)) return value.toString();
  if (isInstance(value, types.Duration)) return JSON.stringify(durationText(value));
  if (TEMPORAL.some(temporal => isInstance(value, temporal))) return JSON.stringify(String(value));
  if (value instanceof Map || value instanceof Set || ArrayBuffer.isView(value)) return fail(value, 'a JSON value');
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => `${JSON.stringify(name)}:${encodeJson(field, depth + 1)}`);
  return `{${fields.join(',')}}`;
}
