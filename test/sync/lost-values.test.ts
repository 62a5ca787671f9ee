/** Threat: a row's winner goes, and the values of the file that should win next can't be had. The state must not claim them. */
import { describe, expect } from 'vitest';
import { z } from 'zod';
import { ContextKey, type Flow, flow, TableSchema } from '../../lib/index.ts';
import type { Scope } from '../../lib/scope.ts';
import { resync } from '../../lib/sync/resync.ts';
import { syncObjects } from '../../lib/sync/sync.ts';
import { withArchived } from './archived.ts';
import { deploy, deployedScope, putInForce } from './deploy.ts';
import { freshRoot } from './fresh-root.ts';
import type { World } from './world.ts';
import { it } from './world-test.ts';

const A = [{ id: 'ada', name: 'as A says' }];
const B = [{ id: 'ada', name: 'as B says' }];

/** Leaves the file that wins next with a bad version only: its good one expired. */
async function loseValues(world: World, key: string): Promise<void> {
  await world.forgetOldVersions(key, 'not json\n');
  await world.sync([key]);
}

describe('a good version that expired under a bad one', () => {
  it('gives its values when the very file is put again', async ({ world }) => {
    await world.drop('people/a.ndjson', A);
    await world.drop('people/b.ndjson', B); // wins: the greater key
    await loseValues(world, 'people/a.ndjson');
    await world.remove('people/b.ndjson');
    expect(await world.people()).toEqual(B); // the values are nowhere
    expect(await world.drop('people/a.ndjson', A)).toMatchObject({ applied: 1 });
    expect(await world.people()).toEqual(A);
    expect(await world.root()).toBe(await freshRoot(world));
  });

  it('gives its values when another file with the same row is put', async ({ world }) => {
    await world.drop('people/a.ndjson', A);
    await world.drop('people/b.ndjson', B);
    await loseValues(world, 'people/a.ndjson');
    await world.remove('people/b.ndjson');
    await world.drop('people/a.ndjson', [...A, { id: 'bob', name: 'Bob' }]);
    expect(await world.people()).toEqual([...A, { id: 'bob', name: 'Bob' }]);
  });

  it('loses its row to a file that comes with a greater key', async ({ world }) => {
    await world.drop('people/a.ndjson', A);
    await world.drop('people/b.ndjson', B);
    await loseValues(world, 'people/a.ndjson');
    await world.remove('people/b.ndjson');
    await world.drop('people/c.ndjson', [{ id: 'ada', name: 'as C says' }]);
    expect(await world.people()).toEqual([{ id: 'ada', name: 'as C says' }]);
    await world.remove('people/c.ndjson');
    await world.drop('people/a.ndjson', A);
    expect(await world.people()).toEqual(A);
  });

  it.for(['put again', 'deleted'])(
    'leaves no edge where a file that is gone had it, when it is %s',
    async (how, { world }) => {
      await world.drop(
        'people/p.ndjson',
        ['x', 'y', 'z'].map(id => ({ id, name: id })),
      );
      const edge = { id: 'e', from: 'x', to: 'y' };
      await world.drop('knows/a.ndjson', [edge]);
      await world.drop('knows/b.ndjson', [{ id: 'e', from: 'x', to: 'z' }]);
      await loseValues(world, 'knows/a.ndjson');
      await world.remove('knows/b.ndjson');
      if (how === 'deleted') await world.remove('knows/a.ndjson');
      else await world.drop('knows/a.ndjson', [edge]);
      expect(await world.knows()).toEqual(how === 'deleted' ? [] : [{ from: 'x', to: 'y', properties: { id: 'e' } }]);
    },
  );
});

/** People and edges with a name; strict code takes only names in capitals. */
function named(world: World, strict: boolean): { readonly flow: Flow; readonly code: string } {
  const definition = flow(new ContextKey(world.name), graph => {
    const person = graph.nodeTable<{ id: string }>(world.labels.person);
    const knows = graph.relationTable(world.labels.knows, person, person, {
      schema: TableSchema.from(z.object({ id: z.string() })),
    });
    const name = strict ? z.string().regex(/^[A-Z]/) : z.string();
    graph.source('people/*', { format: 'ndjson', record: z.object({ id: z.string(), name }) }, record =>
      person.declareRecord(record),
    );
    const edge = z.object({ id: z.string(), from: z.string(), to: z.string(), name });
    graph.source('knows/*', { format: 'ndjson', record: edge }, ({ id, from, to }) =>
      knows.declareRelation({ fromId: from, toId: to, record: { id } }),
    );
  });
  return { flow: definition, code: strict ? 'strict' : 'lax' };
}

describe('a deploy that rejects the file that would win next, and its rollback', () => {
  it('give a node the values of that file', async ({ world }) => {
    const first = await deploy(world, named(world, false));
    await world.put('people/a.ndjson', [{ id: 'ada', name: 'a' }]);
    await world.put('people/b.ndjson', [{ id: 'ada', name: 'B' }]);
    await world.sync(['people/a.ndjson', 'people/b.ndjson'], first);
    const second = await deploy(world, named(world, true));
    await world.delete('people/b.ndjson');
    await world.sync(['people/b.ndjson'], second);
    await deploy(world, named(world, false));
    expect(await world.people()).toEqual([{ id: 'ada', name: 'a' }]);
    expect(await world.root()).toBe(await freshRoot(world, named(world, false)));
  });

  it('leave no edge that no file declares any more', async ({ world }) => {
    const first = await deploy(world, named(world, false));
    await world.put('knows/a.ndjson', [{ id: 'e', from: 'x', to: 'y', name: 'a' }]);
    await world.put('knows/b.ndjson', [{ id: 'e', from: 'x', to: 'z', name: 'B' }]);
    await world.sync(['knows/a.ndjson', 'knows/b.ndjson'], first);
    const second = await deploy(world, named(world, true));
    await world.delete('knows/b.ndjson');
    await world.sync(['knows/b.ndjson'], second);
    const again = await deploy(world, named(world, false));
    await world.delete('knows/a.ndjson');
    await world.sync(['knows/a.ndjson'], again);
    expect(await world.graph()).toEqual({ people: [], notes: [], knows: [] });
    expect(await world.root()).toBe('');
  });
});

it('a file that can’t be read keeps no other object of its batch waiting, and gives its values once it can', async ({
  world,
}) => {
  await world.drop('people/a.ndjson', A);
  await world.drop('people/b.ndjson', B);
  const others = Array.from({ length: 5 }, (_, n) => `people/other${n}.ndjson`);
  for (const key of others) await world.put(key, [{ id: key, name: key }]);
  await world.delete('people/b.ndjson');
  const worker = world.worker({ ...withArchived(world, ['people/a.ndjson']) });
  await world.sync(['people/b.ndjson', ...others], worker);
  const rest = others.map(key => ({ id: key, name: key }));
  expect(await world.people()).toEqual([...B, ...rest]);
  const { outdated } = await resync(world.worker()); // it was restored from the archive
  expect(outdated).toEqual(['people/a.ndjson']);
  await world.sync(outdated);
  expect(await world.people()).toEqual([...A, ...rest]);
  expect(await world.root()).toBe(await freshRoot(world));
});

/** People and edges without keys that a file may declare absent. */
function withAbsent(world: World): Flow {
  return flow(new ContextKey(world.name), graph => {
    const person = graph.nodeTable<{ id: string }>(world.labels.person);
    const knows = graph.relationTable(world.labels.knows, person, person);
    const gone = z.boolean().optional();
    graph.source('people/*.ndjson', { record: z.object({ id: z.string(), gone }) }, record =>
      record.gone ? person.declareAbsent({ id: record.id }) : person.declareRecord({ id: record.id }),
    );
    graph.source('knows/*.ndjson', { record: z.object({ from: z.string(), to: z.string(), gone }) }, record => {
      const ends = { fromId: record.from, toId: record.to };
      return record.gone ? knows.declareAbsent(ends) : knows.declareRelation({ ...ends, record: {} });
    });
  });
}

describe('a row that was absent, whose next winner can’t be read', () => {
  const edge = { from: 'x', to: 'y' };
  const rows = { 'people/a.ndjson': { id: 'ada' }, 'knows/a.ndjson': edge };
  const keys = Object.keys(rows);

  /** Takes the declarations of absence away while the files below them are archived. */
  async function reappear(world: World): Promise<Scope> {
    const worker = world.worker({ flow: withAbsent(world) });
    const absent = keys.map(key => key.replace('/a.', '/b.'));
    for (const [key, row] of Object.entries(rows)) {
      await world.put(key, [row]);
      await world.put(key.replace('/a.', '/b.'), [{ ...row, gone: true }]);
    }
    await world.sync([...keys, ...absent], worker);
    for (const key of absent) await world.delete(key);
    await world.sync(absent, world.worker({ flow: withAbsent(world), ...withArchived(world, keys) }));
    expect(await world.graph()).toEqual({ people: [], notes: [], knows: [] });
    return worker;
  }

  it('is not told to be in the graph, and comes once its file can be read', async ({ world }) => {
    const worker = await reappear(world);
    expect(world.wrongCommits).toEqual([]);
    const { outdated } = await resync(worker);
    expect([...outdated].sort()).toEqual([...keys].sort());
    await world.sync(outdated, worker);
    expect((await world.people()).map(({ id }) => id)).toEqual(['ada', 'x', 'y']);
    expect(await world.knows()).toMatchObject([edge]);
    expect(await world.root()).toBe(await freshRoot(world, { flow: withAbsent(world) }));
  });

  it('leaves nothing when its file goes before it could be read', async ({ world }) => {
    const worker = await reappear(world);
    for (const key of keys) await world.delete(key);
    await world.sync(keys, worker);
    expect(await world.graph()).toEqual({ people: [], notes: [], knows: [] });
    expect(await world.root()).toBe('');
  });
});

/** Files that declare one row, of which new code declares none: each is looked at before the one with the greater key goes. */
async function chain(
  world: World,
  days: number,
): Promise<{ readonly keys: readonly string[]; readonly worker: Scope }> {
  const snapshots = (all: boolean): Flow =>
    flow(new ContextKey(world.name), graph => {
      const person = graph.nodeTable<{ id: string; day: number }>(world.labels.person);
      const record = z.object({ id: z.string(), day: z.number(), active: z.boolean() });
      graph.source('people/*.ndjson', { record }, ({ id, day, active }) =>
        all || active ? person.declareRecord({ id, day }) : null,
      );
    });
  const keys = Array.from({ length: days }, (_, n) => `people/day${String(n).padStart(3, '0')}.ndjson`);
  const first = world.worker({ flow: snapshots(true), code: 'v1' });
  await putInForce(deployedScope(first));
  for (const [day, key] of keys.entries()) await world.put(key, [{ id: 'ada', day, active: false }]);
  await world.sync(keys, first);
  const worker = world.worker({ flow: snapshots(false), code: 'v2' });
  await putInForce(deployedScope(worker));
  return { keys, worker };
}

it.for([8, 30])(
  'a row of %i files that new code no longer declares goes with its winner in one transaction',
  async (days, { world }) => {
    const { keys, worker } = await chain(world, days);
    // The last file is in a message by itself: the others are in those before it.
    expect(await world.sync(keys.slice(-1), worker)).toMatchObject({ transactions: 1 });
    expect(await world.people()).toEqual([]);
  },
);

it('where time is up, such files are not read on and on: what was begun is left to later looks, which end it', async ({
  world,
}) => {
  const { keys, worker } = await chain(world, 8);
  const report = await syncObjects(worker, keys.slice(-1), Date.now());
  expect(report).toMatchObject({ applied: 0, transactions: 0 });
  expect([...report.unsettled].sort()).toEqual(keys.slice(-3));
  expect(await world.people()).toHaveLength(1);
  await world.sync(report.unsettled, worker);
  expect(await world.people()).toEqual([]);
});
