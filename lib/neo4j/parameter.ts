import neo4j from 'neo4j-driver';
import type { Value } from '../graph/value.ts';

/** A value as the driver takes it: bigint goes as INTEGER and number as FLOAT by themselves. */
export function toParameter(value: Value | null): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof Date) {
    const ms = value.getTime();
    const nanoseconds = (((ms % 1000) + 1000) % 1000) * 1_000_000;
    return new neo4j.types.DateTime(
      value.getUTCFullYear(),
      value.getUTCMonth() + 1,
      value.getUTCDate(),
      value.getUTCHours(),
      value.getUTCMinutes(),
      value.getUTCSeconds(),
      nanoseconds,
      0,
    );
  }
  if (value instanceof Float32Array) return Array.from(value);
  if (value instanceof Uint8Array) return new Int8Array(value.buffer, value.byteOffset, value.byteLength);
  return (value as readonly Value[]).map(toParameter);
}

/** Properties as a parameter map. */
export function toProperties(values: Readonly<Record<string, Value | null>>): Record<string, unknown> {
  const properties: Record<string, unknown> = {};
  for (const name in values) properties[name] = toParameter(values[name] as Value | null);
  return properties;
}

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
  if (!neo4j.isDateTime(property as object)) return undefined;
  const { timeZoneOffsetSeconds, nanosecond } = property as { timeZoneOffsetSeconds?: unknown; nanosecond: unknown };
  // What we store is in UTC and has milliseconds; Number() for drivers with bigints.
  if (Number(timeZoneOffsetSeconds ?? Number.NaN) !== 0 || Number(nanosecond) % 1_000_000 !== 0) return undefined;
  return (property as { toStandardDate(): Date }).toStandardDate();
}
