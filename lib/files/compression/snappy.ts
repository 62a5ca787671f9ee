import { ContentError } from '../content-error.ts';

/**
 * Undoes raw Snappy (https://github.com/google/snappy/blob/main/format_description.txt).
 *
 * @throws ContentError unless it gives exactly `length` bytes
 */
export function unpackSnappy(input: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const output = new Uint8Array(length);
  let from = 0;
  let to = 0;
  const little = (bytes: number): number => {
    if (bytes > input.length - from) damaged();
    let value = 0;
    for (let count = 0; count < bytes; count += 1) value += (input[from + count] ?? 0) * 2 ** (8 * count);
    from += bytes;
    return value;
  };
  let said = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = little(1);
    said += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
    if (shift >= 28) damaged();
  }
  if (said !== length) damaged();
  while (from < input.length) {
    const tag = little(1);
    const kind = tag & 3;
    const bits = tag >> 2;
    if (kind === 0) {
      const literals = (bits < 60 ? bits : little(bits - 59)) + 1;
      if (literals > input.length - from || literals > length - to) damaged();
      output.set(input.subarray(from, from + literals), to);
      from += literals;
      to += literals;
      continue;
    }
    const copied = kind === 1 ? (bits & 7) + 4 : bits + 1;
    const offset = kind === 1 ? (bits >> 3) * 256 + little(1) : little(kind === 2 ? 2 : 4);
    if (offset === 0 || offset > to || copied > length - to) damaged();
    if (offset >= copied) output.copyWithin(to, to - offset, to - offset + copied);
    else for (let count = 0; count < copied; count += 1) output[to + count] = output[to + count - offset] ?? 0;
    to += copied;
  }
  if (to !== length) damaged();
  return output;
}

function damaged(): never {
  throw new ContentError('is damaged Snappy');
}
