/** Threat: the trees of the tracked state are of an earlier form, as the release before wrote them. */
import { readFileSync } from 'node:fs';
import { DeleteItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { expect } from 'vitest';
import { headKey, nodeKey } from '../../lib/state/dynamodb/items.ts';
import { collectGarbage } from '../../lib/state/garbage-collection.ts';
import type { World } from '../sync/world.ts';
import { it } from '../sync/world-test.ts';
import { verifyAll } from '../verify/verified.ts';
import { after, atRest, before, cleanRun, keys, putFiles } from './files.ts';
import { resyncUntilSettled } from './resynced.ts';
import { expireRootLog, storedNodes, walk } from './tracked-nodes.ts';

/** The nodes of `before`, by hash, as items have them. In place of what a world's labels end with stands `NAME`. */
const EARLIER = new URL('earlier-form.json', import.meta.url);

/** Gives a world that is at `before` the state that the release before would have of it. @returns its root and nodes */
async function makeEarlier(world: World, places: readonly ('head' | 'fence')[]) {
  const { name: scope, state } = world.worker();
  const text = readFileSync(EARLIER, 'utf8').replaceAll('NAME', world.ending);
  const { root, nodes } = JSON.parse(text) as { root: string; nodes: Record<string, string> };
  for (const hash of places.includes('head') ? await storedNodes(world) : [])
    await world.dynamo.send(new DeleteItemCommand({ TableName: world.name, Key: nodeKey(scope, hash) }));
  for (const [hash, S] of Object.entries(nodes)) {
    const Item = { ...nodeKey(scope, hash), text: { S }, at: { N: String(Date.now()) } };
    await world.dynamo.send(new PutItemCommand({ TableName: world.name, Item }));
  }
  await state.retentionLog.add(root, Date.now() + 3_600_000);
  if (places.includes('head'))
    await world.dynamo.send(
      new UpdateItemCommand({
        TableName: world.name,
        Key: headKey(scope),
        UpdateExpression: 'SET #root = :root',
        ExpressionAttributeNames: { '#root': 'root' },
        ExpressionAttributeValues: { ':root': { S: root } },
      }),
    );
  if (places.includes('fence'))
    await world.query('MATCH (f:_Graphdrop {scope: $scope}) SET f.root = $root RETURN f.root AS root', { scope, root });
  return { root, nodes: Object.keys(nodes) };
}

it('a file that comes first is applied to the graph as it is, and the resync that follows applies the rest', async ({
  world,
}) => {
  const rest = await cleanRun(world, after);
  await cleanRun(world, before);
  await makeEarlier(world, ['head', 'fence']);
  await putFiles(world, after);
  expect(await world.sync(keys)).toMatchObject({ rejected: [], replaced: true });
  await resyncUntilSettled(world);
  expect(await atRest(world)).toEqual(rest);
  await walk(world, rest.root);
  expect((await verifyAll(world.worker())).clean).toBe(true);
});

it('a resync that comes first begins the state anew, and the graph stays as it is', async ({ world }) => {
  const rest = await cleanRun(world, before);
  await makeEarlier(world, ['head', 'fence']);
  const { first, nodesDeleted, relationsDeleted, swept } = await resyncUntilSettled(world);
  expect(first).toMatchObject({ again: true, tracked: 0 });
  expect([nodesDeleted, relationsDeleted, swept]).toEqual([0, 0, 0]);
  expect(await atRest(world)).toEqual(rest);
  expect((await verifyAll(world.worker())).clean).toBe(true);
});

it('a database that is restored to a root of the earlier form is brought to the files', async ({ world }) => {
  await cleanRun(world, before);
  await makeEarlier(world, ['fence']);
  await putFiles(world, after);
  expect(await world.sync(keys)).toMatchObject({ rejected: [], replaced: true });
  await resyncUntilSettled(world);
  const rest = await atRest(world);
  await cleanRun(world, before);
  expect(await cleanRun(world, after)).toEqual(rest);
});

it('garbage collection keeps what a logged root of the earlier form needs, until its time is over', async ({
  world,
}) => {
  await cleanRun(world, before);
  const { nodes } = await makeEarlier(world, ['head', 'fence']);
  await resyncUntilSettled(world);
  const { state } = world.worker();
  expect((await collectGarbage(state, { graceMs: -1 })).complete).toBe(true);
  expect([...(await storedNodes(world))]).toEqual(expect.arrayContaining(nodes));
  await expireRootLog(world);
  await collectGarbage(state, { graceMs: -1 });
  const left = await storedNodes(world);
  expect(nodes.filter(hash => left.has(hash))).toEqual([]);
  expect(await walk(world, (await state.head.read())?.root ?? '')).toEqual(left);
});
