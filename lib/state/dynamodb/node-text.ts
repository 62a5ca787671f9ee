import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Item } from './item-table.ts';

/** DynamoDB bills a write by the KB begun, attributes' names included. */
const UNIT = 1024;

/** The fastest for texts of some KB: windows of 4 KB, and little to set up. */
const DEFLATE = { level: 1, windowBits: 12, memLevel: 5 };

/** Of an item, what isn't its node's text: names of attributes, keys but for the scope's name, time. */
const REST = 64;

/**
 * Returns a node's text as attributes of its item: as it is, so that a person can read it, or deflated where that spares a write
 * unit. Entries that sort side by side have much in common.
 */
export function textAttributes(text: string, scope: string): Item {
  const plain = { text: { S: text } };
  const rest = REST + scope.length;
  const units = (bytes: number) => Math.ceil((rest + bytes) / UNIT);
  const bytes = Buffer.byteLength(text);
  if (units(bytes) === 1) return plain;
  const packed = deflateRawSync(text, DEFLATE);
  return units(packed.length) < units(bytes) ? { packed: { B: packed } } : plain;
}

/** Reads what {@link textAttributes} made. */
export function textOf({ text, packed }: Item): string {
  return packed?.B === undefined ? (text?.S ?? '') : inflateRawSync(packed.B).toString();
}
