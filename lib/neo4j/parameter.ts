import neo4j from 'neo4j-driver';
import type { Value } from '../graph/value.ts';

/**
 * The form in which vectors are sent, both of them stored as float32: the protocol's own vectors, since Bolt 6.0, are half
 * the bytes of a list.
 */
export type VectorForm = 'vector' | 'list';

/** A value as the driver takes it: bigint goes as INTEGER and number as FLOAT by themselves, temporal values as they are. */
export function toParameter(value: Value | null): unknown {
  if (value instanceof Float32Array) return Array.from(value);
  if (value instanceof Uint8Array) return new Int8Array(value.buffer, value.byteOffset, value.byteLength);
  return Array.isArray(value) ? value.map(toParameter) : value;
}

/** A vector for `db.create.set...VectorProperty`. */
export function toVectorParameter(vector: Float32Array, form: VectorForm): unknown {
  return form === 'vector' ? neo4j.vector(vector) : Array.from(vector);
}

/** Properties as a parameter map. */
export function toProperties(values: Readonly<Record<string, Value | null>>): Record<string, unknown> {
  const properties: Record<string, unknown> = {};
  for (const name in values) properties[name] = toParameter(values[name] as Value | null);
  return properties;
}
