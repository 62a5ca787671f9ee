import { deltaBinaryUnpack } from 'hyparquet/src/delta.js';
import { byteStreamSplit, readRleBitPackedHybrid } from 'hyparquet/src/encoding.js';
import { readPlain } from 'hyparquet/src/plain.js';
import type { ParquetType } from 'hyparquet/src/types.js';
import { ContentError } from '../content-error.ts';

/** Bytes of a page and the place in them. */
export interface PageReader {
  readonly view: DataView<ArrayBuffer>;
  offset: number;
}

/** Values as they are stored: numbers, bigints, booleans, or bytes. */
export type RawValues = ArrayLike<unknown>;

/** Values in a delta block, and blocks' parts: writers use 128 and 4. */
const MAX_BLOCK = 1 << 20;
const MAX_MINIBLOCKS = 1 << 12;
/** Fewest bytes a plain value has; a boolean has an eighth. */
const PLAIN_BYTES: Readonly<Partial<Record<ParquetType, number>>> = {
  BOOLEAN: 1 / 8,
  INT32: 4,
  INT64: 8,
  INT96: 12,
  FLOAT: 4,
  DOUBLE: 8,
  BYTE_ARRAY: 4,
};

/**
 * Reads repetition or definition levels, at most `max`, in the RLE and bit-packing hybrid
 * (https://parquet.apache.org/docs/file-format/data-pages/encodings/). hyparquet's decoders believe what they read, so
 * each stream is followed first: a run can claim two thousand million values.
 */
export function readLevels(reader: PageReader, bytes: number, count: number, max: number): Uint8Array {
  const levels = new Uint8Array(count);
  readHybrid(reader, reader.offset + bytes, 32 - Math.clz32(max), levels);
  if (levels.some(level => level > max)) throw new ContentError(`has a level over ${max} in a page`);
  return levels;
}

/** Numbers of up to 32 bits in the hybrid; `end` is where its bytes end. */
function readHybrid(reader: PageReader, end: number, width: number, output: Uint8Array | Int32Array): void {
  checkHybrid(reader, end, width, output.length);
  readRleBitPackedHybrid(reader, width, output, end - reader.offset);
}

function checkHybrid({ view, offset }: PageReader, end: number, width: number, count: number): void {
  if (width > 32) throw new ContentError(`has numbers of ${width} bits in a page`);
  if (end > view.byteLength) throw new ContentError('has a page whose parts are longer than itself');
  let place = offset;
  for (let seen = 0; seen < count; ) {
    const [header, after] = varint(view, place, end);
    const run = Math.floor(header / 2);
    const packed = header % 2 === 1;
    place = after + (packed ? run * width : Math.ceil(width / 8));
    seen += packed ? run * 8 : run;
    // The last group of eight is filled up; some writers fill up more.
    if (run === 0 || place > end || seen > count + (packed ? 511 : 0))
      throw new ContentError('has a damaged run of values in a page');
  }
}

function varint(view: DataView, start: number, end: number): [value: number, after: number] {
  let value = 0;
  for (let count = 0; count < 5; count += 1) {
    if (start + count >= end) break;
    const byte = view.getUint8(start + count);
    value += (byte & 0x7f) * 2 ** (7 * count);
    if (byte < 0x80) return [value, start + count + 1];
  }
  throw new ContentError('has a damaged number in a page');
}

/** Reads the indices into a dictionary of `size` values. */
export function readIndices(reader: PageReader, count: number, size: number): Int32Array {
  const indices = new Int32Array(count);
  if (count === 0) return indices;
  const width = reader.view.getUint8(reader.offset);
  reader.offset += 1;
  readHybrid(reader, reader.view.byteLength, width, indices);
  if (indices.some(index => index < 0 || index >= size))
    throw new ContentError(`names a value that its dictionary of ${size} has not`);
  return indices;
}

/** Reads plain values: those of a dictionary, for one. */
export function readPlainValues(reader: PageReader, type: ParquetType, typeLength: number, count: number): RawValues {
  const least = count * (type === 'FIXED_LEN_BYTE_ARRAY' ? typeLength : (PLAIN_BYTES[type] ?? 0));
  if (least > reader.view.byteLength - reader.offset)
    throw new ContentError(`has a page that promises ${count} values, too many for its bytes`);
  return readPlain(reader, type, count, typeLength);
}

/**
 * Reads values that no dictionary has.
 *
 * @param maxBytes most bytes that prefixes may be unfolded to
 */
export function readValues(
  reader: PageReader,
  encoding: string,
  column: { readonly type: ParquetType; readonly typeLength: number; readonly maxBytes: number },
  count: number,
): RawValues {
  const { type, typeLength, maxBytes } = column;
  if (count === 0) return [];
  switch (encoding) {
    case 'PLAIN':
      return readPlainValues(reader, type, typeLength, count);
    case 'RLE': {
      if (type !== 'BOOLEAN') break;
      const bytes = reader.view.getUint32(reader.offset, true);
      reader.offset += 4;
      return Array.from(readLevels(reader, bytes, count, 1), bit => bit === 1);
    }
    case 'BYTE_STREAM_SPLIT':
      if (type === 'BYTE_ARRAY' || type === 'BOOLEAN' || type === 'INT96') break;
      if (count * (PLAIN_BYTES[type] ?? typeLength) > reader.view.byteLength - reader.offset)
        throw new ContentError(`has a page that promises ${count} values, too many for its bytes`);
      return byteStreamSplit(reader, count, type, typeLength);
    case 'DELTA_BINARY_PACKED':
      if (type !== 'INT32' && type !== 'INT64') break;
      return readDeltas(reader, count, type === 'INT32' ? new Int32Array(count) : new BigInt64Array(count));
    case 'DELTA_LENGTH_BYTE_ARRAY':
      if (type !== 'BYTE_ARRAY') break;
      return readDeltas(reader, count, new Int32Array(count)).reduce<Uint8Array[]>((values, length) => {
        values.push(take(reader, length));
        return values;
      }, []);
    case 'DELTA_BYTE_ARRAY':
      if (type !== 'BYTE_ARRAY' && type !== 'FIXED_LEN_BYTE_ARRAY') break;
      return readPrefixed(reader, count, maxBytes);
  }
  throw new ContentError(`has ${type} values in the encoding ${encoding}, which is not supported`);
}

function readPrefixed(reader: PageReader, count: number, maxBytes: number): Uint8Array[] {
  const prefixes = readDeltas(reader, count, new Int32Array(count));
  const suffixes = readDeltas(reader, count, new Int32Array(count));
  const values: Uint8Array[] = [];
  let before = new Uint8Array(0);
  let bytes = 0;
  for (const [index, prefix] of prefixes.entries()) {
    const suffix = take(reader, suffixes[index] ?? 0);
    if (prefix < 0 || prefix > before.length) throw new ContentError('has a damaged prefix in a page');
    bytes += prefix + suffix.length;
    if (bytes > maxBytes)
      throw new ContentError(`has a page that unfolds to more than ${maxBytes} bytes (maxPageBytes)`);
    const value = new Uint8Array(prefix + suffix.length);
    value.set(before.subarray(0, prefix));
    value.set(suffix, prefix);
    values.push(value);
    before = value;
  }
  return values;
}

function take(reader: PageReader, length: number): Uint8Array {
  const { view, offset } = reader;
  if (length < 0 || length > view.byteLength - offset)
    throw new ContentError(`has a page with a value of ${length} bytes, which it has not`);
  reader.offset += length;
  return new Uint8Array(view.buffer, view.byteOffset + offset, length);
}

function readDeltas<T extends Int32Array | BigInt64Array>(reader: PageReader, count: number, output: T): T {
  checkDeltas(reader, count);
  deltaBinaryUnpack(reader, count, output);
  return output;
}

function checkDeltas({ view, offset }: PageReader, count: number): void {
  let place = offset;
  const number = () => {
    const [value, after] = varint(view, place, view.byteLength);
    place = after;
    return value;
  };
  const long = () => {
    for (let bytes = 1; view.getUint8(place++) >= 0x80; bytes += 1)
      if (bytes === 10) throw new ContentError('has a damaged number in a page');
  };
  const block = number();
  const miniblocks = number();
  const each = block / miniblocks;
  if (
    block > MAX_BLOCK ||
    miniblocks < 1 ||
    miniblocks > MAX_MINIBLOCKS ||
    !Number.isInteger(each) ||
    each % 8 !== 0 ||
    each === 0
  )
    throw new ContentError(`has delta blocks of ${block} values in ${miniblocks} parts, which can't be`);
  number();
  long();
  for (let left = count - 1; left > 0; ) {
    long();
    const widths = place;
    place += miniblocks;
    for (let index = 0; index < miniblocks && left > 0; index += 1, left -= each) {
      const width = view.getUint8(widths + index);
      if (width > 64) throw new ContentError(`has deltas of ${width} bits in a page`);
      place += (each * width) / 8;
    }
  }
}
