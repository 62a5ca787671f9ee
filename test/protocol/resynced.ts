import { type ResyncReport, resync } from '../../lib/sync/resync.ts';
import type { World } from '../sync/world.ts';

/** What it took to bring a scope back to what the files say. */
export interface Recovery {
  readonly first: ResyncReport;
  readonly swept: number;
  readonly nodesUpserted: number;
  readonly nodesDeleted: number;
  readonly relationsUpserted: number;
  readonly relationsDeleted: number;
}

/** Resyncs as the queue would have it: outdated objects are looked at, and it is repeated until all is settled. */
export async function resyncUntilSettled(world: World): Promise<Recovery> {
  const sum = { nodesUpserted: 0, nodesDeleted: 0, relationsUpserted: 0, relationsDeleted: 0 };
  const worker = world.worker();
  let first: ResyncReport | undefined;
  for (let round = 0; round < 5; round += 1) {
    const report = await resync(worker);
    first ??= report;
    if (report.settled) return { first, swept: report.swept, ...sum };
    const synced = await world.sync(report.outdated);
    for (const count of Object.keys(sum) as (keyof typeof sum)[]) sum[count] += synced[count];
  }
  throw new Error('five rounds of resync left something open');
}
