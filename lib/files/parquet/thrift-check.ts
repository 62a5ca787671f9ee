import { ContentError } from '../content-error.ts';

/** Structs and lists within each other; a Parquet footer has 7. */
const MAX_DEPTH = 32;
/** Values of one structure: each becomes a JavaScript value of up to 100 bytes, from as little as one byte. */
const MAX_VALUES = 4_000_000;
/** Bytes of a 64-bit number. */
const MAX_VARINT_BYTES = 10;
const WIDTHS: Readonly<Record<number, number>> = { 3: 1, 7: 8 };

/** The bytes end before the structure does: it may be cut, or damaged. */
export class ThriftCutError extends ContentError {}

/**
 * Follows a structure of Thrift's compact protocol
 * (https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md) without making anything of it, as
 * a parser that believes every length must not see it first: a list of ten bytes can claim four thousand million
 * elements.
 *
 * @returns where the structure ends
 * @throws ContentError for what is no such structure, ThriftCutError where `bytes` end too early
 */
export function checkThrift(bytes: Uint8Array, start: number): number {
  let place = start;
  let values = 0;

  const byte = (): number => {
    const value = bytes[place];
    if (value === undefined) throw new ThriftCutError('ends in the middle of a Thrift structure');
    place += 1;
    return value;
  };
  const varint = (): number => {
    let value = 0;
    for (let count = 0; count < MAX_VARINT_BYTES; count += 1) {
      const next = byte();
      value += (next & 0x7f) * 2 ** (7 * count);
      if (next < 0x80) return value;
    }
    throw new ContentError('has a Thrift number of more than 10 bytes');
  };
  const skip = (length: number): void => {
    if (length > bytes.length - place)
      throw new ThriftCutError(`has a Thrift value of ${length} bytes, and not as many`);
    place += length;
  };
  const element = (type: number, inList: boolean, depth: number): void => {
    values += 1;
    if (values > MAX_VALUES) throw new ContentError(`has a Thrift structure of more than ${MAX_VALUES} values`);
    if (type === 1 || type === 2) skip(inList ? 1 : 0);
    else if (type === 4 || type === 5 || type === 6) varint();
    else if (type === 8) skip(varint());
    else if (type === 9) list(depth + 1);
    else if (type === 12) struct(depth + 1);
    else {
      const width = WIDTHS[type];
      if (width === undefined) throw new ContentError(`has a Thrift value of type ${type}, which Parquet has not`);
      skip(width);
    }
  };
  const list = (depth: number): void => {
    const head = byte();
    const size = head >> 4 === 15 ? varint() : head >> 4;
    // Each takes a byte at least.
    if (size > bytes.length - place) throw new ThriftCutError(`has a Thrift list of ${size} elements, and not as many`);
    for (let count = 0; count < size; count += 1) element(head & 15, true, depth);
  };
  const struct = (depth: number): void => {
    if (depth > MAX_DEPTH) throw new ContentError(`has a Thrift structure nested more than ${MAX_DEPTH} deep`);
    for (let head = byte(); (head & 15) !== 0; head = byte()) {
      if (head >> 4 === 0) varint();
      element(head & 15, false, depth);
    }
  };
  struct(0);
  return place;
}
