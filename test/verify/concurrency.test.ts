/** Threat: workers that commit while a verification looks, and verifications that die while they repair. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import type { Step } from '../../lib/scope.ts';
import { verify } from '../../lib/verify.ts';
import type { World } from '../sync/world.ts';
import { it } from '../sync/world-test.ts';
import { differences, repairAll, verifyAll } from './verified.ts';

const people = (value: number) => Array.from({ length: 40 }, (_, i) => ({ id: i + (value % 5), name: `v${value}` }));
const knows = (value: number) =>
  Array.from({ length: 40 }, (_, i) => ({
    from: i,
    to: (i * value) % 50,
    since: value,
    ...(i % 2 === 0 && { id: `k${i}` }),
  }));

async function change(world: World, value: number): Promise<void> {
  await world.put('people/a.ndjson', people(value));
  await world.put('knows/a.ndjson', knows(value));
  await world.sync(
    ['people/a.ndjson', 'knows/a.ndjson'],
    world.worker({ limits: { leaseWaitMs: 30_000, maxRowsPerTransaction: 25 } }),
  );
}

describe('while workers commit', () => {
  it('nothing is found that is not so, by a look or by a repair', { timeout: 120_000 }, async ({ world }) => {
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

  it('a row that is committed between two looks at it is no difference', async ({ world }) => {
    await change(world, 1);
    const worker = world.worker();
    // The first look sees the graph as it is after a commit that the root it began with doesn't know.
    const { graph } = world.connection;
    const query = graph.query.bind(graph);
    let done = false;
    graph.query = async (text, parameters) => {
      if (!done && text.includes('COLLECT')) {
        done = true;
        await change(world, 2);
      }
      return await query(text, parameters);
    };
    const { report } = await verifyAll(worker);
    expect(done).toBe(true);
    expect(report.tables).toEqual({});
  });

  it('a commit waits for a locked look, and comes after it', async ({ world }) => {
    await change(world, 1);
    await world.query(`MATCH (n:${world.labels.person} {id: 7}) SET n.name = 'other'`);
    const worker = world.worker();
    const { graph } = world.connection;
    const queryOnce = graph.queryOnce.bind(graph);
    const changes: Promise<void>[] = [];
    graph.queryOnce = async (text, parameters) => {
      if (text.includes('COLLECT') && changes.length === 0) changes.push(change(world, 1), sleep(50));
      return await queryOnce(text, parameters);
    };
    const { report } = await verifyAll(worker);
    await Promise.all(changes);
    expect(differences(world, report)).toEqual({ 'people altered': ['i7 name'] });
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

describe('a repair that dies', () => {
  it.for<Step>(['leased', 'planned', 'stored', 'proposed', 'committing', 'committed', 'accepted'])(
    'at %s is done by the next',
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
