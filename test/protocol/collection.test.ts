/** Threat: the collection takes tree nodes that somebody needs, or leaves what nobody needs. */
import { randomInt } from 'node:crypto';
import { expect } from 'vitest';
import { type CollectionOptions, type CollectionReport, collect } from '../../lib/state/collect.ts';
import type { World } from '../sync/world.ts';
import { it } from '../sync/world-test.ts';
import { after, atRest, before, cleanRun, keys, nothing, putFiles } from './files.ts';
import { ageNodes, expireRootLog, forgetRootLog, loggedRoots, storedNodes, takeNode, walk } from './tracked-nodes.ts';

const hour = 3_600_000;

async function collectIn(world: World, options: Partial<CollectionOptions> = {}): Promise<CollectionReport> {
  const { dynamo: client, table, name: scope, nodes } = world.worker();
  return await collect({ client, table, scope, nodes, ...options });
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
  const late = { graceMs: -1, deadline: 0 };
  expect(await collectIn(world, late)).toMatchObject({ reachable: 1, deleted: 0, complete: false });
  expect(await storedNodes(world)).toEqual(old);
  for (let patience = 1, complete = false; !complete; patience *= 2) {
    complete = (await collectIn(world, { ...late, deadline: Date.now() + patience })).complete;
    expect(await walk(world, root)).toEqual(needed);
  }
  expect(await storedNodes(world)).toEqual(needed);
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
    while (work.underWay) deleted += (await collectIn(world, { graceMs: hour })).deleted;
    expect(await synced).toMatchObject({ rejected: [], replaced: false });
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
