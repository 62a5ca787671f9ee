/** What one call takes. */
export interface Capacity {
  readonly items: number;
  readonly bytes: number;
}

/** Items in parts as large as one call takes, in their order. One that is too large by itself is a part of its own. */
export function* packed<T>(items: readonly T[], bytesOf: (item: T) => number, most: Capacity): Generator<T[]> {
  let part: T[] = [];
  let bytes = 0;
  for (const item of items) {
    const size = bytesOf(item);
    if (part.length === most.items || (part.length > 0 && bytes + size > most.bytes)) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(item);
    bytes += size;
  }
  if (part.length > 0) yield part;
}
