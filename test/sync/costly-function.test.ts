/** Promise: a function that takes its time, or costs money, is paid once for a record, and a file that is too much for one worker gets done. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, inject } from 'vitest';
import { syncObjects } from '../../lib/sync/sync.ts';
import { type Chunk, type CostlyOptions, chunks, costlyFlow } from '../bucket/costly-flow.ts';
import type { CostlyOrder } from './costly-worker.ts';
import type { World } from './world.ts';
import { it } from './world-test.ts';

const MEMO: CostlyOptions = { memo: true };
const program = fileURLToPath(new URL('costly-worker.ts', import.meta.url));

/** A flow over the world's people. @param cost of each call */
function flowOf(world: World, options: CostlyOptions, cost: (chunk: Chunk) => unknown) {
  return costlyFlow(options, cost, world.labels.person, world.name);
}

/** Texts by id, as the graph has them. */
async function texts(world: World): Promise<string[]> {
  return (await world.people()).map(({ id, text }) => `${id} ${text}`).sort();
}

const textsOf = (all: readonly Chunk[]): string[] => all.map(({ id, text }) => `${id} ${text}`).sort();

it('one line of forty changes: one call', async ({ world }) => {
  let calls = 0;
  const cost = async () => {
    calls += 1;
    await sleep(5);
  };
  const sync = async () => {
    calls = 0;
    await world.sync(['chunks.ndjson'], world.worker({ flow: flowOf(world, MEMO, cost) }));
    return calls;
  };
  await world.put('chunks.ndjson', chunks(40));
  expect(await sync()).toBe(40);
  const changed = chunks(40, n => (n === 17 ? 'another day' : `paragraph ${n}`));
  await world.put('chunks.ndjson', changed);
  expect(await sync()).toBe(1);
  expect(await texts(world)).toEqual(textsOf(changed));
});

it('a worker is killed half way, and the next goes on there; then one in a hundred records changes', async ({
  world,
}) => {
  const all = chunks(600);
  await world.put('chunks.ndjson', all);
  const file = join(mkdtempSync(join(tmpdir(), 'graphdrop-calls-')), 'calls');
  const { PATH = '', NODE_COMPILE_CACHE } = process.env;
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program], {
    env: { PATH, NODE_COMPILE_CACHE },
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  const order: CostlyOrder = {
    services: inject('services'),
    name: world.name,
    label: world.labels.person,
    options: { ...MEMO, concurrency: 16 },
    keys: ['chunks.ndjson'],
    calls: file,
    millisecondsPerCall: 50,
    diesInCall: 300,
  };
  child.stdin.end(JSON.stringify(order));
  expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
  const before = readFileSync(file, 'utf8').trim().split('\n');
  expect(before).toHaveLength(300);

  const after: string[] = [];
  const worker = world.worker({
    flow: flowOf(world, order.options, async ({ id }) => {
      after.push(id);
      await sleep(50);
    }),
  });
  expect(await world.sync(['chunks.ndjson'], worker)).toMatchObject({ applied: 1 });
  // What was under way, or on its way to the table, is lost.
  expect(after.length).toBeGreaterThanOrEqual(300);
  expect(after.length).toBeLessThanOrEqual(300 + 2 * 16);
  expect(new Set([...before, ...after]).size).toBe(600);
  expect(await texts(world)).toEqual(textsOf(all));

  after.length = 0;
  const changed = chunks(600, n => (n % 100 === 0 ? `changed ${n}` : `paragraph ${n}`));
  await world.put('chunks.ndjson', changed);
  await world.sync(['chunks.ndjson'], worker);
  expect(after.sort()).toEqual(['c0', 'c100', 'c200', 'c300', 'c400', 'c500']);
  expect(await texts(world)).toEqual(textsOf(changed));
});

it('time is up: the object is left for later as long as it gets on, and unread when it does not', async ({ world }) => {
  let hangsFrom = 20;
  const calls: string[] = [];
  const flow = flowOf(world, { ...MEMO, concurrency: 4 }, async ({ id }) => {
    calls.push(id);
    if (Number(id.slice(1)) >= hangsFrom) await new Promise(() => {});
  });
  await world.put('chunks.ndjson', chunks(40));
  const inTime = async () => await syncObjects(world.worker({ flow }), ['chunks.ndjson'], Date.now());
  expect(await inTime()).toMatchObject({ unsettled: ['chunks.ndjson'], advanced: ['chunks.ndjson'], unread: [] });
  expect(calls.splice(0)).toHaveLength(24);
  expect(await inTime()).toMatchObject({
    unsettled: [],
    advanced: [],
    unread: [{ key: 'chunks.ndjson', reason: expect.stringContaining('memo') }],
  });
  expect(calls.splice(0)).toEqual(['c20', 'c21', 'c22', 'c23']);
  hangsFrom = 40;
  expect(await inTime()).toMatchObject({ applied: 1, unsettled: [], unread: [] });
  expect(calls).toEqual(
    chunks(40)
      .slice(20)
      .map(({ id }) => id),
  );
});

it('a call that takes too long is told by its line, and the rest of the file is not called for again', async ({
  world,
}) => {
  let hangs = true;
  const calls: string[] = [];
  const flow = flowOf(world, { ...MEMO, concurrency: 4, timeoutMs: 200 }, async ({ id }) => {
    calls.push(id);
    if (id === 'c3' && hangs) await new Promise(() => {});
  });
  await world.put('chunks.ndjson', chunks(10));
  const sync = async () => await world.sync(['chunks.ndjson'], world.worker({ flow }));
  expect(await sync()).toMatchObject({
    applied: 0,
    unread: [{ reason: expect.stringContaining('line 4 of chunks.ndjson') }],
  });
  expect(await world.status('chunks.ndjson')).toMatchObject({ state: 'unread' });
  hangs = false;
  calls.length = 0;
  expect(await sync()).toMatchObject({ applied: 1 });
  expect(calls).toEqual(['c3']);
});
