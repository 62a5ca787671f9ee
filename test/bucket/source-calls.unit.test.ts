/** Threat: a function that waits for a service is called too often at once, waits for ever, or keeps other records waiting. */
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { readObject } from '../../lib/bucket/objects.ts';
import { ContextKey, type Declared, flow, type NodeTable, type SourceOptions } from '../../lib/index.ts';
import { TrackedWorld } from '../insight/tracked-world.ts';

type Row = { readonly id: number; readonly name?: string };
type Options = Pick<SourceOptions<never>, 'concurrency' | 'timeoutMs' | 'memo'>;

function worldOf(options: Options, declare: (row: Row, table: NodeTable<Row>) => Declared | Promise<Declared>) {
  return new TrackedWorld(
    flow(new ContextKey('calls'), graph => {
      const table = graph.nodeTable<Row>('Thing');
      graph.source('*.ndjson', options, record => declare(record as unknown as Row, table));
    }),
  );
}

const rows = (count: number): Row[] => Array.from({ length: count }, (_, id) => ({ id }));

describe('calls of an async function', () => {
  it('are under way at once up to the number that the source says, of all objects together', async () => {
    let [now, most, calls] = [0, 0, 0];
    const world = worldOf({ concurrency: 3 }, async (row, table) => {
      now += 1;
      calls += 1;
      most = Math.max(most, now);
      await turn();
      now -= 1;
      return table.declareRecord(row);
    });
    for (const key of ['a.ndjson', 'b.ndjson', 'c.ndjson']) world.put(key, rows(20));
    await Promise.all(['a.ndjson', 'b.ndjson', 'c.ndjson'].map(key => readObject(world.scope, key)));
    expect({ most, calls }).toEqual({ most: 3, calls: 60 });
  });

  it('of later records go on while one takes its time', async () => {
    const { promise: last, resolve } = Promise.withResolvers<void>();
    const world = worldOf({ concurrency: 2 }, async (row, table) => {
      if (row.id === 0) await last;
      if (row.id === 3) resolve();
      return table.declareRecord(row);
    });
    world.put('a.ndjson', rows(4));
    expect((await readObject(world.scope, 'a.ndjson'))?.rows.size).toBe(4);
  });

  it('count in the order of records, whichever ends first', async () => {
    const world = worldOf({ concurrency: 8 }, async ({ id, name = '' }, table) => {
      for (let left = 8 - Number(name); left > 0; left -= 1) await turn();
      return table.declareRecord({ id, name });
    });
    world.put(
      'a.ndjson',
      Array.from({ length: 8 }, (_, n) => ({ id: 1, name: String(n) })),
    );
    const version = await readObject(world.scope, 'a.ndjson');
    expect([...(version?.rows.values() ?? [])].map(({ values }) => values.name)).toEqual(['7']);
  });

  it('that take too long leave the object unread, with the line that they are for', async () => {
    let calls = 0;
    const world = worldOf({ timeoutMs: 30, concurrency: 1 }, async (row, table) => {
      calls += 1;
      return row.id === 2 ? await new Promise<never>(() => {}) : table.declareRecord(row);
    });
    world.put('a.ndjson', rows(10));
    await expect(readObject(world.scope, 'a.ndjson')).rejects.toMatchObject({
      code: 'SLOW_CALL',
      retryable: true,
      message: expect.stringMatching(/^source \*\.ndjson: .* longer than 0\.03 s for line 3 of a\.ndjson: .*timeoutMs/),
    });
    const after = calls;
    await turn();
    expect(calls).toBe(after);
  });

  it('end with the first that says it may be tried again, and with the reading', async () => {
    let calls = 0;
    // Looked up in the memo far ahead.
    const world = worldOf({ concurrency: 2, memo: true }, async (row, table) => {
      calls += 1;
      await turn();
      if (row.id === 5) throw Object.assign(new Error('too many requests'), { retryable: true });
      return table.declareRecord(row);
    });
    world.put('a.ndjson', rows(500));
    await expect(readObject(world.scope, 'a.ndjson')).rejects.toThrow('too many requests');
    for (let n = 0; n < 200; n += 1) await turn();
    expect(calls).toBeLessThan(20);
  });

  it('are begun no more when nobody waits for the object', async () => {
    let calls = 0;
    const given = new AbortController();
    const world = worldOf({ concurrency: 1 }, async (row, table) => {
      calls += 1;
      if (row.id === 3) given.abort();
      await turn();
      return table.declareRecord(row);
    });
    world.put('a.ndjson', rows(100));
    await expect(readObject(world.scope, 'a.ndjson', { signal: given.signal })).rejects.toMatchObject({
      code: 'STALLED',
      retryable: true,
    });
    expect(calls).toBe(4);
  });

  it('are fewer where records are large: what waits is bounded by its bytes', async () => {
    let [now, most] = [0, 0];
    const world = worldOf({ concurrency: 64 }, async (row, table) => {
      now += 1;
      most = Math.max(most, now);
      for (let n = 0; n < 3; n += 1) await turn();
      now -= 1;
      return table.declareRecord({ id: row.id });
    });
    const name = 'x'.repeat(1024 * 1024);
    world.put(
      'a.ndjson',
      rows(40).map(row => ({ ...row, tags: [{ name }] })),
    );
    expect((await readObject(world.scope, 'a.ndjson'))?.rows.size).toBe(40);
    expect(most).toBeGreaterThan(5);
    expect(most).toBeLessThanOrEqual(12);
  });

  it('that failed before a fault of the file are told with it', async () => {
    const world = worldOf({}, async ({ id }) => {
      await turn();
      throw new Error(`no ${id}`);
    });
    world.put('a.ndjson', '{"id":1}\n{"id":2}\n{"id":');
    await expect(readObject(world.scope, 'a.ndjson')).rejects.toMatchObject({
      lines: [
        expect.stringContaining("a.ndjson:1 the source's function failed: no 1"),
        expect.stringContaining('a.ndjson:2 '),
        expect.stringContaining('a.ndjson:3 '),
      ],
    });
  });

  it('of a file that is refused in any case come to an end', async () => {
    let calls = 0;
    const world = worldOf({ concurrency: 4 }, async ({ id }) => {
      calls += 1;
      await turn();
      throw new Error(`no ${id}`);
    });
    world.put('a.ndjson', rows(20_000));
    await expect(readObject(world.scope, 'a.ndjson')).rejects.toMatchObject({ code: 'REJECTED_OBJECT' });
    expect(calls).toBeLessThan(100);
  });
});
