/**
 * Promise: what is in force of an object whose newest version is rejected follows from the bucket's versions alone, whoever
 * looked at which of them when.
 */
import { expect } from 'vitest';
import { openScope } from '../../lib/scope-lifecycle.ts';
import { atRest } from '../protocol/files.ts';
import { resyncUntilSettled } from '../protocol/resynced.ts';
import { peopleFlow } from './people-flow.ts';
import type { World } from './world.ts';
import { it } from './world-test.ts';

const KEY = 'people/a.ndjson';
const ada = [{ id: 'ada', name: 'Ada' }];
const bob = [{ id: 'bob', name: 'Bob' }];
const bad = 'not acceptable';

async function putAll(world: World, ...contents: readonly (typeof ada | string | null)[]): Promise<void> {
  for (const content of contents) {
    if (content === null) await world.delete(KEY);
    else await world.put(KEY, content);
  }
}

it('a good version is in force under a bad one, though nobody saw it while it was the newest', async ({ world }) => {
  await putAll(world, ada, bob, bad, bad);
  expect(await world.sync([KEY])).toMatchObject({ applied: 1, rejected: [{ key: KEY }] });
  expect(await world.people()).toEqual(bob);
  expect(await world.status(KEY)).toMatchObject({ state: 'rejected', inForce: expect.stringMatching(/./) });
  expect(await world.sync([KEY])).toMatchObject({ applied: 0, transactions: 0, rejected: [{ key: KEY }] });
  await resyncUntilSettled(world);
  expect(await world.people()).toEqual(bob);
});

it('nothing is in force under a bad version that was put after the object was deleted', async ({ world }) => {
  await world.drop(KEY, ada);
  await putAll(world, null, bad);
  await world.sync([KEY]);
  expect(await world.people()).toEqual([]);
  await resyncUntilSettled(world);
  expect(await atRest(world)).toMatchObject({ graph: { people: [] } });
});

it('a version that came before a bad one comes back to a wiped database', async ({ world }) => {
  await world.drop(KEY, ada);
  await putAll(world, bob, bad);
  await world.query(`MATCH (n:${world.labels.person}) DETACH DELETE n`);
  await world.query('MATCH (f:_Graphdrop {scope: $scope}) DELETE f', { scope: world.worker().name });
  await resyncUntilSettled(world);
  expect(await world.people()).toEqual(bob);
});

it('the same bad version put once more, on another good one, is told from the first without its event', async ({
  world,
}) => {
  await putAll(world, ada, bad);
  await world.sync([KEY]);
  await resyncUntilSettled(world);
  expect(await world.people()).toEqual(ada);
  await putAll(world, bob, bad);
  await resyncUntilSettled(world);
  expect(await world.people()).toEqual(bob);
});

it('what is in force under a bad version follows a change of the definition', async ({ world }) => {
  await putAll(world, ada, bad);
  await world.sync([KEY]);
  const worker = world.worker({ flow: peopleFlow(world.name, '1', { shout: true }), code: 'shout' });
  const { dynamo, table, name: scope, connection, definition } = worker;
  await openScope({ dynamo, table, scope, graph: connection.graph, definition });
  await world.sync([KEY], worker);
  expect(await world.people()).toEqual([{ id: 'ada', name: 'ADA' }]);
});

it('an older version is not brought back on top of a good one that comes meanwhile', async ({ world }) => {
  await putAll(world, ada, bad);
  const worker = world.worker({
    observe: async step => {
      if (step === 'leased') await world.put(KEY, bob);
    },
  });
  await world.sync([KEY], worker);
  await world.sync([KEY]);
  expect(await world.people()).toEqual(bob);
});

it('a bucket without versions keeps what it had accepted', async ({ world }) => {
  await world.drop(KEY, ada);
  await world.forgetOldVersions(KEY, bad);
  await world.sync([KEY]);
  expect(await world.people()).toEqual(ada);
  await resyncUntilSettled(world);
  expect(await world.people()).toEqual(ada);
});
