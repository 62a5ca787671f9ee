import { ContentError } from '../content-error.ts';
import type { DetectedFormat } from '../detect-format.ts';
import type { ReadingLimits } from '../limits.ts';
import { DEFAULT_MAX_DECOMPRESSED_BYTES } from '../limits.ts';
import { type Packing, unpack } from './unpack.ts';
import { startsZstd } from './zstd-frames.ts';

/** As many first bytes as tell a compression. */
const HEAD_BYTES = 4;
const MAGIC = { gzip: '1f8b', zstd: '28b52ffd' } as const satisfies Record<Packing, string>;

/**
 * Reads the plain bytes of a file. Names and headers only say what may be; each layer is told by its first bytes: gzip by
 * 1f 8b (RFC 1952), zstd by 28 b5 2f fd or a skippable frame (RFC 8878), with none of which UTF-8 text can start (a
 * skippable frame is text with a control character). So `x.csv.gz` with `Content-Encoding: gzip` works whether it is
 * compressed once or twice, and a client that has undone the encoding already does no harm.
 *
 * @param format `binary: true` where bytes that look compressed may be the content: they are only unpacked if said to be.
 * @throws ContentError if a file that must be compressed isn't, one that mustn't be is, the stream is damaged, truncated
 * or followed by other bytes, or it unpacks to more than the limit. Errors of `bytes` itself pass through unchanged.
 */
export async function* decompress(
  bytes: AsyncIterable<Uint8Array>,
  detected: Pick<DetectedFormat, 'compression' | 'contentEncoding'>,
  options: ReadingLimits = {},
  format: { readonly binary?: boolean } = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const limit = options.maxDecompressedBytes ?? DEFAULT_MAX_DECOMPRESSED_BYTES;
  const must = detected.compression === 'none' ? undefined : detected.compression;
  const opened: Packing[] = [];
  // The encoding of the transfer is the outer one.
  let expected = [detected.contentEncoding, detected.compression];
  let layer = await sniff(bytes);
  try {
    for (;;) {
      const packing = packingOf(layer.head);
      if (packing !== undefined && expected.includes(packing)) {
        expected = expected.slice(expected.indexOf(packing) + 1);
        opened.push(packing);
        layer = await sniff(unpack(layer.bytes, packing, limit));
        continue;
      }
      const missing = must !== undefined && !opened.includes(must);
      if (packing !== undefined && (missing || !format.binary)) throw new ContentError(unexpected(packing, opened));
      if (missing)
        throw new ContentError(`is said to be ${must} (by its name or its source), but ${startOf(layer.head, must)}`);
      break;
    }
    yield* layer.bytes;
  } finally {
    await layer.bytes.return();
  }
}

function packingOf(head: Uint8Array): Packing | undefined {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  return startsZstd(head) ? 'zstd' : undefined;
}

function unexpected(packing: Packing, opened: readonly Packing[]): string {
  if (opened.length > 0) return `is still ${packing} after it was unpacked: compress it once`;
  const extension = packing === 'gzip' ? '.gz' : '.zst';
  return `is ${packing} by its first bytes, but neither its name, its content encoding nor its source says so: name it ${extension}`;
}

function startOf(head: Uint8Array, packing: Packing): string {
  const magic = MAGIC[packing];
  return head.length === 0
    ? 'it is empty'
    : `it starts with the bytes ${Buffer.from(head).toString('hex', 0, magic.length / 2)} and not ${magic}`;
}

interface Layer {
  /** The first bytes, or all there are. */
  readonly head: Uint8Array;
  readonly bytes: AsyncGenerator<Uint8Array, void, undefined>;
}

async function sniff(bytes: AsyncIterable<Uint8Array>): Promise<Layer> {
  const iterator = bytes[Symbol.asyncIterator]();
  let head: Uint8Array = new Uint8Array(0);
  while (head.length < HEAD_BYTES) {
    const next = await iterator.next();
    if (next.done) break;
    head = head.length === 0 ? next.value : Buffer.concat([head, next.value]);
  }
  const resumed = resume(head, iterator);
  // Started (it yields nothing of use first), so that `return()` reaches its finally and closes the source.
  await resumed.next();
  return { head: head.subarray(0, HEAD_BYTES), bytes: resumed };
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
