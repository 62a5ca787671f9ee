/** A value as a test writes it down. */
export type Readable = boolean | number | bigint | string | readonly Readable[] | Uint8Array;

/** Gives a value as a test writes it: safe integers as numbers, dates, times, durations and points as text, vectors as arrays. */
export function readable(value: unknown): Readable {
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }
  if (value instanceof Float32Array) return [...value];
  if (value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(readable);
  return typeof value === 'object' ? String(value) : (value as Readable);
}
