/** Threat: the collection takes tree nodes that somebody needs, or leaves what nobody needs. */
import { randomInt } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { expect, inject } from 'vitest';
import { type CollectionOptions, type CollectionReport, collectGarbage } from '../../lib/state/garbage-collection.ts';
import { clientConfig } from '../support/aws-address.ts';
import type { World } from '../sync/world.ts';
import { it, itOfBuckets } from '../sync/world-test.ts';
import { after, atRest, before, cleanRun, keys, nothing, putFiles } from './files.ts';
import { ageNodes, expireRootLog, forgetRootLog, loggedRoots, storedNodes, takeNode, walk } from './tracked-nodes.ts';

const hour = 3_600_000;

async function collectIn(world: World, options: CollectionOptions = {}): Promise<CollectionReport> {
  return await collectGarbage(world.worker().state, options);
}

/** Enough notes for trees of several levels, and a hub whose owner list is a tree of its own. */
const noteKeys = Array.from({ length: 45 }, (_, n) => `notes/${n}.ndjson`);

async function putNotes(world: World, key: string): Promise<void> {
  const rev = randomInt(1000);
  const notes = Array.from({ length: randomInt(1, 60) }, () => ({ id: `n${randomInt(2000)}`, rev, by: key }));
  await world.put(key, [{ id: 'hub', rev }, ...notes]);
}

it('takes no node of the root after many commits, without grace and log, and all others', { timeout: 180_000 }, async ({
  world,
}) => {
  const worker = world.worker({ limits: { maxRowsPerTransaction: 200 } });
  for (const key of noteKeys) await putNotes(world, key);
  await world.sync(noteKeys, worker);
  for (let commit = 0; commit < 12; commit += 1) {
    const changed = [0, 1, 2].map(() => noteKeys[randomInt(noteKeys.length)] as string);
    for (const key of changed) await (randomInt(3) === 0 ? world.delete(key) : putNotes(world, key));
    await world.sync(changed, worker);
    if (commit % 4 > 0) continue;
    await (commit % 8 > 0 ? forgetRootLog(world) : expireRootLog(world));
    await collectIn(world, { graceMs: -1 });
    const needed = await walk(world, await world.root());
    expect(await storedNodes(world)).toEqual(needed);
  }
  // What is left is enough to go on with, for a worker that has nothing cached as well.
  for (const key of noteKeys) await world.delete(key);
  expect(await world.sync(noteKeys)).toMatchObject({ rejected: [], replaced: false });
  expect(await atRest(world)).toMatchObject({ graph: { notes: [] }, root: '' });
  await forgetRootLog(world);
  await collectIn(world, { graceMs: -1 });
  expect((await storedNodes(world)).size).toBe(0);
});

it('counts what it reaches, what it deletes and what it spares as young', async ({ world }) => {
  const { root: first } = await cleanRun(world, before);
  const { root: second } = await cleanRun(world, after);
  await forgetRootLog(world);
  const [old, present] = [await storedNodes(world), await walk(world, second)];
  const spared = { reachable: present.size, deleted: 0, young: old.size - present.size, complete: true };
  expect(await collectIn(world)).toEqual(spared);
  expect(await storedNodes(world)).toEqual(old);
  await walk(world, first);
  const taken = { reachable: present.size, deleted: old.size - present.size, young: 0, complete: true };
  expect(await collectIn(world, { graceMs: -1 })).toEqual(taken);
  await expect(walk(world, first)).rejects.toMatchObject({ code: 'MISSING_NODE' });
});

it('stops when its time is up, takes nothing that is needed, and goes on another time', async ({ world }) => {
  await cleanRun(world, before);
  const { root } = await cleanRun(world, after);
  await forgetRootLog(world);
  const [old, needed] = [await storedNodes(world), await walk(world, root)];
  let [parts, deleted] = [0, 0];
  for (let complete = false; !complete; parts += 1) {
    // Its time is up before it begins: still it takes a step, and the next one goes on behind it.
    const report = await collectIn(world, { graceMs: -1, deadline: 0 });
    ({ complete } = report);
    deleted += report.deleted;
    expect(await walk(world, root)).toEqual(needed);
    expect(parts).toBeLessThan(30);
  }
  expect(parts).toBeGreaterThan(3);
  expect(deleted).toBe(old.size - needed.size);
  expect(await storedNodes(world)).toEqual(needed);
  expect(await collectIn(world, { graceMs: -1 })).toMatchObject({ reachable: needed.size, deleted: 0, complete: true });
});

it('spares what was put after it began, however long it takes', async ({ world }) => {
  await cleanRun(world, before);
  await forgetRootLog(world);
  expect(await collectIn(world, { graceMs: -1, deadline: 0 })).toMatchObject({ complete: false });
  const { root } = await cleanRun(world, after);
  await cleanRun(world, nothing);
  await cleanRun(world, after); // some of its nodes were in the table already
  await forgetRootLog(world);
  while (!(await collectIn(world, { graceMs: -1, deadline: 0 })).complete);
  await walk(world, root);
});

itOfBuckets('marks the roots of the log together: they have most nodes in common', async ({ world }) => {
  for (const n of Array.from({ length: 20 }, (_, i) => i)) await world.put(`notes/${n}.ndjson`, [{ id: `n${n}` }]);
  await world.sync(Array.from({ length: 20 }, (_, n) => `notes/${n}.ndjson`));
  const calls = async () => {
    const client = new DynamoDBClient(clientConfig(inject('services').dynamoDb));
    let count = 0;
    client.middlewareStack.add(
      (next, context) => args => {
        if (context.commandName === 'BatchGetItemCommand') count += 1;
        return next(args);
      },
      { step: 'initialize' },
    );
    await collectGarbage(world.worker({ dynamo: client }).state, { graceMs: -1 });
    return count;
  };
  const one = await calls();
  for (const n of Array.from({ length: 20 }, (_, i) => i))
    await world.drop(`notes/${n}.ndjson`, [{ id: `n${n}`, rev: 2 }]);
  expect((await loggedRoots(world)).length).toBeGreaterThan(20);
  expect(await calls()).toBeLessThan(one + 10);
});

it('keeps the nodes of every root in the log', async ({ world }) => {
  const roots: string[] = [];
  for (const files of [before, after, nothing, before]) roots.push((await cleanRun(world, files)).root);
  expect(new Set(roots).size).toBe(3);
  await collectIn(world, { graceMs: -1 });
  expect(await loggedRoots(world)).toEqual(expect.arrayContaining(roots.filter(root => root !== '')));
  for (const root of roots) await walk(world, root);
});

it('keeps a root that was in force until just now, however long ago it was committed', async ({ world }) => {
  const { root } = await cleanRun(world, before);
  await expireRootLog(world); // nothing happened for longer than the retention
  await cleanRun(world, after);
  await collectIn(world, { graceMs: -1 });
  await walk(world, root); // a copy of the database from yesterday has this root
});

it('is no harm to workers that commit meanwhile', { timeout: 180_000 }, async ({ world }) => {
  const worker = world.worker({ limits: { maxRowsPerTransaction: 3 } });
  let deleted = 0;
  for (const files of [before, after, before, nothing, after, before, after, before, after]) {
    await putFiles(world, files);
    const work = { underWay: true };
    const synced = world.sync(keys, worker).finally(() => {
      work.underWay = false;
    });
    const some = async () => {
      const report = await collectIn(world, { graceMs: hour, ...(randomInt(2) === 0 && { deadline: 0 }) });
      deleted += report.deleted;
      return report.complete;
    };
    while (work.underWay) await some();
    expect(await synced).toMatchObject({ rejected: [], replaced: false });
    while (!(await some()));
    // Two hours and the retention go by: whatever no root needs is in danger, and the next batch needs some of it again.
    await forgetRootLog(world);
    await ageNodes(world, 2 * hour);
  }
  expect(deleted).toBeGreaterThan(0);
  const rest = await atRest(world);
  await walk(world, rest.root);
  await cleanRun(world, nothing);
  expect(rest).toEqual(await cleanRun(world, after));
});

it('takes nothing at all when it can\u2019t read what the root needs', async ({ world }) => {
  await cleanRun(world, before);
  const { root } = await cleanRun(world, after);
  await forgetRootLog(world);
  for (const hash of await walk(world, root)) {
    const text = await takeNode(world, hash);
    const stored = await storedNodes(world);
    await expect(collectIn(world, { graceMs: -1 })).rejects.toMatchObject({ code: 'MISSING_NODE' });
    expect(await storedNodes(world)).toEqual(stored);
    await world.worker().nodes.put([{ hash, text }]);
  }
});
