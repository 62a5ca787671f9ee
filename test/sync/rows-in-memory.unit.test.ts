/** Threat: files that are read at once take more memory than there is, or a large one keeps small ones waiting. */
import { expect, it } from 'vitest';
import { z } from 'zod';
import type { ObjectBody, VersionName } from '../../lib/files/object-store.ts';
import { ContextKey, flow } from '../../lib/index.ts';
import { ConnectionFactory } from '../../lib/neo4j/transport/connection-factory.ts';
import { Scope, type ScopeLimits } from '../../lib/scope.ts';
import { ObjectReads } from '../../lib/sync/object-reads.ts';
import { MemoryObjects } from '../bucket/memory-objects.ts';
import { MemoryState } from '../state/memory-state.ts';

const KB = 1024;

/** A bucket that tells how many of its objects are being read at once. */
class WatchedObjects extends MemoryObjects {
  #open = 0;
  /** Of each object, how many were being read when its reading began, itself included. */
  readonly together = new Map<string, number>();

  override async read(key: string, version?: Partial<VersionName>): Promise<ObjectBody | null> {
    this.#open += 1;
    this.together.set(key, this.#open);
    const found = await super.read(key, version);
    return found && { ...found, body: this.#watched(found.body) };
  }

  async *#watched(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const bytes of body) {
      await new Promise(setImmediate);
      yield bytes;
    }
    this.#open -= 1;
  }
}

async function readAll(sizes: Readonly<Record<string, number>>, limits: Partial<ScopeLimits>) {
  const objects = new WatchedObjects();
  const followed = flow(new ContextKey('reads'), graph => {
    const table = graph.nodeTable<{ id: string; text: string }>('Thing');
    graph.source('*.ndjson', { record: z.object({ id: z.string(), text: z.string() }) }, row =>
      table.declareRecord(row),
    );
  });
  const connection = new ConnectionFactory({ uri: 'bolt://127.0.0.1:1', database: 'neo4j' });
  const scope = new Scope({ flow: followed, connection, objects, state: new MemoryState(), limits });
  for (const [key, bytes] of Object.entries(sizes)) {
    const rows = Array.from({ length: Math.ceil(bytes / KB) }, (_, n) => ({ id: `${key}${n}`, text: 'x'.repeat(KB) }));
    objects.put(key, Buffer.from(rows.map(row => JSON.stringify(row)).join('\n')));
  }
  const wanted = await Promise.all(Object.keys(sizes).map(async key => ({ key, head: await objects.head(key) })));
  const reads = new ObjectReads(scope, wanted, Date.now() + 60_000);
  const parts: string[][] = [];
  for (let part = await reads.next(); part !== null; part = await reads.next()) parts.push(part.map(({ key }) => key));
  return { parts, together: objects.together, left: reads.left };
}

const small = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`small${n}.ndjson`, KB]));
const large = Object.fromEntries(Array.from({ length: 4 }, (_, n) => [`large${n}.ndjson`, 2_000 * KB]));

it('small ones come first, in one part; each large one is read alone, and none is left', async () => {
  const { parts, together, left } = await readAll({ ...large, ...small }, { rowBytesInMemory: 4_000 * KB });
  expect(parts.flat()).toHaveLength(34);
  expect(
    parts
      .flat()
      .slice(0, 30)
      .every(key => key.startsWith('small')),
  ).toBe(true);
  expect(Object.keys(large).map(key => together.get(key))).toEqual([1, 1, 1, 1]);
  expect(Math.max(...together.values())).toBeGreaterThan(1);
  expect(left).toEqual([]);
});

it('where there is memory, large ones are read together', async () => {
  const { parts, together } = await readAll(large, { rowBytesInMemory: 1_000_000 * KB });
  expect(Math.max(...together.values())).toBe(4);
  expect(parts.flat()).toHaveLength(4);
});

it('what has been read is handed over before it is too much, however few rows it has', async () => {
  const { parts } = await readAll(small, { rowBytesInMemory: 24 * KB });
  expect(parts.flat()).toHaveLength(30);
  expect(parts.length).toBeGreaterThan(2);
});

it('half of what there may be is enough for a part: the next is read while it is committed', async () => {
  const many = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`many${n}.ndjson`, KB]));
  const { parts } = await readAll(many, { rowBytesInMemory: 100 * KB });
  expect(parts.flat()).toHaveLength(100);
  // 25 rows of some 2 KB, and what is being read just then.
  expect(Math.max(...parts.map(part => part.length))).toBeLessThan(35);
});
