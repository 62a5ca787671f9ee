import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { DetectedFormat } from './format.ts';
import { ContentError } from './record-reader.ts';

export interface DecompressOptions {
  /**
   * Most bytes that a compressed file may unpack to: a gzip bomb of 2 MB makes 2 GB. Plain files are not limited.
   * @default 2147483648 (2 GiB)
   */
  readonly maxDecompressedBytes?: number;
}

const DEFAULT_MAX_DECOMPRESSED_BYTES = 2 * 1024 ** 3;

const GUNZIP_CHUNK_BYTES = 64 * 1024;

/**
 * The plain bytes of a file. Names and headers only say what may be; each layer of gzip is told by its first two bytes
 * (1f 8b, RFC 1952), which no UTF-8 text can start with. So `x.csv.gz` with `Content-Encoding: gzip` works whether it
 * is compressed once or twice, and a client that has undone the encoding already does no harm.
 *
 * @throws ContentError if a file that must be gzip isn't, one that mustn't be is, the stream is damaged, truncated or
 * followed by other bytes, or it unpacks to more than the limit. Errors of `bytes` itself pass through unchanged.
 */
export async function* decompress(
  bytes: AsyncIterable<Uint8Array>,
  detected: Pick<DetectedFormat, 'compression' | 'contentEncoding'>,
  options: DecompressOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const limit = options.maxDecompressedBytes ?? DEFAULT_MAX_DECOMPRESSED_BYTES;
  const least = detected.compression === 'gzip' ? 1 : 0;
  const most = least + (detected.contentEncoding === 'gzip' ? 1 : 0);
  let layer = await sniff(bytes);
  try {
    for (let opened = 0; ; opened += 1) {
      const zipped = layer.head[0] === 0x1f && layer.head[1] === 0x8b;
      if (opened < most && zipped) {
        layer = await sniff(gunzip(layer.bytes, limit));
        continue;
      }
      if (zipped) throw new ContentError(unexpectedGzip(opened));
      if (opened < least)
        throw new ContentError(`is said to be gzip (by its name or its source), but ${startOf(layer.head)}`);
      break;
    }
    yield* layer.bytes;
  } finally {
    await layer.bytes.return();
  }
}

function unexpectedGzip(opened: number): string {
  if (opened > 0) return `is still gzip after it was unpacked: compress it once`;
  return `is gzip by its first bytes, but neither its name, its content encoding nor its source says so: name it .gz`;
}

function startOf(head: Uint8Array): string {
  return head.length === 0
    ? 'it is empty'
    : `it starts with the bytes ${Buffer.from(head).toString('hex', 0, 2)} and not 1f8b`;
}

interface Layer {
  /** The first two bytes, or all there are. */
  readonly head: Uint8Array;
  readonly bytes: AsyncGenerator<Uint8Array, void, undefined>;
}

async function sniff(bytes: AsyncIterable<Uint8Array>): Promise<Layer> {
  const iterator = bytes[Symbol.asyncIterator]();
  let head: Uint8Array = new Uint8Array(0);
  while (head.length < 2) {
    const next = await iterator.next();
    if (next.done) break;
    head = head.length === 0 ? next.value : Buffer.concat([head, next.value]);
  }
  const resumed = resume(head, iterator);
  // Started (it yields nothing of use first), so that `return()` reaches its finally and closes the source.
  await resumed.next();
  return { head: head.subarray(0, 2), bytes: resumed };
}

async function* resume(
  head: Uint8Array,
  iterator: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield new Uint8Array(0);
    if (head.length > 0) yield head;
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
  } finally {
    await iterator.return?.();
  }
}

async function* gunzip(bytes: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator<Uint8Array, void, undefined> {
  const unzip = createGunzip({ chunkSize: GUNZIP_CHUNK_BYTES });
  let received = 0;
  let failure: { readonly error: unknown } | undefined;
  // Which side failed decides whether the file is bad or the read is to be repeated; codes of errors don't tell it.
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
  const feeding = pipeline(Readable.from(watched(), { objectMode: false }), unzip, { end: true });
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
    const { code, message } = error as NodeJS.ErrnoException;
    const what =
      code === 'Z_BUF_ERROR' ? 'ends in the middle of its gzip stream (truncated upload?)' : 'is damaged gzip';
    throw new ContentError(`${what}: ${message}`, undefined, { cause: error });
  }
  // zlib stops in silence at a zero byte after a member: what follows must not be lost in silence.
  if (unzip.bytesWritten < received) throw new ContentError('has other bytes after the end of its gzip stream');
}

function tooLarge(limit: number): ContentError {
  return new ContentError(
    `unpacks to more than ${limit} bytes: split it into smaller files, or raise maxDecompressedBytes`,
  );
}
