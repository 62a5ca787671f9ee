import { ContentError } from '../content-error.ts';

/** Fewer bytes are copied one by one: a call costs more. */
const SHORT_BYTES = 32;

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
    for (let place = from + bytes - 1; place >= from; place -= 1) value = value * 256 + (input[place] ?? 0);
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
      if (literals > SHORT_BYTES) output.set(input.subarray(from, from + literals), to);
      else for (let count = 0; count < literals; count += 1) output[to + count] = input[from + count] ?? 0;
      from += literals;
      to += literals;
      continue;
    }
    const copied = kind === 1 ? (bits & 7) + 4 : bits + 1;
    const offset = kind === 1 ? (bits >> 3) * 256 + little(1) : little(kind === 2 ? 2 : 4);
    if (offset === 0 || offset > to || copied > length - to) damaged();
    for (let count = 0; count < copied; count += 1) output[to + count] = output[to + count - offset] ?? 0;
    to += copied;
  }
  if (to !== length) damaged();
  return output;
}

function damaged(): never {
  throw new ContentError('is damaged Snappy');
}
