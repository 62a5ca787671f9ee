import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGunzip, createZstdDecompress } from 'node:zlib';
import { ContentError } from '../content-error.ts';
import { ZstdFrames } from './zstd-frames.ts';

const CHUNK_BYTES = 64 * 1024;
/**
 * Largest zstd window, as a power of two: 128 MiB, what zstd's own tool takes unless it is told otherwise. A frame names
 * its window, up to 2 GiB, and the memory is taken however short the frame is.
 */
const MAX_WINDOW_LOG = 27;

/** Compressions that can be undone. */
export type Packing = 'gzip' | 'zstd';

/**
 * Undoes one layer of compression: all members of a gzip file (RFC 1952), all frames of a zstd file (RFC 8878).
 *
 * @param limit most bytes that may come out
 * @throws ContentError if the stream is damaged, truncated or followed by other bytes, or gives more than the limit.
 * Errors of `bytes` itself pass through unchanged.
 */
export async function* unpack(
  bytes: AsyncIterable<Uint8Array>,
  packing: Packing,
  limit: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const unzip =
    packing === 'gzip'
      ? createGunzip({ chunkSize: CHUNK_BYTES })
      : createZstdDecompress({
          chunkSize: CHUNK_BYTES,
          params: { [constants.ZSTD_d_windowLogMax]: MAX_WINDOW_LOG },
        });
  let received = 0;
  let failure: { readonly error: unknown } | undefined;
  // Which side failed decides whether the file is bad or the read must be repeated; codes of errors don't tell it.
  async function* watched() {
    try {
      for await (const chunk of bytes) {
        received += chunk.length;
        yield chunk;
      }
    } catch (error) {
      failure = { error };
      throw error;
    }
  }
  // In object mode chunks are never joined: a frame's end has to stay a chunk's end.
  const source = packing === 'gzip' ? watched() : new ZstdFrames().cut(watched());
  const feeding = pipeline(Readable.from(source, { objectMode: true, highWaterMark: 1 }), unzip, { end: true });
  // Its errors arrive through `unzip` as well; unhandled, they would end the process.
  feeding.catch(() => undefined);
  let unpacked = 0;
  try {
    for await (const chunk of unzip) {
      unpacked += chunk.length;
      if (unpacked > limit) throw tooLarge(limit);
      yield chunk;
    }
  } catch (error) {
    if (failure) throw failure.error;
    if (error instanceof ContentError) throw error;
    throw new ContentError(faultOf(packing, error as NodeJS.ErrnoException), undefined, { cause: error });
  }
  // zlib stops in silence at a zero byte after a member, ZstdFrames at what is no frame: it must not be lost so.
  if (unzip.bytesWritten < received) throw new ContentError(`has other bytes after the end of its ${packing} stream`);
}

function faultOf(packing: Packing, { code, message }: NodeJS.ErrnoException): string {
  if (code === 'Z_BUF_ERROR') return `ends in the middle of its ${packing} stream (truncated upload?): ${message}`;
  if (code === 'ZSTD_error_frameParameter_windowTooLarge')
    return `needs a zstd window of more than ${2 ** MAX_WINDOW_LOG} bytes: compress it without --long=${MAX_WINDOW_LOG + 1} or more`;
  return `is damaged ${packing}: ${message}`;
}

function tooLarge(limit: number): ContentError {
  return new ContentError(
    `unpacks to more than ${limit} bytes: split it into smaller files, or raise maxDecompressedBytes`,
  );
}
