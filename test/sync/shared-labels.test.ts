/** Threat: two scopes of one database write to one label, and one deletes what the other's files declare. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import { z } from 'zod';
import { ContextKey, type Flow, flow, TableSchema } from '../../lib/index.ts';
import type { Scope, Step } from '../../lib/scope.ts';
import { transport } from '../support/connection.ts';
import { repairAll, verifyAll } from '../verify/verified.ts';
import { deploy } from './deploy.ts';
import type { World } from './world.ts';
import { it } from './world-test.ts';

const Row = z.looseObject({ id: z.string() });
const Edge = z.object({ id: z.string(), from: z.string(), to: z.string(), since: z.int().optional() });

/** A flow of which each of two scopes has one, over people with an extra label that both name. */
function labelledFlow(world: World, name: 'own' | 'guest') {
  const managedBy = name === 'own' ? 'system' : 'user';
  return flow(new ContextKey(`${world.name}-${name}`), graph => {
    const labels = [redOf(world)];
    const person = graph.nodeTable<{ id: string }>(world.labels.person, { managedBy, labels });
    const record = z.object({ id: z.string(), labels: z.array(z.string()).optional() });
    graph.source(`${name}/*.ndjson`, { record }, row =>
      person.declareRecord({ id: row.id }, { labels: row.labels ?? [] }),
    );
  });
}

const redOf = (world: World) => `Red_${world.name}`;

/** The keys of people that have the extra label. */
async function redPeople(world: World): Promise<unknown[]> {
  const rows = await world.query(`MATCH (n:${world.labels.person}:${redOf(world)}) RETURN n.id AS id ORDER BY id`);
  return rows.map(({ id }) => id);
}

/** A flow over the world's people and edges: of one scope they are its own, of the other they are the user's. */
function sharedFlow(world: World, managedBy: 'system' | 'user', column?: string) {
  const name = managedBy === 'system' ? 'own' : 'guest';
  return flow(new ContextKey(`${world.name}-${name}`), graph => {
    const columns = { id: { type: 'STRING' }, [column ?? '']: { type: 'STRING' } } as const;
    const schema = column === undefined ? {} : { schema: TableSchema.of<{ id: string }>(columns) };
    const person = graph.nodeTable<{ id: string }>(world.labels.person, { managedBy, ...schema });
    const knows = graph.relationTable(world.labels.knows, person, person, { managedBy });
    graph.source(`${name}/*.ndjson`, { record: Row }, row => person.declareRecord(row));
    graph.source(`${name}-edges/*.ndjson`, { record: Edge }, ({ from, to, ...record }) =>
      knows.declareRelation({ fromId: from, toId: to, record }),
    );
  });
}

const workers = (world: World, [own, guest]: readonly [string?, string?] = []): readonly [own: Scope, guest: Scope] => [
  world.worker({ flow: sharedFlow(world, 'system', own) }),
  world.worker({ flow: sharedFlow(world, 'user', guest) }),
];

/** Puts rows under a key and has a worker look at it. */
async function drop(world: World, worker: Scope, key: string, rows: readonly object[]): Promise<void> {
  await world.put(key, rows);
  expect(await world.sync([key], worker)).toMatchObject({ rejected: [], transactions: 1 });
}

async function remove(world: World, worker: Scope, key: string): Promise<void> {
  await world.delete(key);
  expect(await world.sync([key], worker)).toMatchObject({ rejected: [], transactions: 1 });
}

describe('a row that the label’s own scope declares', () => {
  it('stays when the other scope’s file goes', async ({ world }) => {
    const [own, guest] = workers(world);
    await drop(world, own, 'own/a.ndjson', [{ id: 'ada' }]);
    await drop(world, guest, 'guest/a.ndjson', [{ id: 'ada' }]);
    await remove(world, guest, 'guest/a.ndjson');
    expect(await world.people()).toEqual([{ id: 'ada' }]);
    expect((await verifyAll(own)).clean).toBe(true);
  });

  it('loses what only the other scope has columns for', async ({ world }) => {
    const [own, guest] = workers(world, ['name', 'score']);
    await drop(world, own, 'own/a.ndjson', [{ id: 'ada', name: 'Ada' }]);
    await drop(world, guest, 'guest/a.ndjson', [{ id: 'ada', score: '7' }]);
    await drop(world, own, 'own/a.ndjson', [{ id: 'ada', name: 'Countess' }]);
    expect(await world.people()).toEqual([{ id: 'ada', name: 'Countess', score: '7' }]);
    await remove(world, guest, 'guest/a.ndjson');
    expect(await world.people()).toEqual([{ id: 'ada', name: 'Countess' }]);
    expect((await verifyAll(own)).clean).toBe(true);
  });

  it('has the last value of a column that both have, until it changes or is repaired', async ({ world }) => {
    const [own, guest] = workers(world, ['name', 'name']);
    await drop(world, own, 'own/a.ndjson', [{ id: 'ada', name: 'Countess' }]);
    await drop(world, guest, 'guest/a.ndjson', [{ id: 'ada', name: 'Lady' }]);
    await remove(world, guest, 'guest/a.ndjson');
    expect(await world.people()).toEqual([{ id: 'ada', name: 'Lady' }]);
    await repairAll(world, own);
    expect(await world.people()).toEqual([{ id: 'ada', name: 'Countess' }]);
  });

  it('stays when it is an edge, and when the other scope’s rows change hands and constraints are in the way', async ({
    world,
  }) => {
    const [own, guest] = workers(world, ['name', 'score']);
    await drop(world, own, 'own/a.ndjson', [{ id: 'ada' }, { id: 'bob' }]);
    const edge = { id: 'e', from: 'ada', to: 'bob', since: 1 };
    await drop(world, own, 'own-edges/a.ndjson', [edge]);
    await drop(world, guest, 'guest-edges/a.ndjson', [edge]);
    await world.query(`CREATE CONSTRAINT ${world.name} FOR (n:${world.labels.person}) REQUIRE n.score IS UNIQUE`);
    await drop(world, guest, 'guest/a.ndjson', [{ id: 'ada', score: '1' }]);
    await drop(world, guest, 'guest/a.ndjson', [{ id: 'bob', score: '1' }]);
    expect(await world.people()).toEqual([{ id: 'ada' }, { id: 'bob', score: '1' }]);
    await remove(world, guest, 'guest-edges/a.ndjson');
    expect(await world.knows()).toEqual([{ from: 'ada', to: 'bob', properties: { id: 'e', since: 1 } }]);
  });

  it('stays when the other scope drops its table', async ({ world }) => {
    const [own, guest] = workers(world, ['name', 'score']);
    await drop(world, own, 'own/a.ndjson', [{ id: 'ada', name: 'Ada' }]);
    await drop(world, guest, 'guest/a.ndjson', [{ id: 'ada', score: '7' }]);
    const none = flow(new ContextKey(guest.context), graph => {
      graph.nodeTable(world.labels.note);
    });
    await deploy(world, { flow: none, code: 'none' });
    expect(await world.people()).toEqual([{ id: 'ada', name: 'Ada' }]);
  });
});

describe('a row that only the other scope’s files declare', () => {
  it('goes when the label’s own scope deletes it, is told as missing, and comes back with a repair', async ({
    world,
  }) => {
    const [own, guest] = workers(world, ['name', 'score']);
    await drop(world, own, 'own/a.ndjson', [{ id: 'ada', name: 'Ada' }]);
    await drop(world, guest, 'guest/a.ndjson', [{ id: 'ada', score: '7' }]);
    await remove(world, own, 'own/a.ndjson');
    expect(await world.people()).toEqual([]);
    expect((await verifyAll(guest)).clean).toBe(false);
    await repairAll(world, guest);
    expect(await world.people()).toEqual([{ id: 'ada', score: '7' }]);
  });

  it('comes back when its file changes', async ({ world }) => {
    const [own, guest] = workers(world, ['name', 'score']);
    await drop(world, own, 'own/a.ndjson', [{ id: 'ada', name: 'Ada' }]);
    await drop(world, guest, 'guest/a.ndjson', [{ id: 'ada', score: '7' }]);
    await remove(world, own, 'own/a.ndjson');
    await drop(world, guest, 'guest/a.ndjson', [{ id: 'ada', score: '8' }]);
    expect(await world.people()).toEqual([{ id: 'ada', score: '8' }]);
  });

  it('is not undeclared to the label’s own scope, and goes with its file', async ({ world }) => {
    const [own, guest] = workers(world, ['name', 'score']);
    await drop(world, own, 'own/a.ndjson', [{ id: 'ada', name: 'Ada' }]);
    await drop(world, guest, 'guest/a.ndjson', [{ id: 'bob', score: '7' }]);
    await drop(world, guest, 'guest-edges/a.ndjson', [{ id: 'e', from: 'bob', to: 'bob' }]);
    await repairAll(world, own);
    await remove(world, guest, 'guest-edges/a.ndjson');
    expect((await world.people()).map(({ id }) => id)).toEqual(['ada', 'bob']);
    await remove(world, guest, 'guest/a.ndjson');
    expect(await world.people()).toEqual([{ id: 'ada', name: 'Ada' }]);
  });

  it('stays when its file goes, once the label’s own scope declares it too', async ({ world }) => {
    const [own, guest] = workers(world, ['name', 'score']);
    await drop(world, own, 'own/a.ndjson', [{ id: 'ada', name: 'Ada' }]);
    await drop(world, guest, 'guest/a.ndjson', [{ id: 'bob', score: '7' }]);
    await drop(world, own, 'own/b.ndjson', [{ id: 'bob', name: 'Bob' }]);
    await remove(world, guest, 'guest/a.ndjson');
    expect(await world.people()).toEqual([
      { id: 'ada', name: 'Ada' },
      { id: 'bob', name: 'Bob' },
    ]);
    expect((await verifyAll(own)).clean).toBe(true);
  });
});

describe.skipIf(transport !== 'bolt')('while the label’s own scope is about to commit', () => {
  /** Has the own scope apply an object, and a change of the other scope begin before it commits. */
  async function beside(
    world: World,
    flowOf: (name: 'own' | 'guest') => Flow,
    change: (guest: Scope) => Promise<void>,
  ) {
    const guest = world.worker({ flow: flowOf('guest') });
    const changes: Promise<void>[] = [];
    const observe = async (step: Step) => {
      if (step !== 'committing' || changes.length > 0) return;
      changes.push(change(guest));
      // Its statements have found their nodes by then, and wait for those that are locked.
      await sleep(1_500);
    };
    const own = world.worker({ flow: flowOf('own'), observe });
    expect(await world.sync(['own/b.ndjson'], own)).toMatchObject({ rejected: [], transactions: 1 });
    await Promise.all(changes);
    return own;
  }

  it('a row that it declares from then on stays when the other scope’s file goes', async ({ world }) => {
    const flowOf = (name: 'own' | 'guest') => sharedFlow(world, name === 'own' ? 'system' : 'user', name);
    await drop(world, world.worker({ flow: flowOf('own') }), 'own/a.ndjson', [{ id: 'ada', own: 'Ada' }]);
    await drop(world, world.worker({ flow: flowOf('guest') }), 'guest/a.ndjson', [
      { id: 'bob', guest: '7' },
      { id: 'eve', guest: '8' },
    ]);
    await world.put('own/b.ndjson', [{ id: 'bob', own: 'Bob' }]);
    const own = await beside(world, flowOf, async guest => await remove(world, guest, 'guest/a.ndjson'));
    expect(await world.people()).toEqual([
      { id: 'ada', own: 'Ada' },
      { id: 'bob', own: 'Bob' },
    ]);
    expect((await verifyAll(own)).clean).toBe(true);
  });

  it('a row that it deletes may go with the other scope’s file', async ({ world }) => {
    const flowOf = (name: 'own' | 'guest') => sharedFlow(world, name === 'own' ? 'system' : 'user', name);
    await drop(world, world.worker({ flow: flowOf('own') }), 'own/a.ndjson', [{ id: 'ada', own: 'Ada' }]);
    await drop(world, world.worker({ flow: flowOf('own') }), 'own/b.ndjson', [{ id: 'bob', own: 'Bob' }]);
    await drop(world, world.worker({ flow: flowOf('guest') }), 'guest/a.ndjson', [{ id: 'bob', guest: '7' }]);
    await world.delete('own/b.ndjson');
    await beside(world, flowOf, async guest => await remove(world, guest, 'guest/a.ndjson'));
    expect(await world.people()).toEqual([{ id: 'ada', own: 'Ada' }]);
  });

  it('an extra label that it gives a row stays when the other scope’s file no longer says it', async ({ world }) => {
    const flowOf = (name: 'own' | 'guest') => labelledFlow(world, name);
    const labels = [redOf(world)];
    await drop(world, world.worker({ flow: flowOf('own') }), 'own/a.ndjson', [{ id: 'ada' }]);
    await drop(world, world.worker({ flow: flowOf('guest') }), 'guest/a.ndjson', [{ id: 'bob', labels }]);
    await world.put('own/b.ndjson', [{ id: 'bob', labels }]);
    const own = await beside(world, flowOf, async guest => await drop(world, guest, 'guest/a.ndjson', [{ id: 'bob' }]));
    expect(await redPeople(world)).toEqual(['bob']);
    expect((await verifyAll(own)).clean).toBe(true);
  });
});

it('where no scope claims the label, the rows of a user’s table go with their file', async ({ world }) => {
  const [, guest] = workers(world);
  await drop(world, guest, 'guest/a.ndjson', [{ id: 'ada', score: '7' }]);
  await drop(world, guest, 'guest/a.ndjson', [{ id: 'ada', rank: '1' }]);
  expect(await world.people()).toEqual([{ id: 'ada', rank: '1' }]);
  await remove(world, guest, 'guest/a.ndjson');
  expect(await world.people()).toEqual([]);
});

describe('an extra label that both scopes name', () => {
  it('stays on a row of the label’s own scope that declares it, whatever the other scope’s file says', async ({
    world,
  }) => {
    const [own, guest] = [
      world.worker({ flow: labelledFlow(world, 'own') }),
      world.worker({ flow: labelledFlow(world, 'guest') }),
    ];
    await drop(world, own, 'own/a.ndjson', [{ id: 'ada', labels: [redOf(world)] }]);
    await drop(world, guest, 'guest/a.ndjson', [{ id: 'ada' }]);
    expect(await redPeople(world)).toEqual(['ada']);
    expect((await verifyAll(own)).clean).toBe(true);
  });

  it('comes and goes with the other scope’s file on a row that only it declares', async ({ world }) => {
    const [own, guest] = [
      world.worker({ flow: labelledFlow(world, 'own') }),
      world.worker({ flow: labelledFlow(world, 'guest') }),
    ];
    await drop(world, own, 'own/a.ndjson', [{ id: 'ada' }]);
    await drop(world, guest, 'guest/a.ndjson', [{ id: 'bob', labels: [redOf(world)] }]);
    expect(await redPeople(world)).toEqual(['bob']);
    await drop(world, guest, 'guest/a.ndjson', [{ id: 'bob' }]);
    expect(await redPeople(world)).toEqual([]);
  });
});
