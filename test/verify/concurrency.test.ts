/** Threat: workers commit while a verification looks, or a verification dies while it repairs. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import type { GraphDatabase } from '../../lib/neo4j/graph-database.ts';
import type { ConnectionFactory } from '../../lib/neo4j/transport/connection-factory.ts';
import type { Scope, Step } from '../../lib/scope.ts';
import { verify } from '../../lib/verify/verify.ts';
import type { World } from '../sync/world.ts';
import { it } from '../sync/world-test.ts';
import { repairAll, verifyAll } from './verified.ts';

const people = (value: number) => Array.from({ length: 40 }, (_, i) => ({ id: i + (value % 5), name: `v${value}` }));
const knows = (value: number) =>
  Array.from({ length: 40 }, (_, i) => ({
    from: i,
    to: (i * value) % 50,
    since: value,
    ...(i % 2 === 0 && { id: `k${i}` }),
  }));

/** Makes a worker that calls `before` with each query that it is about to send. */
function watched(world: World, before: (text: string, locked: boolean) => Promise<void>): Scope {
  const { graph, database } = world.connection;
  const watching: GraphDatabase = {
    valueForm: async () => await graph.valueForm(),
    commit: async input => await graph.commit(input),
    query: async (text, parameters) => {
      await before(text, false);
      return await graph.query(text, parameters);
    },
    queryOnce: async (text, parameters) => {
      await before(text, true);
      return await graph.queryOnce(text, parameters);
    },
  };
  return world.worker({ connection: { graph: watching, database } as unknown as ConnectionFactory });
}

async function change(world: World, value: number): Promise<void> {
  await world.put('people/a.ndjson', people(value));
  await world.put('knows/a.ndjson', knows(value));
  await world.sync(
    ['people/a.ndjson', 'knows/a.ndjson'],
    world.worker({ limits: { leaseWaitMs: 30_000, maxRowsPerTransaction: 25 } }),
  );
}

describe('while workers commit', () => {
  it('a verification or a repair reports no difference that is not there', { timeout: 120_000 }, async ({ world }) => {
    await change(world, 1);
    let working = true;
    const work = (async () => {
      for (let value = 2; value < 12; value += 1) await change(world, value);
      working = false;
    })();
    const worker = world.worker({ limits: { leaseWaitMs: 30_000, maxTries: 20 } });
    let looks = 0;
    for (; working; looks += 1) {
      const options = { pageSize: 10, repair: { queue: async () => {} } };
      const { report } = await verifyAll(worker, looks % 2 === 0 ? { pageSize: 10 } : options);
      expect({ tables: report.tables, replaced: report.replaced }).toEqual({ tables: {}, replaced: false });
      expect(report.rows).toBeGreaterThan(0);
    }
    await work;
    expect(looks).toBeGreaterThan(1);
    expect(await verifyAll(worker)).toMatchObject({ clean: true });
  });

  it('a row that is committed between two looks is no difference', async ({ world }) => {
    await change(world, 1);
    // The first look sees the graph as it is after a commit that the root it began with doesn't know.
    let done = false;
    const worker = watched(world, async (text, locked) => {
      if (done || locked || !text.includes('COLLECT')) return;
      done = true;
      await change(world, 2);
    });
    const { report } = await verifyAll(worker);
    expect(done).toBe(true);
    expect(report.tables).toEqual({});
  });
});

/** A worker that stops at a step, as one does whose process dies. */
const dyingAt = (world: World, step: Step) =>
  world.worker({
    limits: { leaseMs: 300, transactionMs: 2_000 },
    observe: at => {
      if (at === step) throw new Error('it dies');
    },
  });

describe('a repair that dies is finished by the next,', () => {
  it.for<Step>(['leased', 'planned', 'stored', 'proposed', 'committing', 'committed', 'accepted'])(
    'also when it dies at %s',
    async (step, { world }) => {
      await change(world, 1);
      const right = await world.graph();
      const root = await world.root();
      const { person, knows: type } = world.labels;
      await world.query(`MATCH (n:${person} {id: 7}) SET n.name = 'other'`);
      await world.query(`MATCH (n:${person} {id: 9}) DETACH DELETE n`);
      await world.query(`CREATE (:${person} {id: 'x', name: 'x'})-[:${type} {id: 'x'}]->(:${person} {id: 'y'})`);
      const dying = verify(dyingAt(world, step), { repair: { queue: async () => {} } });
      await expect(dying).rejects.toThrow('it dies');
      await sleep(300);
      const worker = world.worker();
      await repairAll(world, worker);
      expect(await world.graph()).toEqual(right);
      expect(await world.root()).toBe(root);
      expect(await verifyAll(worker)).toMatchObject({ clean: true });
    },
  );
});
