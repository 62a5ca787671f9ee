/** What rows, and tree nodes that are kept, take of a process's memory. */
import { getHeapStatistics } from 'node:v8';
import type { Declaration } from './declaration.ts';

const MEGABYTE = 1024 * 1024;

/** What a process takes without any rows: code, clients, and what garbage collection hasn't come to. */
const BASE_BYTES = 150 * MEGABYTE;

/** Of the rest, what rows may take that wait: a batch that is planned takes as much again. */
const SHARE = 0.4;

/** Of all, what may be kept of the tree: that of 350,000 rows in a function of 1,769 MB. */
const SHARE_OF_NODES = 0.07;

const LEAST_BYTES = 16 * MEGABYTE;

/** Measured: identity, fingerprint and the objects around them; then each property and each character. */
const BYTES = { row: 450, property: 40, character: 1.5, element: 10 };

/** Returns the bytes of rows that this process may hold while they wait: by its heap's limit, and the memory of its Lambda function. */
export function memoryForRows(
  heap = getHeapStatistics().heap_size_limit,
  lambda = process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
): number {
  return Math.max(LEAST_BYTES, Math.floor((memoryOf(heap, lambda) - BASE_BYTES) * SHARE));
}

/** Returns the bytes of tree nodes that a warm process may keep, by the same limits. */
export function memoryForNodes(
  heap = getHeapStatistics().heap_size_limit,
  lambda = process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
): number {
  return Math.floor(memoryOf(heap, lambda) * SHARE_OF_NODES);
}

function memoryOf(heap: number, lambda: string | undefined): number {
  return Math.min(heap, lambda === undefined ? heap : Number(lambda) * MEGABYTE);
}

/** As one JSON text, escaped, this is still less than the longest text of V8; and a server keeps transactions in its heap. */
const MOST_PARAMETERS = 64 * MEGABYTE;

/** Returns the bytes of rows that one transaction may write. */
export function memoryForParameters(rows = memoryForRows()): number {
  return Math.min(MOST_PARAMETERS, rows / 2);
}

/** Returns the bytes that a declaration takes, about. */
export function sizeOf({ values, ends, labels = [] }: Declaration): number {
  let bytes = BYTES.row + (ends === undefined ? 0 : 2 * BYTES.property) + labels.length * BYTES.element;
  for (const name in values) bytes += BYTES.property + sizeOfValue(values[name]);
  return bytes;
}

/** Returns the bytes that a record takes, about. */
export function sizeOfRecord(value: unknown): number {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return sizeOfValue(value);
  if (Array.isArray(value)) return value.reduce((sum: number, one) => sum + BYTES.element + sizeOfRecord(one), 0);
  return Object.values(value).reduce((sum: number, field) => sum + BYTES.property + sizeOfRecord(field), 0);
}

function sizeOfValue(value: unknown): number {
  if (typeof value === 'string') return value.length * BYTES.character;
  if (ArrayBuffer.isView(value)) return value.byteLength;
  if (!Array.isArray(value)) return 0;
  return value.reduce((sum: number, one) => sum + BYTES.element + sizeOfValue(one), 0);
}
