/** Threat: a worker's process dies between any two steps of the commit protocol. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Step } from '../../lib/scope.ts';
import { collectGarbage } from '../../lib/state/garbage-collection.ts';
import { World } from '../sync/world.ts';
import { crash } from './crash.ts';
import type { CrashPoint } from './crashing-worker.ts';
import { type AtRest, after, atRest, before, cleanRun, keys, nothing, putFiles } from './files.ts';
import { forgetRootLog, walk } from './tracked-nodes.ts';

/** Small transactions, so that the files take several; a short lease, so that its end isn't waited for long. */
const limits = { maxRowsPerTransaction: 4, leaseMs: 500, transactionMs: 20_000 };

/** How often each step comes: a step of the protocol that isn't here doesn't compile. */
const comes: Record<Step, 'once a lease' | 'once a batch'> = {
  leased: 'once a lease',
  stamped: 'once a lease',
  planned: 'once a batch',
  stored: 'once a batch',
  proposed: 'once a batch',
  committing: 'once a batch',
  committed: 'once a batch',
  accepted: 'once a batch',
  released: 'once a lease',
};
const steps = Object.keys(comes) as Step[];
const onceALease = steps.filter(step => comes[step] === 'once a lease');
const onceABatch = steps.filter(step => comes[step] === 'once a batch');
const points: CrashPoint[] = [
  ...onceALease.map(step => ({ step, nth: 1 })),
  ...onceABatch.flatMap(step => [1, 2].map(nth => ({ step, nth }))),
];

let world: World;
let restBefore: AtRest;
let restAfter: AtRest;

beforeAll(async () => {
  world = await World.create();
  await cleanRun(world, before);
  restAfter = await cleanRun(world, after);
  restBefore = await cleanRun(world, before);
});
afterAll(async () => await world.close());

/** A fresh worker does what the queue would have it do: the same keys again. */
async function recover(): Promise<AtRest> {
  await world.sync(keys, world.worker({ limits }));
  return await atRest(world);
}

it('is compared with what the files say', () => {
  const { person } = world.labels;
  const named = { p1: 'One', p3: 'p3', p4: 'Four', p5: 'p5', p6: 'p6', p9: 'p9' };
  const people = [...Object.entries(named).map(([id, name]) => ({ id, name })), { id: 'nobody' }, { id: 'stranger' }];
  expect(restAfter).toMatchObject({ pending: null, holder: null, resync: false, fenceRoot: restAfter.root });
  expect(restAfter.graph).toEqual({
    people: people.sort((a, b) => (a.id < b.id ? -1 : 1)),
    notes: [
      { id: 'n1', rev: 2, text: 'new' },
      { id: 'n3', rev: 1 },
    ],
    knows: [
      { from: 'p1', to: 'p9', properties: { id: 'moves' } },
      { from: 'p3', to: 'stranger', properties: { id: `${person}_p3_${person}_stranger`, since: 2 } },
      { from: 'p4', to: 'nobody', properties: { id: `${person}_p4_${person}_nobody` } },
    ],
  });
});

describe.each(points)('a worker that dies at $step, time $nth', at => {
  it('leaves nothing to repair: the next one goes on', async () => {
    await cleanRun(world, before);
    await putFiles(world, after);
    await crash(world, keys, at, limits);
    expect(await recover()).toEqual(restAfter);
  });
});

describe.each(points.filter(({ nth }) => nth === 2))('files that go back after a crash at $step', at => {
  it('are what the graph goes back to', async () => {
    await cleanRun(world, before);
    await putFiles(world, after);
    await crash(world, keys, at, limits);
    await putFiles(world, before);
    expect(await recover()).toEqual(restBefore);
  });
});

describe.each(onceABatch)('a collection after a crash at %s', step => {
  it('takes nothing that the next worker needs, even without grace and log', async () => {
    await cleanRun(world, before);
    await putFiles(world, after);
    await crash(world, keys, { step, nth: 2 }, limits);
    await forgetRootLog(world);
    await collectGarbage(world.worker().state, { graceMs: 0 });
    expect(await recover()).toEqual(restAfter);
    await walk(world, restAfter.root);
  });
});

it('a worker that dies while it recovers from a crash leaves nothing to repair either', async () => {
  await cleanRun(world, before);
  await putFiles(world, after);
  await crash(world, keys, { step: 'committed', nth: 1 }, limits);
  await crash(world, keys, { step: 'stamped', nth: 1 }, limits);
  await crash(world, keys, { step: 'proposed', nth: 2 }, limits);
  expect(await recover()).toEqual(restAfter);
});

describe.each(points.filter(({ nth }) => nth === 1))('a worker of a new scope that dies at $step', at => {
  it('leaves nothing to repair', async () => {
    const fresh = await World.create();
    try {
      await putFiles(fresh, before);
      await crash(fresh, keys, at, limits);
      await fresh.sync(keys, fresh.worker({ limits }));
      const recovered = await atRest(fresh);
      expect(recovered).toMatchObject({ pending: null, holder: null, resync: false, fenceRoot: recovered.root });
      await cleanRun(fresh, nothing);
      expect(recovered).toEqual(await cleanRun(fresh, before));
    } finally {
      await fresh.close();
    }
  });
});
