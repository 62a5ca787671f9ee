/** Threat: the state table is restored to an older point than the database, or lost part of its items. */
import { type AttributeValue, DeleteItemCommand, PutItemCommand, paginateScan } from '@aws-sdk/client-dynamodb';
import { expect } from 'vitest';
import { takeLease } from '../../lib/lease.ts';
import { headKey } from '../../lib/state/items.ts';
import type { World } from '../sync/world.ts';
import { it } from '../sync/world-test.ts';
import { after, atRest, before, cleanRun, keys, nothing, putFiles } from './files.ts';
import { resyncUntilSettled } from './resynced.ts';
import { takeNode, walk } from './tracked-nodes.ts';

type Item = Record<string, AttributeValue>;

async function allItems(world: World): Promise<Item[]> {
  const items: Item[] = [];
  const pages = paginateScan({ client: world.dynamo }, { TableName: world.name, ConsistentRead: true });
  for await (const { Items = [] } of pages) items.push(...Items);
  return items;
}

/** Puts an older state of the table back: whatever came since is gone. */
async function restore(world: World, older: readonly Item[]): Promise<void> {
  for (const { pk, sk } of await allItems(world)) {
    await world.dynamo.send(new DeleteItemCommand({ TableName: world.name, Key: { pk, sk } as Item }));
  }
  for (const Item of older) await world.dynamo.send(new PutItemCommand({ TableName: world.name, Item }));
}

it('a state that is older than the database is rebuilt to what the files say', async ({ world }) => {
  await cleanRun(world, before);
  const older = await allItems(world);
  const rest = await cleanRun(world, after);
  await restore(world, older);
  const { first } = await resyncUntilSettled(world);
  expect(first).toMatchObject({ again: true, tracked: 0 });
  expect(await atRest(world)).toEqual(rest);
  await walk(world, rest.root);
});

it('an older state whose table still has the newer nodes goes on without any change of the graph', async ({
  world,
}) => {
  await cleanRun(world, before);
  const head = (await allItems(world)).find(({ sk }) => sk?.S === headKey('').sk.S) as Item;
  const rest = await cleanRun(world, after);
  await world.dynamo.send(new PutItemCommand({ TableName: world.name, Item: head }));
  const { first, ...changes } = await resyncUntilSettled(world);
  expect(first).toMatchObject({ settled: true, outdated: [] });
  expect(Object.values(changes).every(count => count === 0)).toBe(true);
  expect(await atRest(world)).toEqual(rest);
});

it('the first worker after such a restore is above the fence, and the one before it is not', async ({ world }) => {
  await cleanRun(world, before);
  const older = await allItems(world);
  for (const files of [after, before, nothing, after]) await cleanRun(world, files);
  const [fence] = await world.query('MATCH (f:_Graphdrop {scope: $scope}) RETURN f.epoch AS epoch', {
    scope: world.worker().name,
  });
  await restore(world, older);
  await putFiles(world, before);
  await world.put('notes/b.ndjson', [{ id: 'n9', rev: 1 }]);
  expect(await world.sync(keys)).toMatchObject({ replaced: true });
  expect((await world.worker().head.read())?.epoch).toBeGreaterThan(Number(fence?.epoch));
  await resyncUntilSettled(world);
  await cleanRun(world, before);
  const rest = await atRest(world);
  await cleanRun(world, nothing);
  expect(rest).toEqual(await cleanRun(world, before));
});

it('a state that lost the node of its root is rebuilt by a resync, as the error says', async ({ world }) => {
  const rest = await cleanRun(world, before);
  await takeNode(world, rest.root);
  const { first } = await resyncUntilSettled(world);
  expect(first).toMatchObject({ again: true, tracked: 0 });
  expect(await atRest(world)).toEqual(rest);
});

it('a state that lost the node of its root while a resync was wanted is rebuilt as well', async ({ world }) => {
  const rest = await cleanRun(world, before);
  const { head } = world.worker();
  const { epoch } = await takeLease(world.worker());
  await head.adopt(epoch, rest.root);
  await head.release(epoch);
  await takeNode(world, rest.root);
  await resyncUntilSettled(world);
  expect(await atRest(world)).toEqual(rest);
});

it('a state that lost any one node is rebuilt when somebody needs that node', { timeout: 180_000 }, async ({
  world,
}) => {
  const restAfter = await cleanRun(world, after);
  const { root } = await cleanRun(world, before);
  for (const hash of await walk(world, root)) {
    await cleanRun(world, before);
    await takeNode(world, hash);
    await putFiles(world, after);
    const { rejected, replaced } = await world.sync(keys);
    expect(rejected).toEqual([]);
    expect(replaced).toBe(true);
    await resyncUntilSettled(world);
    expect(await atRest(world)).toEqual(restAfter);
    await walk(world, restAfter.root);
  }
});
