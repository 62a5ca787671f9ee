/** Promise: a plan is what then happens: the same rows come, change and go, the same stubs are made and removed, the same root follows. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { graphDiff } from '../../lib/insight/diff.ts';
import { UnknownRootError } from '../../lib/insight/history.ts';
import { type PlannedGraph, planChanges } from '../../lib/insight/plan.ts';
import { keyText } from '../../lib/values/value.ts';
import { peopleFlow } from '../sync/people-flow.ts';
import { files } from './changed-files.ts';
import { changesOf, type GraphRows, sums } from './changed-graph.ts';
import { TrackedWorld } from './tracked-world.ts';

/** Answers for the database by the graph in memory. */
function graphOf({ scope, graph }: TrackedWorld): PlannedGraph {
  return {
    place: async () => ({ root: (await scope.head.read())?.root ?? '', comparable: true }),
    schema: async () => [],
    degrees: async ({ label, primaryKey }, keys) => {
      const names = new Map(keys.map(key => [`n:${label}:${primaryKey} ${keyText(key)}`, keyText(key)]));
      const present = [...names].filter(([name]) => graph.nodes.has(name));
      const edges = [...graph.edges.values()];
      return new Map(present.map(([name, key]) => [key, edges.filter(({ touches }) => touches.includes(name)).length]));
    },
  };
}

const textOf = (records: readonly object[]) => records.map(record => `${JSON.stringify(record)}\n`).join('');
const bytes = (records: readonly object[]) => Buffer.from(textOf(records));

/** Rows and stubs of the graph in memory, by name; of an edge the name doesn't have its ends: it may move. */
function contentOf({ graph }: TrackedWorld): GraphRows {
  const rows = new Map([...graph.nodes].filter(([, fingerprint]) => fingerprint !== ''));
  for (const [name, { fingerprint, touches }] of graph.edges) {
    rows.set((JSON.parse(name) as string[]).slice(0, 2).join(' '), `${fingerprint} ${touches}`);
  }
  return { rows, stubs: new Set([...graph.nodes].filter(([, it]) => it === '').map(([name]) => name)) };
}

it('holds for any files and any change of them, in batches of any size', async () => {
  await fc.assert(
    fc.asyncProperty(files, files, fc.integer({ min: 1, max: 30 }), async (first, second, maxRows) => {
      const world = new TrackedWorld();
      const write = (key: string, content: readonly object[] | null) =>
        content === null ? world.objects.remove(key) : world.put(key, content);
      for (const [key, content] of Object.entries(first)) if (content !== null) write(key, content);
      await world.apply(Object.keys(first));
      const put = new Map(Object.entries(second).map(([key, it]) => [key, it === null ? null : bytes(it)]));
      const before = contentOf(world);
      const start = (await world.scope.head.read())?.root ?? '';
      const plan = await planChanges(world.scope, { put }, graphOf(world));
      expect((await world.scope.head.read())?.root ?? '').toBe(start);

      for (const [key, content] of Object.entries(second)) write(key, content);
      await world.apply(Object.keys(second), { maxRows });
      const after = contentOf(world);
      expect(plan.next).toBe((await world.scope.head.read())?.root);
      expect(sums(plan)).toEqual(changesOf(before, after));
      expect(plan.deletes).toBe(sums(plan).rows.out);
      // Looking back says the same as looking ahead.
      expect((await graphDiff(world.scope, start)).tables).toEqual(plan.tables);
    }),
    { numRuns: 60 },
  );
});

describe('a plan', () => {
  it('names rows by table with the objects that had and will have them', async () => {
    const world = new TrackedWorld();
    await world.drop('people/a.ndjson', [
      { id: 'ada', name: 'Ada' },
      { id: 'bob', name: 'Bob' },
      { id: 'eve', name: 'Eve' },
    ]);
    await world.drop('people/b.ndjson', [
      { id: 'ada', name: 'Countess' },
      { id: 'bob', name: 'Bob' },
    ]);
    const put = new Map([['people/b.ndjson', null]]);
    const plan = await planChanges(world.scope, { put }, graphOf(world));
    const ada = { key: 'ada', from: 'people/b.ndjson', to: 'people/a.ndjson' };
    expect(plan.tables).toEqual({
      '(:Person_w)': {
        in: { count: 0, first: [] },
        changed: { count: 1, first: [ada] },
        out: { count: 0, first: [] },
        takenOver: { count: 2, first: [ada, { ...ada, key: 'bob' }] },
      },
    });
    expect(plan).toMatchObject({ changes: true, deletes: 0, objects: 1, refused: [] });
    const same = new Map([['people/a.ndjson', bytes([{ id: 'ada', name: 'Ada' }])]]);
    const out = await planChanges(world.scope, { put: same, samples: 0 }, graphOf(world));
    expect(out.tables['(:Person_w)']?.out).toEqual({ count: 1, first: [] });
    expect(out.deletes).toBe(1);
  });

  it('says what would be refused, and plans what stays in force instead', async () => {
    const world = new TrackedWorld();
    await world.drop('people/a.ndjson', [{ id: 'ada', name: 'Ada' }]);
    const put = new Map([
      ['people/a.ndjson', Buffer.from('{"id":1}\n')],
      ['people/new.ndjson', Buffer.from('no json')],
    ]);
    const plan = await planChanges(world.scope, { put }, graphOf(world));
    expect(plan).toMatchObject({ changes: false, next: plan.root, tables: {} });
    expect(plan.refused.map(({ key, lines }) => [key, lines.length])).toEqual([
      ['people/a.ndjson', 1],
      ['people/new.ndjson', 1],
    ]);
  });

  it('without content plans what is open in the bucket', async () => {
    const world = new TrackedWorld();
    await world.drop('people/a.ndjson', [{ id: 'ada', name: 'Ada' }]);
    world.objects.remove('people/a.ndjson');
    world.put('people/b.ndjson', [{ id: 'bob', name: 'Bob' }]);
    const plan = await planChanges(world.scope, {}, graphOf(world));
    expect(sums(plan).rows).toEqual({ in: 1, changed: 0, out: 1 });
    await world.apply(['people/a.ndjson', 'people/b.ndjson']);
    expect(await planChanges(world.scope, {}, graphOf(world))).toMatchObject({ changes: false, objects: 0 });
  });

  it('of a changed flow plans rows of tables that go, and rows that come out otherwise', async () => {
    const world = new TrackedWorld();
    await world.drop('people/a.ndjson', [{ id: 'ada', name: 'Ada', age: 36 }]);
    await world.drop('people/b.ndjson', [{ id: 'BOB', name: 'BOB' }]);
    await world.drop('notes/n.ndjson', [{ id: 'n', rev: 1 }]);
    const other = world.worker(peopleFlow('w', '1', { notes: false, shout: true }));
    const { tables, deletes } = await planChanges(other, {}, graphOf(world));
    expect(tables['(:Note_w)']?.out).toMatchObject({
      count: 1,
      first: [{ key: 'n', from: 'notes/n.ndjson', to: null }],
    });
    expect(tables['(:Person_w)']).toMatchObject({ changed: { count: 1, first: [{ key: 'ada' }] }, out: { count: 0 } });
    expect(deletes).toBe(1);
  });
});

describe('a diff', () => {
  it('goes from a root, or a time, to another', async () => {
    const world = new TrackedWorld();
    await world.drop('people/a.ndjson', [{ id: 'ada', name: 'Ada' }]);
    const first = (await world.scope.head.read())?.root ?? '';
    await world.drop('people/a.ndjson', [{ id: 'ada', name: 'Countess' }]);
    const last = (await world.scope.head.read())?.root ?? '';
    const from = 'people/a.ndjson';
    expect((await graphDiff(world.scope, first)).tables['(:Person_w)']).toMatchObject({
      changed: { count: 1, first: [{ key: 'ada', from, to: from }] },
      takenOver: { count: 0 },
    });
    expect(await graphDiff(world.scope, last, first)).toMatchObject({ from: last, to: first });
    expect((await graphDiff(world.scope, 0)).tables['(:Person_w)']?.in.count).toBe(1);
    expect((await graphDiff(world.scope, Date.now() + 1)).tables).toEqual({});
    await expect(graphDiff(world.scope, 'no-such-root')).rejects.toThrow(UnknownRootError);
  });
});
