/** Promise: a costly function is paid once for a record: by its content, the code, and what the function may read of the object. */
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { readObject } from '../../lib/bucket/objects.ts';
import { ContextKey, flow, type SourceObject, type SourceOptions } from '../../lib/index.ts';
import { TrackedWorld } from '../insight/tracked-world.ts';
import { type Chunk, type CostlyOptions, chunks, costlyFlow } from './costly-flow.ts';

const DAY_MS = 86_400_000;

/** A world whose function counts its calls. */
function counted(options: CostlyOptions = { memo: true }, cost: (chunk: Chunk) => unknown = () => null) {
  const called: string[] = [];
  const make = () =>
    costlyFlow(options, async chunk => {
      called.push(chunk.id);
      await cost(chunk);
    });
  const world = new TrackedWorld(make());
  return { world, make, calls: () => called.splice(0) };
}

afterEach(() => {
  vi.useRealTimers();
});

describe('a function whose results are kept is called', () => {
  it('for the changed records of a new version, and for none of a version that comes back', async () => {
    const { world, calls } = counted();
    await world.drop('a.ndjson', chunks(200));
    expect(calls()).toHaveLength(200);
    await world.drop(
      'a.ndjson',
      chunks(200, n => (n % 100 === 7 ? `changed ${n}` : `paragraph ${n}`)),
    );
    expect(calls()).toEqual(['c7', 'c107']);
    await world.drop('a.ndjson', chunks(200));
    expect(calls()).toEqual([]);
    expect(world.graph.nodes.size).toBe(200);
  });

  it('for no record of another file, and once for one that stands in many places', async () => {
    const { world, calls } = counted();
    world.put('a.ndjson', [...chunks(20), ...chunks(20)]);
    world.put('b.ndjson', chunks(20));
    await Promise.all([readObject(world.scope, 'a.ndjson'), readObject(world.scope, 'b.ndjson')]);
    expect(calls()).toHaveLength(20);
    await world.drop('another/name.ndjson', chunks(20));
    expect(calls()).toEqual([]);
  });

  it('for none when a file is read again for a row that another file gives up', async () => {
    const { world, calls } = counted();
    await world.drop('a.ndjson', chunks(20));
    const before = new Map(world.graph.nodes);
    await world.drop(
      'b.ndjson',
      chunks(1, () => 'of b'),
    );
    expect(world.graph.nodes).not.toEqual(before);
    calls();
    await world.remove('b.ndjson');
    expect(calls()).toEqual([]);
    expect(world.graph.nodes).toEqual(before);
  });

  it('from where a worker was that went away half way', async () => {
    let stuck = 0;
    const { world, make, calls } = counted({ memo: true, concurrency: 4 }, async ({ id }) => {
      if (Number(id.slice(1)) >= 30 && stuck < 4) {
        stuck += 1;
        await new Promise(() => {});
      }
    });
    world.put('a.ndjson', chunks(60));
    // It is given up when its time is over, which a long run of tests lives to see.
    readObject(world.worker(make()), 'a.ndjson').catch(() => {});
    await expect.poll(() => stuck).toBe(4);
    await turn();
    expect(calls()).toHaveLength(34);
    expect((await readObject(world.worker(make()), 'a.ndjson'))?.rows.size).toBe(60);
    expect(calls()).toEqual(
      chunks(60)
        .slice(30)
        .map(({ id }) => id),
    );
  });

  it('again for what it threw', async () => {
    let isFailing = true;
    const { world, calls } = counted({ memo: true, onInvalid: 'skip' }, ({ id }) => {
      if (id === 'c1' && isFailing) throw new Error('no');
    });
    world.put('a.ndjson', chunks(3));
    expect((await readObject(world.scope, 'a.ndjson'))?.skipped).toHaveLength(1);
    isFailing = false;
    calls();
    expect((await readObject(world.scope, 'a.ndjson'))?.rows.size).toBe(3);
    expect(calls()).toEqual(['c1']);
  });

  it.each<[string, CostlyOptions, CostlyOptions]>([
    ['a memo of another version', { memo: 1 }, { memo: 2 }],
    ['no memo', { memo: true }, { memo: false }],
  ])('for all by %s', async (_, first, second) => {
    const { world, calls } = counted(first);
    world.put('a.ndjson', chunks(10));
    await readObject(world.scope, 'a.ndjson');
    expect(calls()).toHaveLength(10);
    let more = 0;
    await readObject(world.worker(costlyFlow(second, () => (more += 1))), 'a.ndjson');
    expect(more).toBe(10);
  });

  it('for all by other code, also where only that has changed', async () => {
    const { world, make, calls } = counted();
    world.put('a.ndjson', chunks(10));
    for (const [code, expected] of [
      ['1', 10],
      ['2', 10],
      ['1', 0],
    ] as const) {
      await readObject(world.worker(make(), code), 'a.ndjson');
      expect([code, calls().length]).toEqual([code, expected]);
    }
  });

  it('for all where the tables make other rows of them', async () => {
    const { world, calls } = counted();
    world.put('a.ndjson', chunks(10));
    await readObject(world.scope, 'a.ndjson');
    calls();
    let more = 0;
    await readObject(world.worker(costlyFlow({ memo: true }, () => (more += 1), 'Other')), 'a.ndjson');
    expect(more).toBe(10);
  });

  it('for none by another concurrency or time limit, and no object is looked at again', () => {
    const fingerprint = (options: CostlyOptions) => costlyFlow(options, () => null).definition.sources[0]?.fingerprint;
    const one = fingerprint({ memo: { days: 5 }, concurrency: 3, timeoutMs: 9 });
    expect(one).toBe(fingerprint({ memo: { dependsOn: [] } }));
    expect(one).not.toBe(fingerprint({ memo: { version: 1 } }));
    expect(one).not.toBe(fingerprint({ memo: { dependsOn: ['key'] } }));
    expect(one).not.toBe(fingerprint({}));
  });

  it('as long as its results are in use, and again when they were not for the days that the memo has', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { world, calls } = counted({ memo: { days: 10 } });
    world.put('a.ndjson', chunks(5));
    await readObject(world.scope, 'a.ndjson');
    calls();
    for (let n = 0; n < 5; n += 1) {
      vi.setSystemTime(Date.now() + 9 * DAY_MS);
      await readObject(world.scope, 'a.ndjson');
    }
    expect(calls()).toEqual([]);
    vi.setSystemTime(Date.now() + 11 * DAY_MS);
    await readObject(world.scope, 'a.ndjson');
    expect(calls()).toHaveLength(5);
  });

  it('and nothing of it is kept, where somebody only asks', async () => {
    const { world, calls } = counted();
    world.put('a.ndjson', chunks(5));
    for (let n = 0; n < 2; n += 1) await readObject(world.scope.asking(), 'a.ndjson');
    expect(calls()).toHaveLength(10);
    await readObject(world.scope, 'a.ndjson');
    calls();
    await readObject(world.scope.asking(), 'a.ndjson');
    expect(calls()).toEqual([]);
  });
});

describe('what a memo depends on', () => {
  const world = (memo: NonNullable<SourceOptions<never>['memo']>, read: (object: SourceObject) => unknown) =>
    new TrackedWorld(
      flow(new ContextKey('costly'), graph => {
        const chunk = graph.nodeTable<{ id: string; of: string }>('Chunk');
        graph.source('*.ndjson', { memo }, ({ id }, object) =>
          chunk.declareRecord({ id: String(id), of: String(read(object)) }),
        );
      }),
    );

  it('are declared: nothing else of the object can be read', async () => {
    const undeclared = world(true, object => object.key);
    undeclared.put('a.ndjson', chunks(1));
    await expect(readObject(undeclared.scope, 'a.ndjson')).rejects.toMatchObject({
      code: 'REJECTED_OBJECT',
      message: expect.stringContaining(
        "reads the object's key, and results are kept that don't depend on it: say memo: { dependsOn: ['key'] }",
      ),
    });
    const copied = world({ dependsOn: ['key'] }, object => ({ ...object }).key);
    copied.put('a.ndjson', chunks(1));
    await expect(readObject(copied.scope, 'a.ndjson')).rejects.toThrow("dependsOn: ['key', 'size'] }");
  });

  it.each(['key', 'size'] as const)('tell results apart: %s', async name => {
    const one = world({ dependsOn: [name] }, object => object[name]);
    await one.drop('a.ndjson', chunks(1));
    await one.drop('bb.ndjson', `${JSON.stringify(chunks(1)[0])}   \n`);
    const other = world(false, object => object[name]);
    await other.drop('bb.ndjson', `${JSON.stringify(chunks(1)[0])}   \n`);
    expect(one.graph.nodes).toEqual(other.graph.nodes);
  });
});

describe('results are told apart', () => {
  /** Reads records of one file by a function that writes down what it got. */
  async function seen(record: SourceOptions<z.ZodType>['record'], lines: string, more: object = {}) {
    const got: unknown[] = [];
    const world = new TrackedWorld(
      flow(new ContextKey('costly'), graph => {
        const chunk = graph.nodeTable<{ id: number; n: number }>('Chunk');
        graph.source('*', { memo: true, format: 'ndjson', ...more, ...(record && { record }) }, value => {
          got.push(value);
          return chunk.declareRecord({ id: got.length, n: got.length });
        });
      }),
    );
    world.put('a', lines);
    await readObject(world.scope, 'a');
    return got;
  }

  it('by everything that a function could tell', async () => {
    const lines = [
      '{"a":1}',
      '{"a":-0}',
      '{"a":0}',
      '{"a":"1"}',
      '{"a":[1]}',
      '{"a":["1"]}',
      '{"a":null}',
      '{}',
      '{"a":1,"b":2}',
      '{"b":2,"a":1}',
      '{"a":12345678901234567890}',
      '{"a":{"b":1}}',
      '{"a":true}',
    ];
    expect(await seen(undefined, lines.join('\n'))).toHaveLength(lines.length);
    expect(await seen(undefined, [...lines, ...lines].join('\n'))).toHaveLength(lines.length);
  });

  it('by what a file has as FLOAT, which JavaScript has no mark for', async () => {
    const lines = ['{"a":{"$numberDouble":"1.0"}}', '{"a":{"$numberInt":"1"}}'].join('\n');
    const got = await seen(undefined, lines, { extendedJson: true });
    expect(got).toHaveLength(2);
  });

  it('also where a schema makes other things of them; what has no content that could be told is a call each time', async () => {
    class Money {
      readonly amount: number;
      constructor(amount: number) {
        this.amount = amount;
      }
    }
    const twice = ['{"a":1}', '{"a":2}', '{"a":1}'].join('\n');
    const of = async (make: (a: number) => unknown) => await seen(z.object({ a: z.number().transform(make) }), twice);
    expect(await of(a => new Date(a))).toHaveLength(2);
    expect(await of(a => new Map([[a, new Set([BigInt(a)])]]))).toHaveLength(2);
    expect(await of(a => new Uint8Array([a]))).toHaveLength(2);
    expect(await of(a => new Money(a))).toHaveLength(3);
    expect(await of(a => () => a)).toHaveLength(3);
    expect(await of(a => Object.assign([a], { more: 1 }))).toHaveLength(3);
  });
});
