/** Threat: a version of which only the changed lines are read leaves other rows than one that is read whole. */
import { describe, expect, it, vi } from 'vitest';
import { StalledError } from '../../lib/bucket/in-time.ts';
import { readObject } from '../../lib/bucket/objects.ts';
import { ContextKey, flow } from '../../lib/index.ts';
import { TrackedWorld } from '../insight/tracked-world.ts';
import { COMPARING, comparedFlow, told } from './compared-flow.ts';

describe.each(COMPARING)('compared by %s', by => {
  /** A value of MongoDB's, which is noted. */
  const DATE = { kind: 'person', id: 'date', name: 'x', at: { $date: '2026-01-01T00:00:00Z' } };

  const people = (from: number, to: number, called = 'n') =>
    Array.from({ length: to - from }, (_, n) => ({ kind: 'person', id: `p${from + n}`, name: `${called}${from + n}` }));

  it('of a version with one record more that one alone is declared', async () => {
    const world = new TrackedWorld(comparedFlow(), by);
    await world.drop('a.ndjson', people(0, 500));
    world.put('a.ndjson', [...people(0, 250), { kind: 'person', id: 'new', name: 'new' }, ...people(250, 500)]);
    const version = await readObject(world.scope, 'a.ndjson', { compareWith: 'tracked' });
    expect(version?.since?.gone).toEqual(new Set());
    expect(version?.rows.size).toBeLessThan(by === 'blocks' ? 60 : 3);
  });

  it.each<[string, (world: TrackedWorld) => void]>([
    ['the version before is gone', world => world.objects.forgetOld('a.ndjson')],
    [
      'it is of another type',
      world => world.objects.put('a.ndjson', text(people(0, 501)), { contentType: 'application/jsonl' }),
    ],
    ['it has a row twice', world => world.put('a.ndjson', [...people(0, 500), ...people(3, 4)])],
    ['nothing is as it was', world => world.put('a.ndjson', people(0, 500, 'other'))],
  ])('a version is read whole where %s', async (_, change) => {
    const world = new TrackedWorld(comparedFlow(), by);
    await world.drop('a.ndjson', people(0, 500));
    world.put('a.ndjson', people(0, 501));
    change(world);
    const version = await readObject(world.scope, 'a.ndjson', { compareWith: 'tracked' });
    expect(version?.since).toBeUndefined();
    expect(version?.rows.size).toBeGreaterThanOrEqual(500);
  });

  /** Applies versions, by blocks and whole, and expects the same. @returns how many were read in part */
  async function expectSame(versions: readonly (readonly object[])[], before?: (world: TrackedWorld) => Promise<void>) {
    const worlds = [new TrackedWorld(comparedFlow(), by), new TrackedWorld(comparedFlow())] as const;
    for (const [n, version] of versions.entries()) {
      for (const world of worlds) {
        if (n === versions.length - 1) await before?.(world);
        await world.drop('a.ndjson', version);
      }
    }
    const [one, whole] = worlds;
    expect(one.graph.nodes).toEqual(whole.graph.nodes);
    expect(await told(one, 'a.ndjson')).toEqual(await told(whole, 'a.ndjson'));
    return one.parts;
  }

  it.each<[string, readonly object[], readonly object[]]>([
    [
      'had a row twice, of which one is gone',
      [...people(0, 500), ...people(3, 4)],
      [...people(0, 3), ...people(4, 500), ...people(3, 4)],
    ],
    [
      'had a row twice with other values, of which the last is gone',
      [...people(0, 500), ...people(3, 4, 'other')],
      people(0, 500),
    ],
    [
      'follows its size',
      [...people(0, 500), { kind: 'size', id: 's' }],
      [...people(0, 10), ...people(11, 500), { kind: 'size', id: 's' }],
    ],
    [
      'had a line that is noted',
      [...people(0, 500), DATE, ...people(500, 600)],
      [...people(1, 500), DATE, ...people(500, 600)],
    ],
  ])('a version after one that %s is read whole', async (_, before, after) => {
    expect(await expectSame([before, after])).toBe(0);
  });

  it('lines that are noted in a version of which parts are read are those of the whole', async () => {
    expect(await expectSame([people(0, 500), [...people(0, 300), DATE, ...people(300, 500)]])).toBe(0);
  });

  it('what was read of a version that was never applied isn’t gone on from', async () => {
    const never = [...people(0, 250), ...people(900, 901), ...people(251, 500)];
    const next = [...never, ...people(950, 951)];
    const read = async (world: TrackedWorld) => {
      world.put('a.ndjson', never);
      if (world.comparing !== 'nothing') await readObject(world.scope, 'a.ndjson', { compareWith: 'tracked' });
    };
    expect(await expectSame([people(0, 500), next], read)).toBe(0);
  });

  it('names that are gone keep none out that come', async () => {
    const skipping = () =>
      flow(new ContextKey('names'), graph => {
        const loose = graph.nodeTable<{ id: string }>('Loose', { maxProperties: 5 });
        graph.source('*.ndjson', { onInvalid: 'skip' }, record => loose.declareRecord(record as { id: string }));
      });
    const named = (letter: string) =>
      Array.from({ length: 300 }, (_, n) => ({ id: `${letter}${n}`, [`${letter}${n % 4}`]: n }));
    const world = new TrackedWorld(skipping(), by);
    await world.drop('a.ndjson', named('a'));
    world.put('a.ndjson', named('b'));
    const version = await readObject(world.scope, 'a.ndjson', { compareWith: 'tracked' });
    expect([version?.rows.size, version?.skipped]).toEqual([300, []]);
  });

  it('a slow call names the line of the file', async () => {
    let hangs = false;
    const slow = flow(new ContextKey('slow'), graph => {
      const row = graph.nodeTable<{ id: string }>('Row');
      graph.source('*.ndjson', { timeoutMs: 60 }, async record => {
        const { id } = record as { id: string };
        if (hangs && id === 'p999') await new Promise(() => {});
        return row.declareRecord({ id });
      });
    });
    const world = new TrackedWorld(slow, by);
    await world.drop('a.ndjson', people(0, 500));
    hangs = true;
    world.put('a.ndjson', [...people(0, 500), ...people(999, 1000)]);
    const read = readObject(world.scope, 'a.ndjson', { compareWith: 'tracked' });
    await expect(read).rejects.toThrow('line 501');
  });

  it('what its function makes of a record that is gone keeps no version from being read', async () => {
    let isBroken = false;
    const breaking = flow(new ContextKey('breaks'), graph => {
      const person = graph.nodeTable<{ id: string }>('Person');
      graph.source('*.ndjson', {}, async record => {
        const { id } = record as { id: string };
        if (isBroken && id === 'p250') throw Object.assign(new Error('not now'), { retryable: true });
        return person.declareRecord({ id });
      });
    });
    const world = new TrackedWorld(breaking, by);
    await world.drop('a.ndjson', people(0, 500));
    isBroken = true;
    world.put('a.ndjson', [...people(0, 250), ...people(251, 500)]);
    const version = await readObject(world.scope, 'a.ndjson', { compareWith: 'tracked' });
    expect([version?.rows.size, version?.since]).toEqual([499, undefined]);
  });

  it('a version that has to be read whole is not begun by blocks again', async () => {
    const world = new TrackedWorld(comparedFlow(), by);
    await world.drop('a.ndjson', people(0, 500));
    world.put('a.ndjson', [...people(0, 500), ...people(3, 4)]);
    const reads: (string | undefined)[] = [];
    const { objects } = world;
    const read = objects.read.bind(objects);
    // Time is up in the middle of the second reading.
    objects.read = async (key, version) => {
      reads.push(version?.versionId);
      if (reads.filter(id => id === undefined).length === 2) throw new StalledError('no time');
      return await read(key, version);
    };
    const again = () => readObject(world.scope, 'a.ndjson', { compareWith: 'tracked' });
    await expect(again()).rejects.toThrow('no time');
    reads.length = 0;
    expect((await again())?.rows.size).toBe(500);
    expect(reads).toEqual([undefined]);
  });

  it('a function that makes something else of records that are gone has the whole read', async () => {
    let rows = 2;
    const upgraded = flow(new ContextKey('upgrades'), graph => {
      const person = graph.nodeTable<{ id: string }>('Person');
      graph.source('*.ndjson', {}, record =>
        Array.from({ length: rows }, (_, n) => person.declareRecord({ id: `${(record as { id: string }).id} ${n}` })),
      );
    });
    const world = new TrackedWorld(upgraded, by);
    await world.drop('a.ndjson', people(0, 500));
    rows = 3;
    world.put('a.ndjson', [...people(0, 250), ...people(251, 500)]);
    const version = await readObject(world.scope, 'a.ndjson', { compareWith: 'tracked' });
    expect([version?.rows.size, version?.since]).toEqual([1497, undefined]);
  });

  it('a version is read whole once in a month, and where results are kept, before those that are in use expire', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      const parts: boolean[] = [];
      const world = new TrackedWorld(comparedFlow(), by);
      for (const day of [0, 10, 20, 29, 35, 40]) {
        vi.setSystemTime(Date.UTC(2026, 0, 1 + day));
        const before = world.parts;
        await world.drop('a.ndjson', people(day, 500));
        parts.push(world.parts > before);
      }
      expect(parts).toEqual([false, true, true, true, false, true]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('a byte order mark within the file is a fault, wherever blocks begin', async () => {
    const world = new TrackedWorld(comparedFlow(), by);
    const all = people(0, 80);
    await world.drop('a.ndjson', all);
    for (let at = 1; at < all.length; at += 1) {
      const lines = all.map((record, n) => `${n === at ? '\ufeff' : ''}${JSON.stringify(record)}\n`);
      world.put('a.ndjson', lines.join(''));
      await expect(readObject(world.scope, 'a.ndjson', { compareWith: 'tracked' })).rejects.toMatchObject({
        problems: [{ line: at + 1 }],
      });
    }
  });

  it('what another worker applied meanwhile isn’t gone on from', async () => {
    const world = new TrackedWorld(comparedFlow(), by);
    await world.drop('a.ndjson', people(0, 500));
    world.put('a.ndjson', people(1, 501));
    const late = await readObject(world.scope, 'a.ndjson', { compareWith: 'tracked' });
    expect(late?.since).toBeDefined();
    await world.drop('a.ndjson', people(2, 502));
    const outdated = await world.planned([{ key: 'a.ndjson', version: late }]);
    expect(outdated).toMatchObject({ outdated: ['a.ndjson'], edits: [] });
  });

  function text(records: readonly object[]): Buffer {
    return Buffer.from(records.map(record => `${JSON.stringify(record)}\n`).join(''));
  }
});

/** Applies versions of a file of CSV, by lines and whole, and expects the same. @returns how many were read in part */
async function expectSameCsv(...versions: readonly (readonly string[])[]): Promise<number> {
  const worlds = [new TrackedWorld(comparedFlow(), 'lines'), new TrackedWorld(comparedFlow())] as const;
  for (const version of versions) for (const world of worlds) await world.drop('a.csv', version.join('\n'));
  const [one, whole] = worlds;
  expect(one.graph.nodes).toEqual(whole.graph.nodes);
  expect(await told(one, 'a.csv')).toEqual(await told(whole, 'a.csv'));
  return one.parts;
}

describe('of a file of CSV', () => {
  const HEADER = 'kind,id,name,to';
  const rows = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => `person,p${from + n},n${n},x`);

  it.each(['id,name,y2020', 'id,name,2020'])('%s: of a row more, and of one less, that one is read', async header => {
    const years = flow(new ContextKey('years'), graph => {
      const row = graph.nodeTable<{ id: string }>('Row');
      graph.source('*.csv', {}, record => row.declareRecord({ id: (record as { id: string }).id }));
    });
    const world = new TrackedWorld(years, 'lines');
    const text = (count: number) => [header, ...Array.from({ length: count }, (_, n) => `p${n},n${n},1`)].join('\n');
    await world.drop('a.csv', text(500));
    await world.drop('a.csv', text(501));
    await world.drop('a.csv', text(500));
    expect(world.parts).toBe(2);
  });

  it('only the rows that changed are declared', async () => {
    const world = new TrackedWorld(comparedFlow(), 'lines');
    await world.drop('a.csv', [HEADER, ...rows(0, 300)].join('\n'));
    world.put('a.csv', [HEADER, ...rows(0, 300), 'person,"p ""q""",n,'].join('\n'));
    const version = await readObject(world.scope, 'a.csv', { compareWith: 'tracked' });
    // And the first, in any case.
    expect([version?.rows.size, version?.since?.gone.size]).toEqual([2, 0]);
  });

  it('a row that comes to stand within quotes is gone', async () => {
    const [before, after] = [
      ['person,q,"open', 'and shut",', 'person,p999,n,'],
      ['person,q,"open', 'person,p999,n,', 'and shut",'],
    ];
    expect(await expectSameCsv([HEADER, ...before, ...rows(0, 300)], [HEADER, ...after, ...rows(0, 300)])).toBe(0);
  });

  it.each([
    ['is another', [HEADER], ['kind,id,to,name']],
    ['stands below a blank line', ['', HEADER], ['', HEADER]],
    ['stands below a mark of its encoding', ['\ufeff', HEADER], ['\ufeff', HEADER]],
  ])('a version whose header %s is read whole', async (_, before, after) => {
    expect(await expectSameCsv([...before, ...rows(0, 300)], [...after, ...rows(1, 302)])).toBe(0);
  });
});
