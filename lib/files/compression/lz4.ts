import { ContentError } from '../content-error.ts';

/**
 * Undoes an LZ4 block (https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md).
 *
 * @throws ContentError unless it gives exactly `length` bytes
 */
export function unpackLz4Block(input: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const output = new Uint8Array(length);
  let from = 0;
  let to = 0;
  const lengthOf = (nibble: number): number => {
    let count = nibble;
    if (nibble === 15) {
      let more = 255;
      while (more === 255) {
        more = input[from] ?? damaged();
        from += 1;
        count += more;
      }
    }
    return count;
  };
  while (from < input.length) {
    const token = input[from] ?? damaged();
    from += 1;
    const literals = lengthOf(token >> 4);
    if (literals > input.length - from || literals > length - to) damaged();
    output.set(input.subarray(from, from + literals), to);
    from += literals;
    to += literals;
    // The last sequence has literals only.
    if (from === input.length) break;
    const offset = (input[from] ?? damaged()) | ((input[from + 1] ?? damaged()) << 8);
    from += 2;
    const matched = lengthOf(token & 15) + 4;
    if (offset === 0 || offset > to || matched > length - to) damaged();
    if (offset >= matched) output.copyWithin(to, to - offset, to - offset + matched);
    else for (let count = 0; count < matched; count += 1) output[to + count] = output[to + count - offset] ?? 0;
    to += matched;
  }
  if (to !== length) damaged();
  return output;
}

/**
 * Undoes Parquet's deprecated LZ4: Hadoop's frames (each with its unpacked and packed length, big-endian), or one block,
 * as other writers took it to mean (https://github.com/apache/parquet-format/blob/master/Compression.md#lz4).
 */
export function unpackLz4(input: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const output = new Uint8Array(length);
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  let from = 0;
  let to = 0;
  while (from + 8 <= input.length) {
    const unpacked = view.getUint32(from);
    const packed = view.getUint32(from + 4);
    if (packed > input.length - from - 8 || unpacked > length - to) return unpackLz4Block(input, length);
    output.set(unpackLz4Block(input.subarray(from + 8, from + 8 + packed), unpacked), to);
    from += 8 + packed;
    to += unpacked;
  }
  return from === input.length && to === length ? output : unpackLz4Block(input, length);
}

function damaged(): never {
  throw new ContentError('is damaged LZ4');
}
