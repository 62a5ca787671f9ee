/** Threat: a zstd file that is damaged, asks for memory, or hides bytes after its frames. */
import { randomBytes } from 'node:crypto';
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decompress } from '../../lib/files/compression/decompress.ts';
import { ContentError } from '../../lib/files/content-error.ts';
import type { Compression } from '../../lib/files/detect-format.ts';
import { anyCuts, byteByByte, chunked } from './chunked.ts';

const TEXT = 'id,name\n1,Ann\n2,Bob\n'.repeat(50);
type Said = { compression: Compression; contentEncoding: Compression };
const said = (compression: Compression, contentEncoding: Compression = 'none'): Said => ({
  compression,
  contentEncoding,
});
const NAMED = said('zstd');
const unpackedBytes = async (bytes: AsyncIterable<Uint8Array>, what: Said, maxDecompressedBytes = 2 ** 31) => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of decompress(bytes, what, { maxDecompressedBytes })) chunks.push(chunk);
  return Buffer.concat(chunks);
};
const unpack = async (...args: Parameters<typeof unpackedBytes>) => (await unpackedBytes(...args)).toString();
/** RFC 8878, 3.1.2. */
const skippable = (bytes: number) => {
  const frame = Buffer.alloc(8 + bytes, 0xff);
  frame.writeUInt32LE(0x184d2a50 + (bytes % 16), 0);
  frame.writeUInt32LE(bytes, 4);
  return frame;
};
const checked = { params: { [constants.ZSTD_c_checksumFlag]: 1 } };

describe('the bytes decide how often a file is unpacked', () => {
  const once = zstdCompressSync(TEXT);
  test.each([
    ['named .zst', NAMED, once],
    ['content encoding zstd', said('none', 'zstd'), once],
    ['content encoding zstd, undone by the client already', said('none', 'zstd'), Buffer.from(TEXT)],
    ['named .zst with content encoding zstd, compressed once', said('zstd', 'zstd'), once],
    ['named .zst with content encoding zstd, compressed twice', said('zstd', 'zstd'), zstdCompressSync(once)],
    ['named .zst with content encoding gzip', said('zstd', 'gzip'), gzipSync(once)],
    ['named .zst with content encoding gzip, undone already', said('zstd', 'gzip'), once],
    ['named .gz with content encoding zstd', said('gzip', 'zstd'), zstdCompressSync(gzipSync(TEXT))],
  ])('%s', async (_name, what, bytes) => {
    expect(await unpack(chunked(bytes), what)).toBe(TEXT);
    expect(await unpack(byteByByte(bytes), what)).toBe(TEXT);
  });

  test.each([
    ['other bytes', NAMED, Buffer.from('id,name'), /said to be zstd.*bytes 69642c6e and not 28b52ffd/],
    ['an empty file', NAMED, Buffer.alloc(0), /said to be zstd.*empty/],
    ['gzip named .zst', NAMED, gzipSync(TEXT), /is gzip by its first bytes/],
    ['zstd that nothing announces', said('none'), once, /is zstd.*name it \.zst/],
    ['zstd named .gz', said('gzip'), once, /is zstd.*name it \.zst/],
    ['zstd in zstd', NAMED, zstdCompressSync(once), /still zstd.*compress it once/],
    ['gzip in zstd', NAMED, zstdCompressSync(gzipSync(TEXT)), /still gzip.*compress it once/],
    ['zstd in gzip', said('gzip'), gzipSync(once), /still zstd.*compress it once/],
    ['plain in gzip, named .zst', said('zstd', 'gzip'), gzipSync(TEXT), /said to be zstd/],
    ['three layers', said('zstd', 'zstd'), zstdCompressSync(zstdCompressSync(once)), /still zstd/],
  ])('%s is an error', async (_name, what, bytes, message) => {
    await expect(unpack(chunked(bytes), what)).rejects.toThrow(message);
    await expect(unpack(byteByByte(bytes), what)).rejects.toThrow(message);
    await expect(unpack(chunked(bytes), what)).rejects.toThrow(ContentError);
  });
});

describe('zstd streams', () => {
  test('several frames, skippable ones among them, are one file, however the bytes are cut', async () => {
    const content = fc.oneof(
      fc.string().map(text => Buffer.from(text)),
      fc.uint8Array({ maxLength: 500 }).map(bytes => Buffer.from(bytes)),
      // A run and noise of many blocks: blocks of all three types.
      fc.constantFrom(Buffer.alloc(300_000, 'a'), randomBytes(300_000), Buffer.from(TEXT)),
    );
    const frame = fc.oneof(
      fc.tuple(content, fc.boolean(), fc.boolean()).map(([plain, check, sized]) => ({
        plain,
        packed: zstdCompressSync(plain, {
          params: { [constants.ZSTD_c_checksumFlag]: Number(check), [constants.ZSTD_c_contentSizeFlag]: Number(sized) },
        }),
      })),
      fc.nat(40).map(bytes => ({ plain: Buffer.alloc(0), packed: skippable(bytes) })),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(frame, { minLength: 1, maxLength: 5 }), anyCuts, async (frames, cuts) => {
        const packed = Buffer.concat(frames.map(one => one.packed));
        const plain = Buffer.concat(frames.map(one => one.plain));
        const unpacked = await unpackedBytes(chunked(packed, cuts), NAMED).catch((error: Error) => error.message);
        // What a frame holds may itself look packed, which is refused.
        if (/^(1f8b|28b52ffd|5.2a4d18)/.test(plain.toString('hex', 0, 4))) expect(unpacked).toContain('is still');
        else expect(Buffer.compare(plain, unpacked as Buffer)).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  test('a truncated file is an error at whatever byte it ends, in the first frame or a later one', async () => {
    const frame = zstdCompressSync(TEXT, checked);
    const files = [frame, Buffer.concat([frame, skippable(5), frame])];
    const ends = new Set([frame.length, frame.length + 13]);
    for (const file of files) {
      for (let length = 4; length < file.length; length += 1) {
        if (ends.has(length)) continue;
        const reading = [chunked(file.subarray(0, length)), byteByByte(file.subarray(0, length))];
        for (const bytes of reading)
          await expect(unpack(bytes, NAMED)).rejects.toThrow(
            /middle of its zstd stream|after the end of its zstd stream/,
          );
      }
    }
  });

  test('damage is an error', async () => {
    const bytes = zstdCompressSync(TEXT, checked);
    bytes.writeUInt32LE(0, bytes.length - 4);
    await expect(unpack(chunked(bytes), NAMED)).rejects.toThrow(/is damaged zstd.*checksum/);
  });

  test('any byte changed gives a clear error or some text, however it is cut, and never a crash', async () => {
    const good = zstdCompressSync(TEXT, checked);
    await fc.assert(
      fc.asyncProperty(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), anyCuts, async (at, change, cuts) => {
        const bytes = Buffer.from(good);
        bytes[at] = (bytes[at] ?? 0) ^ change;
        const result = await unpack(chunked(bytes, cuts), NAMED).catch((error: unknown) => error);
        if (typeof result !== 'string') expect(result).toBeInstanceOf(ContentError);
        else expect(result).toBe(TEXT);
      }),
      { numRuns: 500 },
    );
  });

  test.each(['\0', '\0\0\0\0more', 'trailing', '(', '\x28\xb5\x2f'])(
    'bytes after the end are an error and not lost in silence: %j',
    async rest => {
      const bytes = Buffer.concat([zstdCompressSync(TEXT), Buffer.from(rest, 'latin1')]);
      await expect(unpack(chunked(bytes), NAMED)).rejects.toThrow('has other bytes after the end of its zstd stream');
      await expect(unpack(byteByByte(bytes), NAMED)).rejects.toThrow(
        'has other bytes after the end of its zstd stream',
      );
    },
  );
});

describe('limits', () => {
  test('a bomb stops at the limit, and the message says the number', async () => {
    const bomb = zstdCompressSync(Buffer.alloc(50 * 1024 * 1024));
    expect(bomb.length).toBeLessThan(5000);
    let unpacked = 0;
    const reading = async () => {
      for await (const chunk of decompress(chunked(bomb), NAMED, { maxDecompressedBytes: 1_000_000 }))
        unpacked += chunk.length;
    };
    await expect(reading()).rejects.toThrow(/more than 1000000 bytes.*maxDecompressedBytes/);
    expect(unpacked).toBeLessThanOrEqual(1_000_000);
  });

  test('the limit is the last size that is allowed, over all frames, and holds for each layer', async () => {
    const frames = Buffer.concat([zstdCompressSync(TEXT), zstdCompressSync(TEXT)]);
    expect(await unpack(chunked(frames), NAMED, 2 * TEXT.length)).toBe(TEXT + TEXT);
    await expect(unpack(chunked(frames), NAMED, 2 * TEXT.length - 1)).rejects.toThrow(/unpacks to more/);
    const nested = zstdCompressSync(zstdCompressSync(Buffer.alloc(1_000_000)));
    await expect(unpack(chunked(nested), said('zstd', 'zstd'), 999_999)).rejects.toThrow(/unpacks to more/);
  });

  test('a window beyond 128 MiB is refused before its memory is taken', async () => {
    // A frame header with a window of 2^28 bytes (RFC 8878, 3.1.1.1.2), and an empty last block.
    const frame = (exponent: number) =>
      Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, (exponent - 10) << 3, 0x01, 0x00, 0x00]);
    expect(await unpack(chunked(frame(27)), NAMED)).toBe('');
    await expect(unpack(chunked(frame(28)), NAMED)).rejects.toThrow(/window of more than 134217728 bytes/);
  });
});

describe('the source of the bytes', () => {
  test('its failure passes through unchanged, and a reader that stops early closes it', async () => {
    const reset = Object.assign(new Error('socket hang up'), { code: 'ZSTD_error_corruption_detected' });
    async function* failing() {
      yield zstdCompressSync(TEXT).subarray(0, 20);
      throw reset;
    }
    await expect(unpack(failing(), NAMED)).rejects.toBe(reset);
    let closed = false;
    async function* watched() {
      try {
        yield* chunked(zstdCompressSync(randomBytes(1_000_000)), [0.2, 0.4, 0.6, 0.8]);
      } finally {
        closed = true;
      }
    }
    for await (const _chunk of decompress(watched(), NAMED)) break;
    await expect.poll(() => closed).toBe(true);
  });
});
