/** Threat: a worker stands still past its lease, another one takes over, and then the first one wakes. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { GraphDefinition } from '../../lib/definition/definition.ts';
import type { DeployedScope } from '../../lib/deploy/deployed-scope.ts';
import { openScope, withdraw } from '../../lib/deploy/scope-ownership.ts';
import type { Step } from '../../lib/scope.ts';
import { peopleFlow } from '../sync/people-flow.ts';
import { World } from '../sync/world.ts';
import { type AtRest, after, atRest, before, cleanRun, keys, putFiles } from './files.ts';
import { impatient, pausedAt } from './paused.ts';

/** Whether the batch is in the graph when a step is reached; null: the worker has given its lease back. */
const isCommitted: Record<Step, boolean | null> = {
  leased: false,
  stamped: false,
  planned: false,
  stored: false,
  proposed: false,
  committing: false,
  committed: true,
  accepted: true,
  released: null,
};
const steps = Object.keys(isCommitted) as Step[];
const beforeCommit = steps.filter(step => isCommitted[step] === false);
const afterCommit = steps.filter(step => isCommitted[step]);

const other = { ...after, 'people/a.ndjson': [{ id: 'p1', name: 'third' }], 'notes/b.ndjson': null };

let world: World;
let restBefore: AtRest;
let restOther: AtRest;

beforeAll(async () => {
  world = await World.create();
  restOther = await cleanRun(world, other);
  restBefore = await cleanRun(world, before);
});
afterAll(async () => await world.close());
beforeEach(async () => {
  expect(await cleanRun(world, before)).toEqual(restBefore);
});

describe.each(beforeCommit)('a worker that wakes at %s after another one committed', step => {
  it('commits nothing, and finds everything done', async () => {
    await putFiles(world, after);
    const stale = await pausedAt(world, step, keys);
    await putFiles(world, other);
    await world.sync(keys, world.worker({ limits: impatient }));
    expect(await atRest(world)).toEqual(restOther);
    expect(await stale.wake()).toMatchObject({ report: { transactions: 0, applied: 0, unsettled: [], rejected: [] } });
    expect(await atRest(world)).toEqual(restOther);
  });

  it('commits nothing even if the files went away and came back meanwhile', async () => {
    await putFiles(world, after);
    const stale = await pausedAt(world, step, keys);
    await world.sync(keys, world.worker({ limits: impatient }));
    await putFiles(world, before);
    await world.sync(keys);
    expect(await atRest(world)).toEqual(restBefore); // the very root that the stale worker planned on
    expect(await stale.wake()).toMatchObject({ report: { transactions: 0, applied: 0 } });
    expect(await atRest(world)).toEqual(restBefore);
  });
});

describe.each(afterCommit)('a worker that wakes at %s after another one committed', step => {
  it('leaves what the other one did', async () => {
    await putFiles(world, after);
    const stale = await pausedAt(world, step, keys);
    await putFiles(world, other);
    await world.sync(keys, world.worker({ limits: impatient }));
    expect(await stale.wake()).toMatchObject({ report: { rejected: [] } });
    expect(await atRest(world)).toEqual(restOther);
  });
});

it.each(beforeCommit)('a worker that wakes at %s while the one after it has just begun does no harm', async step => {
  await putFiles(world, after);
  const stale = await pausedAt(world, step, keys);
  await putFiles(world, other);
  const next = await pausedAt(world, 'leased', keys, { limits: { ...impatient, leaseMs: 60_000 } });
  const [first, second] = [stale.wake(), next.wake()];
  expect(await second).toMatchObject({ report: { rejected: [] } });
  await first; // done or busy: both are right
  await world.sync(keys);
  expect(await atRest(world)).toEqual(restOther);
});

describe.each(beforeCommit)('a deploy while a worker stands still at %s', step => {
  it('is not undone by it: the old definition is refused', async () => {
    await putFiles(world, after);
    const stale = await pausedAt(world, step, keys);
    const next = world.worker({ flow: peopleFlow(world.name, step) });
    await openScope(deployed(next.definition));
    expect(await stale.wake()).toMatchObject({ error: { code: 'SCOPE_BUSY', reason: 'definition' } });
    expect((await atRest(world)).graph).toEqual(restBefore.graph);
    await world.sync(keys, next);
    expect(await world.graph()).toMatchObject({ notes: [{ id: 'n1', rev: 2 }, { id: 'n3' }] });
    await openScope(deployed(world.worker().definition));
  });
});

describe.each(beforeCommit)('a deploy that overrides a worker which keeps its lease and stands at %s', step => {
  it('is not followed by its commit', async () => {
    await putFiles(world, after);
    const stale = await pausedAt(world, step, keys, { limits: { ...impatient, leaseMs: 600_000 } });
    await openScope({ ...deployed(stale.scope.definition), waitMs: 100 });
    expect((await atRest(world)).graph).toEqual(restBefore.graph);
    const next = world.worker({ flow: peopleFlow(world.name, step) });
    await openScope({ ...deployed(next.definition), waitMs: 100 });
    expect(await stale.wake()).toMatchObject({ error: { code: 'SCOPE_BUSY', reason: 'definition' } });
    expect((await atRest(world)).graph).toEqual(restBefore.graph);
    await openScope(deployed(world.worker().definition));
  });
});

describe.each(beforeCommit)('a teardown while a worker stands still at %s', step => {
  it('is not followed by its commit', async () => {
    await putFiles(world, after);
    const stale = await pausedAt(world, step, keys);
    expect(await withdraw(deployed(stale.scope.definition), false)).toBe('rows');
    expect(await stale.wake()).toMatchObject({ error: { code: 'SCOPE_BUSY', reason: 'closed' } });
    expect((await atRest(world)).graph).toEqual(restBefore.graph);
    await openScope(deployed(stale.scope.definition));
  });
});

it('a worker of a new scope that wakes before its first commit leaves the fence of the one that overtook it', async () => {
  const fresh = await World.create();
  try {
    await putFiles(fresh, before);
    const stale = await pausedAt(fresh, 'stamped', keys); // it saw no fence
    await fresh.sync(keys, fresh.worker({ limits: impatient }));
    const rest = await atRest(fresh);
    expect(await stale.wake()).toMatchObject({ report: { transactions: 0 } });
    expect(await atRest(fresh)).toEqual(rest);
  } finally {
    await fresh.close();
  }
});

function deployed(definition: GraphDefinition): DeployedScope {
  const { state, name: scope } = world.worker();
  return { state, scope, graph: world.connection.graph, definition };
}
