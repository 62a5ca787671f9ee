/** Promise: status counts every object once, as it stands, and says "settled" only where nothing can change that any more. */
import { describe, expect, it } from 'vitest';
import { committedBatches, rootAt, UnknownRootError } from '../../lib/insight/history.ts';
import { scopeStatus } from '../../lib/insight/status.ts';
import { waitUntilSettled } from '../../lib/insight/wait.ts';
import { noteUnread } from '../../lib/sync/note-status.ts';
import { peopleFlow } from '../sync/people-flow.ts';
import { TrackedWorld } from './tracked-world.ts';

const person = (id: string, name = id) => ({ id, name });

describe('objects', () => {
  it('are counted by how they stand and by folder; the others are told with their reasons', async () => {
    const world = new TrackedWorld();
    await world.drop('people/a.ndjson', [person('a'), person('b')]);
    await world.drop('notes/n.ndjson', [{ id: 'n', rev: 1 }]);
    await world.drop('people/bad.ndjson', '{"id":7}\n');
    world.put('people/late.ndjson', [person('late')]);
    world.put('people/gone.ndjson', [person('gone')]);
    await world.apply(['people/gone.ndjson']);
    world.objects.remove('people/gone.ndjson');
    world.put('people/archived.ndjson', [person('old')]);
    await noteUnread(world.scope, 'people/archived.ndjson', 'archived');
    world.put(
      'knows/k.ndjson',
      [1, 2, 3].map(to => ({ from: 'a', to })),
    );
    await world.apply(['knows/k.ndjson'], { maxRows: 2, batches: 1 });
    world.put('no-source.txt', 'x');

    const status = await scopeStatus(world.scope);
    expect(status.objects).toEqual({ applied: 2, pending: 2, partly: 1, rejected: 1, unread: 1 });
    expect(status.settled).toBe(false);
    expect(Object.keys(status.folders).sort()).toEqual(['knows/', 'notes/', 'people/']);
    expect(status.folders['people/']).toEqual({ applied: 1, pending: 2, partly: 0, rejected: 1, unread: 1 });
    expect(status.open.map(({ key, standing }) => [key, standing])).toEqual([
      ['knows/k.ndjson', 'partly'],
      ['people/archived.ndjson', 'unread'],
      ['people/bad.ndjson', 'rejected'],
      ['people/late.ndjson', 'pending'],
      ['people/gone.ndjson', 'pending'],
    ]);
    expect(status.open[2]?.lines?.[0]).toContain('people/bad.ndjson:1 name');
    expect(status.rows).toEqual({ '(:Person_w)': 3, '(:Note_w)': 1, '(:Person_w)-[:KNOWS_w]->(:Person_w)': 2 });
    expect(status.waitingMs).toBeGreaterThanOrEqual(0);
    expect(JSON.parse(JSON.stringify(status))).toEqual(status);
  });

  it('with a prefix are those alone, the key that is the prefix itself among them', async () => {
    const world = new TrackedWorld();
    await world.drop('people/a.ndjson', [person('a')]);
    world.put('people/a.ndjson', [person('a', 'other')]);
    world.put('people/a.ndjson.ndjson', [person('b')]);
    world.put('people/b.ndjson', [person('b')]);
    world.put('notes/n.ndjson', [{ id: 'n', rev: 1 }]);
    const { objects, open } = await scopeStatus(world.scope, { prefix: 'people/a.ndjson' });
    expect(objects.pending).toBe(2);
    expect(open.map(({ key }) => key)).toEqual(['people/a.ndjson', 'people/a.ndjson.ndjson']);
  });

  it('are read a page at a time: when time is up the rest is told to be missing', async () => {
    const world = new TrackedWorld();
    for (let n = 0; n < 1_001; n += 1) world.put(`people/${String(n).padStart(4, '0')}.ndjson`, [person(`${n}`)]);
    const status = await scopeStatus(world.scope, { deadline: 0, samples: 3 });
    expect(status.next).toBe('people/0999.ndjson');
    expect(status.objects.pending).toBe(1_000);
    expect(status.open).toHaveLength(3);
    expect(status.settled).toBe(false);
    expect((await scopeStatus(world.scope)).objects.pending).toBe(1_001);
  });

  it('that are all in or refused are settled, but not while a batch may be about to be committed', async () => {
    const world = new TrackedWorld();
    await world.drop('people/a.ndjson', [person('a')]);
    await world.drop('people/bad.ndjson', 'no json\n');
    expect((await scopeStatus(world.scope)).settled).toBe(true);
    const { epoch } = await world.lease();
    expect(await scopeStatus(world.scope)).toMatchObject({ settled: false, head: { committing: true } });
    await world.scope.head.release(epoch);
    expect((await scopeStatus(world.scope)).settled).toBe(true);
  });

  it('are told with a definition that is not the one in force', async () => {
    const world = new TrackedWorld();
    await world.drop('people/a.ndjson', [person('a')]);
    const other = world.worker(peopleFlow('w', '2'));
    expect((await scopeStatus(other)).head.otherDefinition).toBe(true);
    expect((await scopeStatus(other)).objects.pending).toBe(1);
  });
});

describe('waiting', () => {
  it('ends when the last object is in', async () => {
    const world = new TrackedWorld();
    world.put('people/a.ndjson', [person('a')]);
    let looks = 0;
    const status = await waitUntilSettled(world.scope, {
      until: Date.now() + 60_000,
      pollMs: 1,
      onLook: () => {
        looks += 1;
        if (looks === 2) void world.apply(['people/a.ndjson']);
      },
    });
    expect(status).toMatchObject({ settled: true, objects: { applied: 1, pending: 0 } });
    expect(looks).toBeGreaterThan(2);
  });

  it('ends in a scope that is never without a lease, once the lease of the first look is over', async () => {
    const world = new TrackedWorld();
    await world.drop('people/a.ndjson', [person('a')]);
    await world.lease();
    const looks: number[] = [];
    const status = await waitUntilSettled(world.scope, {
      until: Date.now() + 60_000,
      pollMs: 1,
      onLook: ({ head }) => {
        looks.push(head.epoch);
        if (looks.length === 3) void world.lease();
      },
    });
    expect(status).toMatchObject({ settled: true, head: { committing: true } });
    expect(looks.length).toBeGreaterThan(3);
    expect(looks.at(-1)).toBe((looks[0] ?? 0) + 1);
  });

  it('gives up when time is up, and says what is open', async () => {
    const world = new TrackedWorld();
    world.put('people/a.ndjson', [person('a')]);
    const status = await waitUntilSettled(world.scope, { until: Date.now() + 20, pollMs: 5 });
    expect(status).toMatchObject({ settled: false, open: [{ key: 'people/a.ndjson', standing: 'pending' }] });
  });
});

describe('batches', () => {
  it('are listed from the present root back, without what was proposed and never committed', async () => {
    const world = new TrackedWorld();
    await world.drop('people/a.ndjson', [person('a'), person('b')]);
    const first = (await world.scope.head.read())?.root ?? '';
    const { epoch } = await world.lease();
    await world.scope.head.propose(epoch, first, 'never', 60_000, { objects: 9, rows: 9 });
    await world.drop('notes/n.ndjson', [{ id: 'n', rev: 1 }]);
    const second = (await world.scope.head.read())?.root ?? '';
    const batches = await committedBatches(world.scope);
    expect(batches).toMatchObject([
      { root: second, from: first, objects: 1, rows: 1 },
      { root: first, from: '', objects: 1, rows: 2 },
    ]);
    expect((await scopeStatus(world.scope)).lagMs?.last).toBe(batches[0]?.lagMs);
    expect(await rootAt(world.scope, Date.now() + 1)).toBe(second);
    expect(await rootAt(world.scope, 0)).toBe('');
  });

  it('are unknown for a time before the log begins', async () => {
    const world = new TrackedWorld();
    await world.drop('people/a.ndjson', [person('a')]);
    await world.drop('people/b.ndjson', [person('b')]);
    const { recent } = world.scope.state.retentionLog;
    world.scope.state.retentionLog.recent = async limit => (await recent(limit)).slice(0, 2);
    await expect(rootAt(world.scope, 0)).rejects.toThrow(UnknownRootError);
    await expect(rootAt(world.scope, 0)).rejects.toThrow(/the log begins at \d{4}-/);
  });
});
