import neo4j from 'neo4j-driver';

/** Gives what is equal exactly if the values are: floats by their bits, temporal values by their text. */
export function exact(value: unknown): unknown {
  if (typeof value === 'number') return Object.is(value, -0) ? 'float -0' : `float ${value}`;
  if (typeof value === 'bigint') return `integer ${value}`;
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Int8Array || value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString('hex')}`;
  if (value instanceof Float32Array) return Array.from(value, exact);
  if (Array.isArray(value)) return value.map(exact);
  if (neo4j.isPoint(value)) return [value.srid, value.x, value.y, value.z].map(String);
  return `${value.constructor.name} ${value}`;
}
