import { randomUUID } from 'node:crypto';
import type { Item } from './item-table.ts';

/** Bytes in one item, below DynamoDB's 400 KB. */
const PART_BYTES = 380_000;

/** Cuts bytes into attributes of items: the parts of one put have an id and their number in common. */
export function partsOf(bytes: Uint8Array): Item[] {
  const id = { S: randomUUID() };
  const count = Math.max(1, Math.ceil(bytes.length / PART_BYTES));
  return Array.from({ length: count }, (_, n) => ({
    id,
    parts: { N: String(count) },
    bytes: { B: bytes.subarray(n * PART_BYTES, (n + 1) * PART_BYTES) },
  }));
}

/** Puts parts together that are in order; null: a part was left by another put, or isn't there. */
export function bytesOf(items: readonly Item[]): Uint8Array | null {
  const [first] = items;
  const parts = items.filter(({ id }) => id?.S === first?.id?.S).map(({ bytes }) => bytes?.B ?? new Uint8Array(0));
  return first === undefined || parts.length !== Number(first.parts?.N) ? null : Buffer.concat(parts);
}
