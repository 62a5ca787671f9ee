/** Promise: rows that are spooled come back in parts that fit in memory: each row once, as it was declared last. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RowSpool, SpoolError } from '../../lib/bucket/row-spool.ts';
import type { Declaration } from '../../lib/definition/declaration.ts';
import { ContextKey, flow, type NodeTable, type RelationTable } from '../../lib/index.ts';
import type { SpooledRows } from '../../lib/reconcile/object-version.ts';

let thing!: NodeTable<{ id: number; v: number }>;
let joins!: RelationTable<{ id: number }>;
flow(new ContextKey('spool'), graph => {
  thing = graph.nodeTable('Thing', { versionBy: 'v' });
  joins = graph.relationTable('JOINS', thing, thing) as unknown as typeof joins;
});
const node = (id: number, v = 0) => thing.declareRecord({ id, v });

async function allOf(spooled: SpooledRows): Promise<Map<string, Declaration>> {
  const all = new Map<string, Declaration>();
  for (const [part, { after, upTo }] of spooled.parts.entries()) {
    for (const [row, declaration] of await spooled.read(part)) {
      expect(row > after && (upTo === null || row <= upTo)).toBe(true);
      expect(all.has(row)).toBe(false);
      all.set(row, declaration);
    }
  }
  return all;
}

describe('a spool', () => {
  it('gives back nodes and edges, and tells how many rows were replaced', async () => {
    const rows = [node(1), node(2), joins.declareRelation({ fromId: 1, toId: 'x' }), node(1, 5), node(2)];
    const spool = new RowSpool();
    for (const row of rows) spool.add(row, 1);
    const spooled = spool.finish();
    expect([...(await allOf(spooled)).values()]).toEqual(expect.arrayContaining([node(1, 5), node(2), rows[2]]));
    expect([(await allOf(spooled)).size, spooled.replaced, spooled.size]).toEqual([3, 1, 5]);
    spooled.close();
    spooled.close();
  });

  it('gives back each row with its own names, though most have those of the row before', async () => {
    const names = [['a'], ['b'], ['a', 'b'], ['b', 'a'], ['a', 'b', 'c'], [], ['a'], ['a']];
    const rows = Array.from({ length: 400 }, (_, id) => {
      const more = (names[(id * 7 + (id >> 3)) % names.length] ?? []).map(name => [name, `${name} of ${id}`]);
      return thing.declareRecord({ id, v: 0, ...Object.fromEntries(more) });
    });
    const spool = new RowSpool();
    for (const row of rows) spool.add(row, 1);
    const spooled = spool.finish();
    expect(await allOf(spooled)).toEqual(new Map(rows.map(row => [row.row, row])));
    spooled.close();
  });

  it('keeps the last of a row however often it is flushed and cut up', async () => {
    const spool = new RowSpool({ rowsPerPart: 40 });
    const count = 6_000;
    for (const v of [1, 2]) for (let id = 0; id < count; id += 1) spool.add(node(id, v), id);
    const spooled = spool.finish();
    const all = await allOf(spooled);
    expect(all.size).toBe(count);
    expect([...all.values()].every(({ values }) => values.v === 2n)).toBe(true);
    expect(spooled.replaced).toBe(count);
    for (const part of spooled.parts.keys()) expect((await spooled.read(part)).size).toBeLessThanOrEqual(40);
    spooled.close();
  });

  it('cuts parts up by what their rows take in memory as well', async () => {
    const spool = new RowSpool({ bytesPerPart: 1_000_000 });
    const text = 'x'.repeat(4_000);
    for (let id = 0; id < 4_000; id += 1) spool.add(thing.declareRecord({ id, v: 0, text } as never), id);
    const spooled = spool.finish();
    expect((await allOf(spooled)).size).toBe(4_000);
    for (const part of spooled.parts.keys()) expect((await spooled.read(part)).size).toBeLessThan(200);
    spooled.close();
  });

  it.each([
    ['in order', (n: number) => n],
    ['in the opposite order', (n: number) => 30_000 - n],
    ['in no order', (n: number) => (n * 7_919) % 30_011],
  ])('makes parts of about the same size of rows that come %s', async (_, id) => {
    const spool = new RowSpool({ rowsPerPart: 2_000 });
    for (let n = 0; n < 30_000; n += 1) spool.add(node(id(n)), n);
    const spooled = spool.finish();
    const sizes = await Promise.all([...spooled.parts.keys()].map(async part => (await spooled.read(part)).size));
    expect(sizes.reduce((all, one) => all + one, 0)).toBe(
      new Set(Array.from({ length: 30_000 }, (__, n) => id(n))).size,
    );
    // A 64th of the rows, and no more than two of the blocks of each of the three runs beside it.
    expect(Math.max(...sizes)).toBeLessThan(30_000 / 64 + 6 * 32);
    expect(spooled.parts.length).toBeLessThan(80);
    spooled.close();
  });

  it('reads a row that is declared again and again as one', async () => {
    const spool = new RowSpool({ rowsPerPart: 100 });
    for (let v = 0; v < 25_000; v += 1) spool.add(node(v % 3 === 0 ? v : 1, v), v);
    const spooled = spool.finish();
    const all = await allOf(spooled);
    expect(all.get(node(1).row)?.values.v).toBe(24_998n);
    expect(all.size).toBe(1 + Math.ceil(25_000 / 3));
    spooled.close();
  });

  it('leaves no file behind, and says so if the folder can’t be written', () => {
    const folder = mkdtempSync(join(tmpdir(), 'graphdrop-spool-'));
    const spool = new RowSpool({ folder });
    spool.add(node(1), 1);
    spool.finish();
    expect(readdirSync(folder)).toEqual([]);
    spool.close();
    rmSync(folder, { recursive: true });
    expect(() => new RowSpool({ folder })).toThrow(SpoolError);
    expect(() => new RowSpool({ folder })).toThrow('more temporary storage');
  });
});
