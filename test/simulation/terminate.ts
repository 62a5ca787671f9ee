import { setTimeout as sleep } from 'node:timers/promises';
import type { World } from '../sync/world.ts';

/** An administrator terminates what is at work on a world's tables, for a quarter of a second. @returns how many transactions */
export async function terminate(world: World): Promise<number> {
  let terminated = 0;
  for (let look = 0; look < 25; look += 1) {
    // By HTTP nothing but its text tells a batch.
    const found = await world.query(
      `SHOW TRANSACTIONS YIELD transactionId AS id, currentQuery AS query, metaData AS data
       WHERE data.scope = $scope OR (query CONTAINS $ending AND query CONTAINS 'UNWIND $rows') RETURN id`,
      { ending: world.ending, scope: world.worker().name },
    );
    const ids = found.map(({ id }) => String(id));
    if (ids.length > 0) await world.query('TERMINATE TRANSACTIONS $ids', { ids });
    terminated += ids.length;
    await sleep(10);
  }
  return terminated;
}
