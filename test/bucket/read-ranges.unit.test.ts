/** Promise: ranges of a version give its bytes there, however many they are, and a version that is gone is told. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ByteRange, readRanges } from '../../lib/bucket/read-ranges.ts';
import { ObjectReplacedError } from '../../lib/files/object-store.ts';
import { MemoryObjects } from './memory-objects.ts';

const MB = 1024 * 1024;
const text = Array.from({ length: 4 * MB }, (_, n) => String.fromCharCode(32 + ((n * 31 + (n >> 8)) % 90))).join('');

class Counting extends MemoryObjects {
  requests: string[] = [];
  givesWhole = false;

  override async read(...given: Parameters<MemoryObjects['read']>) {
    this.requests.push('whole');
    return await super.read(...given);
  }

  override async readRange(...given: Parameters<MemoryObjects['readRange']>) {
    this.requests.push('range');
    return await super.readRange(...given);
  }
}

const objects = new Counting();
await objects.write('a', text, '');
const head = await objects.head('a');

async function read(ranges: readonly ByteRange[], version = head): Promise<string> {
  objects.requests = [];
  const parts: Uint8Array[] = [];
  for await (const part of readRanges(objects, 'a', version as NonNullable<typeof head>, text.length, ranges))
    parts.push(part);
  return Buffer.concat(parts).toString('latin1');
}

const ranges = fc
  .uniqueArray(fc.nat({ max: text.length }), { maxLength: 20 })
  .map(places => places.sort((a, b) => a - b))
  .map(places => places.flatMap((start, at): ByteRange[] => (at % 2 === 1 ? [] : [[start, places[at + 1] ?? start]])));

describe('ranges', () => {
  it('are what is there', async () => {
    await fc.assert(
      fc.asyncProperty(ranges, async all => {
        expect(await read(all)).toBe(all.map(([start, end]) => text.slice(start, end)).join(''));
      }),
    );
  });

  it('are cut of the whole once all came in place of one', async () => {
    const all = [0.5, 1.5, 2.5].map((at): ByteRange => [at * MB, at * MB + 9]);
    const giving = new Counting();
    await giving.write('a', text, '');
    const version = (await giving.head('a')) as NonNullable<typeof head>;
    const parts: string[] = [];
    for await (const part of readRanges(giving, 'a', version, text.length, all)) {
      parts.push(Buffer.from(part).toString('latin1'));
      giving.givesWhole = true;
    }
    expect(parts.join('')).toBe(all.map(([start, end]) => text.slice(start, end)).join(''));
    expect(giving.requests).toEqual(['range', 'whole']);
  });

  it('that are near each other are one request', async () => {
    const all: ByteRange[] = [
      [10, 20],
      [20, 1_000],
      [40_000, 40_010],
      [3 * MB, 3 * MB + 5],
    ];
    expect(await read(all)).toBe(all.map(([start, end]) => text.slice(start, end)).join(''));
    expect(objects.requests).toEqual(['range', 'range']);
  });

  it('that come one after the other are more than one request, for memory’s sake', async () => {
    const large = 'x'.repeat(20 * MB);
    await objects.write('large', large, '');
    objects.requests = [];
    const all = Array.from({ length: 150 }, (_, n): ByteRange => [n * 100_000, (n + 1) * 100_000]);
    let bytes = 0;
    const version = (await objects.head('large')) as NonNullable<typeof head>;
    for await (const part of readRanges(objects, 'large', version, large.length, all)) bytes += part.length;
    expect([bytes, objects.requests]).toEqual([15_000_000, ['range', 'range']]);
  });

  it('that are many are read with all that is between them', async () => {
    const all = Array.from({ length: 9 }, (_, n): ByteRange => [n * 200_000, n * 200_000 + 7]);
    expect(await read(all)).toBe(all.map(([start, end]) => text.slice(start, end)).join(''));
    expect(objects.requests).toEqual(['whole']);
  });

  it('of a version that is gone can’t be read', async () => {
    const gone = { ...(head as NonNullable<typeof head>), versionId: 'gone' };
    await expect(read([[0, 10]], gone)).rejects.toBeInstanceOf(ObjectReplacedError);
    const many = Array.from({ length: 9 }, (_, n): ByteRange => [n * 200_000, n * 200_000 + 7]);
    await expect(read(many, gone)).rejects.toBeInstanceOf(ObjectReplacedError);
  });
});
