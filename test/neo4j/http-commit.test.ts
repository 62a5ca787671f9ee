/** Threat: by HTTP a batch is reviewed before it is sent, and something changes in between. */
import { afterEach, describe, expect, inject } from 'vitest';
import type { Declaration } from '../../lib/definition/declaration.ts';
import { ContextKey, flow, TableSchema } from '../../lib/index.ts';
import { createFence, readFence } from '../../lib/neo4j/fence/stamp-fence.ts';
import { deleteNodes, upsertNodes } from '../../lib/neo4j/statements/node-statements.ts';
import type { ConnectionFactory } from '../../lib/neo4j/transport/connection-factory.ts';
import type { ScopeOptions, Step } from '../../lib/scope.ts';
import { pausedAt } from '../protocol/paused.ts';
import { connectionTo, type Transport } from '../support/connection.ts';
import type { World } from '../sync/world.ts';
import { it } from '../sync/world-test.ts';

const ada = { id: 'ada', name: 'Ada', age: 36 };
const bob = { id: 'bob', name: 'Bob', age: 40 };

const connections: ConnectionFactory[] = [];
afterEach(async () => {
  for (const connection of connections.splice(0)) await connection.close();
});

function openConnection(by: Transport): ConnectionFactory {
  const connection = connectionTo(inject('services').neo4j, { by });
  connections.push(connection);
  return connection;
}

/** Something that happens once, at the first time a worker comes to a step. */
function once(by: Transport, at: Step, happens: () => Promise<unknown>): Partial<ScopeOptions> {
  let done = false;
  return {
    connection: openConnection(by),
    observe: async step => {
      if (step !== at || done) return;
      done = true;
      await happens();
    },
  };
}

const kill = async (world: World, id: string) =>
  await world.query(`MATCH (n:${world.labels.person} {id: $id}) DETACH DELETE n`, { id });

describe.each<Transport>(['http', 'tx-commit'])('by %s', by => {
  it('an endpoint that goes by hand after the review comes back with its values', async ({ world }) => {
    await world.drop('people/a.ndjson', [ada, bob]);
    await world.put('knows/a.ndjson', [{ from: 'ada', to: 'bob', since: 1 }]);
    const worker = world.worker(once(by, 'committing', () => kill(world, 'bob')));
    expect(await world.sync(['knows/a.ndjson'], worker)).toMatchObject({ applied: 1, rejected: [] });
    expect(await world.graph()).toEqual({
      people: [ada, bob],
      notes: [],
      knows: [world.edge('ada', 'bob', { since: 1 })],
    });
  });

  it('a stub that goes by hand after it was seen is made again', async ({ world }) => {
    await world.drop('knows/a.ndjson', [{ from: 'ada', to: 'bob' }]);
    await world.put('knows/b.ndjson', [{ from: 'ada', to: 'cem' }]);
    const worker = world.worker(once(by, 'committing', () => kill(world, 'ada')));
    expect(await world.sync(['knows/b.ndjson'], worker)).toMatchObject({ applied: 1, rejected: [] });
    expect((await world.people()).map(({ id }) => id)).toEqual(['ada', 'bob', 'cem']);
    expect(await world.knows()).toContainEqual(world.edge('ada', 'cem'));
  });

  it('an endpoint that somebody else makes after the review is taken as it is', async ({ world }) => {
    await world.put('knows/a.ndjson', [{ from: 'ada', to: 'bob' }]);
    const { person } = world.labels;
    const worker = world.worker(
      once(by, 'committing', () => world.query(`CREATE (:${person} {id: 'bob', name: 'Eve'})`)),
    );
    expect(await world.sync(['knows/a.ndjson'], worker)).toMatchObject({ applied: 1, rejected: [] });
    expect(await world.people()).toEqual([{ id: 'ada' }, { id: 'bob', name: 'Eve' }]);
  });

  it.for<Step>(['planned', 'committing'])(
    'a request of a worker that another one overtook at %s does nothing',
    async (step, { world }) => {
      await world.put('people/a.ndjson', [ada]);
      await world.put('knows/a.ndjson', [{ from: 'ada', to: 'bob' }]);
      const keys = ['people/a.ndjson', 'knows/a.ndjson'];
      const stale = await pausedAt(world, step, keys, { connection: openConnection(by) });
      await world.put('people/a.ndjson', [bob]);
      await world.sync(keys);
      const [root, graph] = [await world.root(), await world.graph()];
      expect(await stale.wake()).toMatchObject({ report: { transactions: 0, rejected: [] } });
      expect(await world.root()).toBe(root);
      expect(await world.graph()).toEqual(graph);
    },
  );
});

describe.each<Transport>(['http', 'tx-commit'])('a transaction by %s applies nothing', by => {
  /** Commits a node that is new, and a delete of one that isn't there. */
  async function commit(world: World, epoch: number, tolerant = false) {
    const { graph } = openConnection(by);
    const stamp = { scope: world.name, epoch: 1, definition: '', store: 's' };
    await createFence(graph, stamp, 'before');
    const { person } = world.labels;
    const table = { id: person, label: person, primaryKey: 'id', columns: null };
    const row = { key: 'ada', values: ada } as unknown as Declaration;
    const failed = await graph
      .commit({
        fence: { ...stamp, epoch, root: 'before', next: 'after' },
        statements: [...upsertNodes(table, [row], await graph.valueForm()), ...deleteNodes(table, ['nobody'])],
        tolerant,
        timeoutMs: 10_000,
        store: async () => {},
        review: async () => {},
      })
      .then(
        () => null,
        error => error.code,
      );
    const fence = await readFence(graph, world.name);
    await world.query('MATCH (f:_Graphdrop {scope: $scope}) DELETE f', { scope: world.name });
    return { failed, root: fence?.root, people: (await world.people()).length };
  }

  it('if a row is not found', async ({ world }) => {
    expect(await commit(world, 1)).toEqual({ failed: 'GRAPH_DRIFT', root: 'before', people: 0 });
  });

  it('if another worker has the fence', async ({ world }) => {
    expect(await commit(world, 2)).toEqual({ failed: 'STALE_FENCE', root: 'before', people: 0 });
  });

  it('unless the batch is tolerant', async ({ world }) => {
    expect(await commit(world, 1, true)).toEqual({ failed: null, root: 'after', people: 1 });
  });
});

const bytes = (world: World) =>
  flow(new ContextKey(world.name), graph => {
    const person = graph.nodeTable<{ id: string; photo?: Uint8Array }>(world.labels.person, {
      schema: TableSchema.of({ id: { type: 'STRING' }, photo: { type: 'BYTES' } }),
    });
    graph.source('people/*', {}, record => {
      const { id, photo } = record as { id: string; photo?: string };
      return person.declareRecord(photo === undefined ? { id } : { id, photo: Buffer.from(photo) });
    });
  });

it('what tx/commit has no form for rejects the one file that has it, and says what to do', async ({ world }) => {
  const ids = ['ada', 'bob', 'cem', 'dua', 'eva'];
  for (const id of ids) await world.put(`people/${id}.ndjson`, [id === 'cem' ? { id, photo: 'x' } : { id }]);
  const keys = ids.map(id => `people/${id}.ndjson`);
  const worker = world.worker({ flow: bytes(world), connection: openConnection('tx-commit') });
  const report = await world.sync(keys, worker);
  expect(report).toMatchObject({ applied: 4, rejected: [{ key: 'people/cem.ndjson' }], unsettled: [] });
  expect(report.rejected[0]?.reason).toMatch(/BYTES .*tx\/commit.*bolt/);
  expect((await world.people()).map(({ id }) => id)).toEqual(['ada', 'bob', 'dua', 'eva']);
  const byBolt = world.worker({ flow: bytes(world), connection: openConnection('bolt') });
  expect(await world.sync(keys, byBolt)).toMatchObject({ rejected: [] });
  expect(await world.people()).toHaveLength(5);
});
