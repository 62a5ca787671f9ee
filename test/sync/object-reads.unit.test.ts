/** Promise: while one part is committed the next one is read, as far as both fit in memory and somebody will ask for it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ContextKey, flow } from '../../lib/index.ts';
import type { ConnectionFactory } from '../../lib/neo4j/transport/connection-factory.ts';
import type { ObjectChange } from '../../lib/reconcile/object-diff.ts';
import type { ObjectVersion } from '../../lib/reconcile/object-version.ts';
import { Scope } from '../../lib/scope.ts';
import { type ObjectRead, ObjectReads } from '../../lib/sync/object-reads.ts';
import { chunks, costlyFlow } from '../bucket/costly-flow.ts';
import { MemoryObjects } from '../bucket/memory-objects.ts';
import { MemoryState } from '../state/memory-state.ts';

const FILES = 80;
const ROWS = 12;

class CountingObjects extends MemoryObjects {
  reads = 0;

  override async read(...given: Parameters<MemoryObjects['read']>) {
    this.reads += 1;
    return await super.read(...given);
  }

  /** Waits until nothing is read any more. */
  async quiet(): Promise<number> {
    for (let before = -1; before !== this.reads; ) {
      before = this.reads;
      await sleep(30);
    }
    return this.reads;
  }
}

async function begin(size: number, isTracked = false, rowBytesInMemory = 640 * 1024 * 1024) {
  const objects = new CountingObjects();
  const things = flow(new ContextKey('reads'), graph => {
    const thing = graph.nodeTable<{ id: string }>('Thing');
    graph.source('*.ndjson', {}, record => thing.declareRecord(record as { id: string }));
  });
  const connection = { database: 'neo4j' } as ConnectionFactory;
  const limits = { maxRowsPerTransaction: 20 * ROWS, rowBytesInMemory };
  const scope = new Scope({ flow: things, objects, state: new MemoryState(), connection, limits });
  const keys = Array.from({ length: FILES }, (_, i) => `${String(i).padStart(2, '0')}.ndjson`);
  for (const key of keys) {
    const lines = Array.from({ length: ROWS }, (_, i) => `{"id":"${key}${i}"}\n`);
    await objects.write(key, lines.join(''), 'application/x-ndjson');
  }
  const head = { etag: '', contentType: '', contentEncoding: '', size, versionId: undefined };
  const reads = new ObjectReads(
    scope,
    keys.map(key => ({
      key,
      head,
      compareWith: isTracked ? { ...head, key, source: '', manifest: '', rows: ROWS } : 'nothing',
    })),
    Number.POSITIVE_INFINITY,
  );
  return { objects, reads };
}

/** Parts are cut where they are full, and up to eight reads are under way then. */
const AROUND = 8;

describe('reading objects', () => {
  it('goes on when there is nothing else to do, up to what two transactions take', async () => {
    const { objects, reads } = await begin(100);
    const part = await reads.next();
    const first = part?.length ?? 0;
    expect(first).toBeGreaterThanOrEqual(20);
    expect(await objects.quiet()).toBeLessThanOrEqual(first + AROUND);
    reads.readAhead();
    const read = await objects.quiet();
    expect(read).toBeGreaterThanOrEqual(Math.min(FILES, first + 40));
    expect(read).toBeLessThanOrEqual(first + 40 + AROUND);
    const second = await reads.next();
    expect(second?.length).toBeGreaterThanOrEqual(read - first);
  });

  it('hands over what was read meanwhile, as many rows as are asked for, and each object once', async () => {
    const { objects, reads } = await begin(100);
    const keys = (await reads.next())?.map(({ key }) => key) ?? [];
    await objects.quiet();
    keys.push(...reads.take(1_000).map(({ key }) => key));
    reads.readAhead();
    await objects.quiet();
    const taken = reads.take(5 * ROWS - 1);
    expect(taken).toHaveLength(5);
    expect(taken.every(({ version }) => version?.rows.size === ROWS)).toBe(true);
    // Nothing is begun until there is time again.
    const read = objects.reads;
    expect(await objects.quiet()).toBe(read);
    keys.push(...taken.map(({ key }) => key));
    const rest = (await reads.next())?.map(({ key }) => key) ?? [];
    expect(rest.filter(key => keys.includes(key))).toEqual([]);
  });

  it('counts what rows take in memory, however small their file was', async () => {
    const budget = 100_000;
    const { objects, reads } = await begin(1, false, budget);
    let held: (ObjectRead | ObjectChange)[] = (await reads.next()) ?? [];
    const bytesOf = (some: readonly object[]) =>
      some.reduce((sum, one) => sum + ('version' in one ? ((one.version as ObjectVersion).rowBytes ?? 0) : 0), 0);
    for (let round = 0; round < 10; round += 1) {
      reads.readAhead();
      await objects.quiet();
      held = [...held, ...reads.take(1_000)];
      expect(bytesOf(held)).toBeLessThan(2 * budget);
      reads.release(held.slice(0, 1).map(({ key }) => key));
      held = held.slice(1);
    }
  });

  it('hands over nothing meanwhile while there is one that could not be read', async () => {
    const { objects, reads } = await begin(100);
    const first = (await reads.next())?.length ?? 0;
    await objects.write(`${first + AROUND + 3}.ndjson`, 'not json', 'application/x-ndjson');
    reads.readAhead();
    await objects.quiet();
    expect(reads.take(1_000)).toEqual([]);
    const part = await reads.next();
    expect(part?.filter(read => 'error' in read)).toHaveLength(1);
  });

  it('waits where a part takes the memory that there is', async () => {
    const { objects, reads } = await begin(40 * 1024 * 1024);
    const part = await reads.next();
    reads.readAhead();
    expect(await objects.quiet()).toBe(part?.length);
    reads.release(part?.map(({ key }) => key) ?? []);
    reads.readAhead();
    expect(await objects.quiet()).toBeGreaterThan(part?.length ?? 0);
    expect((await reads.next())?.length).toBeGreaterThanOrEqual(15);
  });

  it('gives every object once, and ends', async () => {
    const { reads } = await begin(100);
    const keys: string[] = [];
    for (let part = await reads.next(); part !== null; part = await reads.next())
      for (const { key } of part) keys.push(key);
    expect(keys.length).toBe(FILES);
    expect(new Set(keys).size).toBe(FILES);
  });

  it('takes more of objects whose rows mostly stay', async () => {
    const { reads } = await begin(100, true);
    expect((await reads.next())?.length).toBeGreaterThanOrEqual(3 * 20 - AROUND);
  });

  it('calls no function any more when nobody will ask, and says how much of an object was kept until then', async () => {
    let calls = 0;
    const unfinished: { readonly key: string; readonly kept: number }[] = [];
    const slow = costlyFlow({ memo: true, concurrency: 1 }, async () => {
      calls += 1;
      await sleep(1);
      if (calls !== 5) return;
      unfinished.push(...reads.unfinished);
      reads.stop();
    });
    const objects = new MemoryObjects();
    const scope = new Scope({
      flow: slow,
      objects,
      state: new MemoryState(),
      connection: { database: 'neo4j' } as ConnectionFactory,
    });
    await objects.write(
      'a.ndjson',
      chunks(40)
        .map(chunk => `${JSON.stringify(chunk)}\n`)
        .join(''),
      '',
    );
    const reads: ObjectReads = new ObjectReads(scope, [{ key: 'a.ndjson', head: undefined }], Number.POSITIVE_INFINITY);
    expect(await reads.next()).toMatchObject([{ key: 'a.ndjson', error: { code: 'STALLED' } }]);
    expect(calls).toBe(5);
    expect(unfinished).toMatchObject([{ key: 'a.ndjson', kept: 4 }]);
  });

  it('begins no more when nobody will ask', async () => {
    const { objects, reads } = await begin(100);
    await reads.next();
    reads.stop();
    reads.readAhead();
    const read = await objects.quiet();
    await reads.next();
    expect(await objects.quiet()).toBe(read);
  });
});
