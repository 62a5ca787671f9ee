/** Promise: blocks are the text, cut at ends of lines, wherever its bytes come apart; and a change of one line changes few of them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BlockCutter } from '../../lib/bucket/block-cutter.ts';

const text = fc.array(fc.string({ maxLength: 40 }), { maxLength: 60 }).map(lines => Buffer.from(lines.join('\n')));

function blocksOf(bytes: Uint8Array, average: number, cuts: readonly number[] = []): string[] {
  const cutter = new BlockCutter(average);
  const blocks: Uint8Array[] = [];
  const places = [...cuts.map(cut => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  let start = 0;
  for (const end of places) {
    blocks.push(...cutter.push(bytes.subarray(start, end)));
    start = end;
  }
  return [...blocks, ...cutter.end()].map(block => Buffer.from(block).toString('latin1'));
}

describe('blocks', () => {
  it('are the text, each but the last a number of whole lines, however it comes', () => {
    fc.assert(
      fc.property(text, fc.constantFrom(8, 64, 1024), fc.array(fc.nat(), { maxLength: 8 }), (bytes, average, cuts) => {
        const blocks = blocksOf(bytes, average, cuts);
        expect(blocks.join('')).toBe(bytes.toString('latin1'));
        expect(blocks.slice(0, -1).every(block => block.endsWith('\n'))).toBe(true);
        expect(blocks).toEqual(blocksOf(bytes, average));
      }),
    );
  });

  const lines = Array.from(
    { length: 5_000 },
    (_, n) => `{"id":"item-${n}","name":"the ${Math.imul(n, 2654435761) >>> 0} of all"}\n`,
  );
  const before = blocksOf(Buffer.from(lines.join('')), 1024);

  it('are about as long as they are meant to be', () => {
    const average = lines.join('').length / before.length;
    expect(average).toBeGreaterThan(512);
    expect(average).toBeLessThan(2048);
  });

  it.each<[string, (lines: string[]) => void]>([
    ['put in', all => all.splice(2_500, 0, '{"id":"new"}\n')],
    ['taken away', all => all.splice(2_500, 1)],
    ['changed', all => all.splice(2_500, 1, '{"id":"new"}\n')],
    ['put before all others', all => all.unshift('{"id":"new"}\n')],
  ])('stay, but for a few, where a line is %s', (_, change) => {
    const changed = [...lines];
    change(changed);
    const known = new Set(before);
    const others = blocksOf(Buffer.from(changed.join('')), 1024).filter(block => !known.has(block));
    expect(others.length).toBeLessThanOrEqual(3);
  });

  it('are given up in a text without lines', () => {
    const cutter = new BlockCutter(64);
    const chunk = new Uint8Array(128 * 1024).fill(0x61);
    for (let n = 0; n < 8; n += 1) cutter.push(chunk);
    expect(cutter.isLost).toBe(false);
    cutter.push(chunk);
    expect(cutter.isLost).toBe(true);
  });
});
