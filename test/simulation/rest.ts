/** What must hold when nothing is under way any more. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { ScopeBusyError } from '../../lib/commit/lease.ts';
import { remedyFor } from '../../lib/commit/retry.ts';
import type { LogEntry } from '../../lib/scope.ts';
import { collectGarbage } from '../../lib/state/garbage-collection.ts';
import { resync } from '../../lib/sync/resync.ts';
import type { Rejection, SyncReport } from '../../lib/sync/sync-report.ts';
import type { Oracle } from '../oracle/oracle.ts';
import { readGraph } from '../oracle/read-graph.ts';
import { forgetOldRoots, storedNodes, walk } from '../protocol/tracked-nodes.ts';
import { withArchived } from '../sync/archived.ts';
import { freshRoot } from '../sync/fresh-root.ts';
import type { World } from '../sync/world.ts';
import type { Guest } from './guest.ts';
import type { History } from './history.ts';
import { ARCHIVED } from './records.ts';
import type { SimulatedBucket } from './simulated-bucket.ts';
import type { FlowOptions } from './simulated-flow.ts';
import type { Tally } from './tally.ts';

const ROUNDS = 8;

const isRefused = ({ reason }: Rejection) => reason.includes('the database refuses it');

/** What can't be read concerns its own rows: everything else is read. */
function expectReadable(unread: SyncReport['unread'], unreadable: readonly string[]): void {
  expect(unread.filter(({ key }) => !unreadable.includes(key))).toEqual([]);
}

/** Repeats resyncs, and looks at what they find, until nothing is left to do but to read what is archived. */
export async function settle(
  world: World,
  deployed: FlowOptions,
  tally: Tally,
  archived: readonly string[],
): Promise<void> {
  const log = ({ event }: LogEntry) => tally.count(`log: ${event}`);
  const unreadable = [ARCHIVED, ...archived];
  const stores = withArchived(world, unreadable);
  const worker = world.worker({ ...deployed, ...stores, limits: { leaseWaitMs: 15_000 }, log });
  for (let round = 0; round < ROUNDS; round += 1) {
    try {
      const report = await resync(worker);
      const open = report.outdated.filter(key => !unreadable.includes(key));
      if (report.settled && open.length === 0) return;
      const { unsettled, rejected, unread } = await world.sync(report.outdated, worker);
      expect(unsettled).toEqual([]);
      expectReadable(unread, unreadable);
      // What the database refuses is tried again at each resync, and nothing waits for it.
      if (!report.again && open.length > 0 && rejected.length === open.length && rejected.every(isRefused)) return;
    } catch (error) {
      if (!(error instanceof ScopeBusyError)) throw error;
      await sleep(200);
    }
  }
  throw new Error(`${ROUNDS} rounds of resync left something open: ${JSON.stringify(await resync(worker))}`);
}

/** Looks at what changed, as the queue would have it, until nothing is left to do. @returns whether a resync was asked for */
export async function followEvents(
  world: World,
  deployed: FlowOptions,
  keys: readonly string[],
  tally: Tally,
  archived: readonly string[],
): Promise<boolean> {
  const log = ({ event }: LogEntry) => tally.count(`log: ${event}`);
  const unreadable = [ARCHIVED, ...archived];
  const stores = withArchived(world, unreadable);
  const worker = world.worker({ ...deployed, ...stores, limits: { leaseWaitMs: 15_000 }, log });
  let [open, replaced] = [keys, false];
  for (let round = 0; round < ROUNDS && open.length > 0; round += 1) {
    try {
      const report = await world.sync(open, worker);
      expectReadable(report.unread, unreadable);
      open = report.unsettled;
      replaced ||= report.replaced;
    } catch (error) {
      if (remedyFor(error, false) !== 'again') throw error;
      await sleep(200);
    }
  }
  expect(open, 'objects that were not settled').toEqual([]);
  return replaced || (await worker.head.read())?.resync != null;
}

/** All that a simulation has at rest. */
export interface AtRest {
  readonly world: World;
  /** A world for the files in force alone. */
  readonly mirror: World;
  readonly guest: Guest;
  readonly bucket: SimulatedBucket;
  readonly oracle: Oracle;
  readonly deployed: FlowOptions;
  /** How it came to rest. */
  readonly ends: History['ends'];
}

/** Compares graph and tracked state with the bucket. */
export async function expectRest({ world, mirror, guest, bucket, oracle, deployed, ends }: AtRest): Promise<void> {
  const graph = await readGraph(oracle.flow, async text => await world.query(text));
  const expected = await oracle.graph(bucket.objects());
  expect(guest.withoutItsOwn(graph), 'the graph').toEqual(guest.withoutItsOwn(expected));
  await mirrorFiles(mirror, await oracle.inForce(bucket.objects()));
  const root = await freshRoot(mirror, deployed);
  const head = await world.worker().head.read();
  expect({ ...head }, 'head').toMatchObject({ holder: null, resync: null });
  // Without a resync, head may be as a worker left it that died around its commit: the fence says the root.
  if (ends === 'resync') expect({ ...head }, 'head').toMatchObject({ pending: null, root });
  else expect([head?.root, head?.pending], 'roots of head').toContain(root);
  const { name: scope } = world.worker();
  const fence = await world.query('MATCH (f:_Graphdrop {scope: $scope}) RETURN f.root AS root', { scope });
  expect(fence, 'the fence').toEqual([{ root }]);
  expect(await foreign(world), 'foreign data').toEqual(FOREIGN);
}

/** Collects: exactly what the root needs is left, and what a worker proposed that died. */
export async function expectNothingUnreachable(world: World): Promise<void> {
  const { state } = world.worker();
  // A step at a time it comes to its end, too.
  for (let steps = 0; !(await collectGarbage(state, { deadline: 0 })).complete; steps += 1) {
    expect(steps, 'steps of a collection').toBeLessThan(300);
  }
  // The first may only end a collection that stopped when its time was up.
  for (let times = 0; times < 2; times += 1) await forgetOldRoots(world);
  const { root = '', pending } = (await world.worker().head.read()) ?? {};
  const needed = new Set([...(await walk(world, root)), ...(await walk(world, pending ?? ''))]);
  expect(await storedNodes(world), 'tree nodes').toEqual(needed);
}

const FOREIGN = [{ a: { id: 'ada', mine: true }, e: { since: 1.5 }, b: { id: 1.5 } }];

/** Foreign data in the same database, with ids that the files use too. */
export async function makeForeign(world: World): Promise<void> {
  const { name } = world;
  await world.query(
    `CREATE (:Foreign_${name} {id: 'ada', mine: true})-[:FOREIGN_${name} {since: 1.5}]->(:Foreign_${name} {id: 1.5})`,
  );
}

async function foreign(world: World): Promise<unknown> {
  const { name } = world;
  return await world.query(
    `MATCH (a:Foreign_${name})-[e:FOREIGN_${name}]->(b) RETURN properties(a) AS a, properties(e) AS e, properties(b) AS b`,
  );
}

async function mirrorFiles(mirror: World, files: ReadonlyMap<string, { readonly bytes: Buffer }>): Promise<void> {
  for (const key of await mirror.keys()) if (!files.has(key)) await mirror.delete(key);
  for (const [key, { bytes }] of files) await mirror.put(key, bytes);
}
