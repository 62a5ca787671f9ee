import neo4j from 'neo4j-driver';
import type { Value } from '../graph/value.ts';
import { encodeVector } from '../graph/vector.ts';

/**
 * What a connection takes as values of a row: `bolt6` everything, and vectors of its own (half the bytes of a list); `typed`
 * everything, vectors as lists; `json` only what plain JSON has. The rest is converted: see lib/neo4j/conversion.ts.
 */
export type ValueForm = 'bolt6' | 'typed' | 'json';

/** A value as the driver takes it: bigint goes as INTEGER and number as FLOAT by themselves, temporal values as they are. */
export function toParameter(value: Value | null): unknown {
  if (value instanceof Float32Array) return Array.from(value);
  if (value instanceof Uint8Array) return new Int8Array(value.buffer, value.byteOffset, value.byteLength);
  return Array.isArray(value) ? value.map(toParameter) : value;
}

/** Properties as a parameter map. */
export function toProperties(values: Readonly<Record<string, Value | null>>): Record<string, unknown> {
  const properties: Record<string, unknown> = {};
  for (const name in values) properties[name] = toParameter(values[name] as Value | null);
  return properties;
}

const { isDate, isDateTime, isDuration, isLocalDateTime, isLocalTime, isPoint, isTime } = neo4j;
const KINDS = [isDate, isDateTime, isDuration, isLocalDateTime, isLocalTime, isPoint, isTime];

/**
 * The value that {@link toParameter} made a property of, as the driver gives it back; undefined: no value of ours is stored
 * so. A vector comes back as a list of numbers: whether it was one, the column must tell.
 */
export function fromProperty(property: unknown): Value | undefined {
  if (property === null || property === undefined) return undefined;
  if (typeof property !== 'object') return property as Value;
  if (property instanceof Int8Array) return new Uint8Array(property.buffer, property.byteOffset, property.byteLength);
  if (Array.isArray(property)) {
    const values = property.map(fromProperty);
    return values.includes(undefined) ? undefined : (values as readonly Value[]);
  }
  if (neo4j.isVector(property)) return encodeVector(property);
  return KINDS.some(is => is(property)) ? (property as Value) : undefined;
}
