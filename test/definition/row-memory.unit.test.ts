/** Promise: what waits in memory follows from the memory that the process has. */
import { expect, it } from 'vitest';
import { memoryForParameters, memoryForRows, sizeOf } from '../../lib/definition/row-memory.ts';
import { ContextKey, flow, type NodeTable } from '../../lib/index.ts';

const MB = 1024 * 1024;

it('less memory, fewer rows; the smaller of heap and function counts; never none', () => {
  expect(memoryForRows(4_000 * MB, '1769')).toBe(memoryForRows(1_769 * MB, undefined));
  expect(memoryForRows(1_769 * MB, undefined)).toBeLessThan(0.4 * 1_769 * MB);
  expect(memoryForRows(4_000 * MB, '512')).toBeLessThan(memoryForRows(4_000 * MB, '1024'));
  expect(memoryForRows(4_000 * MB, '128')).toBe(16 * MB);
});

it('a transaction writes a part of what may wait, and never more than one text of V8 can hold when it is escaped', () => {
  expect(memoryForParameters(memoryForRows(256 * MB, '256'))).toBeLessThan(0.1 * 256 * MB);
  expect(memoryForParameters(memoryForRows(10_000 * MB, '10240'))).toBe(64 * MB);
  // 1.5 bytes a character, six characters for one that is escaped.
  expect((6 * 64 * MB) / 1.5).toBeLessThan(2 ** 29);
});

it('a row counts for what it holds: long texts, vectors and bytes', () => {
  let table!: NodeTable<Record<string, unknown> & { id: number }>;
  flow(new ContextKey('memory'), graph => {
    table = graph.nodeTable('Thing') as unknown as typeof table;
  });
  const size = (more: object) => sizeOf(table.declareRecord({ id: 1, ...more }) as never);
  const least = size({});
  expect(size({ text: 'x'.repeat(1_000_000) })).toBeGreaterThan(least + 1_000_000);
  expect(size({ vector: Array.from({ length: 1_000 }, () => 0.5) })).toBeGreaterThan(least + 8_000);
  expect(least).toBeGreaterThan(300);
});
