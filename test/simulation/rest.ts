/** What must hold when nothing is under way any more. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { ScopeBusyError } from '../../lib/lease.ts';
import { resync } from '../../lib/resync.ts';
import type { LogEntry } from '../../lib/scope.ts';
import { forgetOldRoots, storedNodes, walk } from '../protocol/tracked-nodes.ts';
import { freshRoot } from '../sync/fresh-root.ts';
import type { PeopleShape } from '../sync/people-flow.ts';
import { modelOf, type PeopleRecord } from '../sync/people-model.ts';
import type { World } from '../sync/world.ts';
import { type FlowOptions, flowOptions } from './deployed.ts';
import { type SimulatedBucket, textOf } from './simulated-bucket.ts';
import type { Tally } from './tally.ts';

const ROUNDS = 8;

/** Repeats resyncs, and looks at what they find, until nothing is left to do. */
export async function settle(world: World, deployed: FlowOptions, tally: Tally): Promise<void> {
  const log = ({ event }: LogEntry) => tally.count(`log: ${event}`);
  const worker = world.worker({ ...deployed, limits: { leaseWaitMs: 15_000 }, log });
  for (let round = 0; round < ROUNDS; round += 1) {
    try {
      const report = await resync(worker);
      if (report.settled) return;
      const { unsettled } = await world.sync(report.outdated, worker);
      expect(unsettled).toEqual([]);
    } catch (error) {
      if (!(error instanceof ScopeBusyError)) throw error;
      await sleep(200);
    }
  }
  throw new Error(`${ROUNDS} rounds of resync left something open: ${JSON.stringify(await resync(worker))}`);
}

/**
 * Compares graph and tracked state with the bucket.
 *
 * @param mirror a world for the files in force alone
 */
export async function expectRest(
  world: World,
  mirror: World,
  bucket: SimulatedBucket,
  shape: PeopleShape,
): Promise<void> {
  const inForce = bucket.inForce();
  expect(await world.graph(), 'the graph').toEqual(modelOf(inForce, world.labels.person, shape));
  await mirrorFiles(mirror, inForce);
  const root = await freshRoot(mirror, flowOptions(world.name, shape));
  const head = await world.worker().head.read();
  expect({ ...head }, 'head').toMatchObject({ owner: null, pending: null, root, resync: null });
  const { name: scope } = world.worker();
  const fence = await world.query('MATCH (f:_Graphdrop {scope: $scope}) RETURN f.root AS root', { scope });
  expect(fence, 'the fence').toEqual([{ root }]);
  expect(await foreign(world), 'foreign data').toEqual(FOREIGN);
}

/** Collects: exactly what the root needs is left. */
export async function expectNothingUnreachable(world: World): Promise<void> {
  await forgetOldRoots(world);
  expect(await storedNodes(world), 'tree nodes').toEqual(await walk(world, await world.root()));
}

const FOREIGN = [{ a: { id: 'ada', mine: true }, e: { since: 1.5 }, b: { id: 1.5 } }];

/** Data of somebody else's in the same database, with ids that the files use too. */
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

async function mirrorFiles(mirror: World, files: ReadonlyMap<string, readonly PeopleRecord[]>): Promise<void> {
  for (const key of await mirror.keys()) if (!files.has(key)) await mirror.delete(key);
  for (const [key, records] of files) await mirror.put(key, textOf(records));
}
