import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { unpackLz4, unpackLz4Block } from '../compression/lz4.ts';
import { unpackSnappy } from '../compression/snappy.ts';
import { ContentError } from '../content-error.ts';

/** Gives exactly `length` bytes, in memory of their own, or throws. It never takes memory for more. */
type Codec = (input: Uint8Array, length: number) => Uint8Array;

const CODECS: Readonly<Record<string, Codec>> = {
  UNCOMPRESSED: input => Uint8Array.from(input),
  SNAPPY: unpackSnappy,
  GZIP: (input, length) => gunzipSync(input, { maxOutputLength: length + 1 }),
  BROTLI: (input, length) => brotliDecompressSync(input, { maxOutputLength: length + 1 }),
  ZSTD: (input, length) => zstdDecompressSync(input, { maxOutputLength: length + 1 }),
  LZ4: unpackLz4,
  LZ4_RAW: unpackLz4Block,
};

/**
 * Unpacks (a part of) a page. The result has memory of its own: a value's length that lies can't reach beyond it.
 *
 * @param length as the page's header says
 * @throws ContentError if the codec is unknown, the bytes are damaged or don't give that length
 */
export function unpackPage(input: Uint8Array, length: number, codec: string): Uint8Array<ArrayBuffer> {
  const unpack = Object.hasOwn(CODECS, codec) ? CODECS[codec] : undefined;
  if (unpack === undefined) throw new ContentError(`is compressed by ${codec}: use ${Object.keys(CODECS).join(', ')}`);
  let output: Uint8Array;
  try {
    output = length === 0 && input.length === 0 ? new Uint8Array(0) : unpack(input, length);
  } catch (cause) {
    throw new ContentError(`has a page of damaged ${codec}: ${(cause as Error).message}`, undefined, { cause });
  }
  if (output.length !== length)
    throw new ContentError(`has a page of ${output.length} bytes where its header says ${length}`);
  const exact = output.byteOffset === 0 && output.byteLength === output.buffer.byteLength;
  return (exact ? output : Uint8Array.from(output)) as Uint8Array<ArrayBuffer>;
}
