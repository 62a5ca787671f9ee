/** Threat: compression is undone once too often or too little, or a damaged stream passes for a short one. */
import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decompress } from '../../lib/files/compression/decompress.ts';
import { ContentError } from '../../lib/files/content-error.ts';
import type { Compression } from '../../lib/files/detect-format.ts';
import { anyCuts, byteByByte, chunked } from './chunked.ts';

const TEXT = 'id,name\n1,Ann\n2,Bob\n'.repeat(50);
const PLAIN = { compression: 'none', contentEncoding: 'none' } as const;
const NAMED = { compression: 'gzip', contentEncoding: 'none' } as const;
const ENCODED = { compression: 'none', contentEncoding: 'gzip' } as const;
const BOTH = { compression: 'gzip', contentEncoding: 'gzip' } as const;

type Said = { compression: Compression; contentEncoding: Compression };
const unpack = async (bytes: AsyncIterable<Uint8Array>, said: Said, maxDecompressedBytes?: number) => {
  const options = maxDecompressedBytes === undefined ? {} : { maxDecompressedBytes };
  const chunks: Uint8Array[] = [];
  for await (const chunk of decompress(bytes, said, options)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
};

describe('the bytes decide how often a file is unpacked', () => {
  const once = gzipSync(TEXT);
  test.each([
    ['plain', PLAIN, Buffer.from(TEXT)],
    ['named .gz', NAMED, once],
    ['content encoding gzip', ENCODED, once],
    ['content encoding gzip, undone by the client already', ENCODED, Buffer.from(TEXT)],
    ['named .gz with content encoding gzip, compressed once', BOTH, once],
    ['named .gz with content encoding gzip, compressed twice', BOTH, gzipSync(once)],
  ])('%s', async (_name, said, bytes) => {
    expect(await unpack(chunked(bytes), said)).toBe(TEXT);
    expect(await unpack(byteByByte(bytes), said)).toBe(TEXT);
  });

  test('a name that promises gzip over other bytes is an error that shows them', async () => {
    await expect(unpack(chunked('id'), NAMED)).rejects.toThrow(/said to be gzip.*bytes 6964 and not 1f8b/);
    await expect(unpack(chunked('id'), BOTH)).rejects.toThrow(/said to be gzip/);
    await expect(unpack(chunked(''), NAMED)).rejects.toThrow(/said to be gzip.*empty/);
    await expect(unpack(byteByByte('i'), NAMED)).rejects.toThrow(/bytes 69 and/);
  });

  test('gzip that nothing announces is an error that says what to do', async () => {
    await expect(unpack(byteByByte(once), PLAIN)).rejects.toThrow(/is gzip.*name it \.gz/);
    await expect(unpack(chunked(gzipSync(once)), NAMED)).rejects.toThrow(/still gzip.*compress it once/);
  });

  test('an empty plain file is empty', async () => {
    expect(await unpack(chunked(''), PLAIN)).toBe('');
    expect(await unpack(chunked(gzipSync('')), NAMED)).toBe('');
  });
});

describe('gzip streams', () => {
  test('several members are one file, however the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string(), { minLength: 1, maxLength: 4 }), anyCuts, async (parts, cuts) => {
        const bytes = Buffer.concat(parts.map(part => gzipSync(part)));
        expect(await unpack(chunked(bytes, cuts), NAMED)).toBe(parts.join(''));
      }),
    );
  });

  test('a truncated file is an error at whatever byte it ends', async () => {
    const bytes = gzipSync(TEXT);
    for (let length = 2; length < bytes.length; length += 1) {
      await expect(unpack(chunked(bytes.subarray(0, length)), NAMED)).rejects.toThrow(/middle of its gzip stream/);
    }
  });

  test('damage is an error', async () => {
    const bytes = gzipSync(randomBytes(1000));
    bytes.writeUInt32LE(0, bytes.length - 8);
    await expect(unpack(chunked(bytes), NAMED)).rejects.toThrow(ContentError);
  });

  test.each(['\0', '\0\0\0\0more', 'trailing'])(
    'bytes after the end are an error and not lost in silence: %j',
    async rest => {
      const bytes = Buffer.concat([gzipSync(TEXT), Buffer.from(rest)]);
      await expect(unpack(chunked(bytes), NAMED)).rejects.toThrow(ContentError);
      await expect(unpack(byteByByte(bytes), NAMED)).rejects.toThrow(ContentError);
    },
  );
});

describe('limits', () => {
  test('a bomb stops at the limit, and the message says the number', async () => {
    const bomb = gzipSync(Buffer.alloc(50 * 1024 * 1024));
    let unpacked = 0;
    const reading = async () => {
      for await (const chunk of decompress(chunked(bomb), NAMED, { maxDecompressedBytes: 1_000_000 }))
        unpacked += chunk.length;
    };
    await expect(reading()).rejects.toThrow(/more than 1000000 bytes.*maxDecompressedBytes/);
    expect(unpacked).toBeLessThanOrEqual(1_000_000);
  });

  test('the limit is the last size that is allowed, and holds for each layer', async () => {
    const bytes = gzipSync(TEXT);
    expect(await unpack(chunked(bytes), NAMED, TEXT.length)).toBe(TEXT);
    await expect(unpack(chunked(bytes), NAMED, TEXT.length - 1)).rejects.toThrow(/unpacks to more/);
    await expect(unpack(chunked(gzipSync(bytes)), BOTH, TEXT.length - 1)).rejects.toThrow(/unpacks to more/);
    expect(await unpack(chunked(TEXT), PLAIN, 1)).toBe(TEXT);
  });
});

describe('the source of the bytes', () => {
  test('its failure passes through unchanged: it may be repeated', async () => {
    const reset = Object.assign(new Error('socket hang up'), { code: 'Z_DATA_ERROR' });
    async function* failing() {
      yield gzipSync(TEXT).subarray(0, 20);
      throw reset;
    }
    for (const said of [PLAIN, NAMED]) {
      const bytes = said === PLAIN ? failingAfter(Buffer.from('a,b'), reset) : failing();
      await expect(unpack(bytes, said)).rejects.toBe(reset);
    }
    await expect(unpack(failingAfter(new Uint8Array(0), reset), NAMED)).rejects.toBe(reset);
  });

  test.each([
    ['that reads on', PLAIN, Buffer.from(TEXT)],
    ['that unpacks', NAMED, gzipSync(randomBytes(1_000_000))],
  ])('a reader %s and stops early closes it', async (_name, said, bytes) => {
    const source = watched(chunked(bytes, [0.2, 0.4, 0.6, 0.8]));
    for await (const _chunk of decompress(source.bytes, said)) break;
    await expect.poll(() => source.closed).toBe(true);
  });

  test('a refused file closes it', async () => {
    const source = watched(chunked(TEXT, [0.5]));
    await expect(unpack(source.bytes, NAMED)).rejects.toThrow(ContentError);
    expect(source.closed).toBe(true);
  });
});

async function* failingAfter(first: Uint8Array, error: Error): AsyncGenerator<Uint8Array> {
  yield first;
  throw error;
}

function watched(bytes: AsyncIterable<Uint8Array>) {
  const state = { closed: false, bytes: watching() };
  async function* watching() {
    try {
      yield* bytes;
    } finally {
      state.closed = true;
    }
  }
  return state;
}
