import { setTimeout as sleep } from 'node:timers/promises';
import type { World } from '../sync/world.ts';

/**
 * A foreign transaction, which locks some people in its own order and leaves them as they are: batches wait for it, or
 * one of the two is a deadlock's victim.
 */
export async function tangle(world: World, ids: readonly (string | number)[], ms: number): Promise<void> {
  const session = world.driver.session({ database: world.connection.database });
  const transaction = await session.beginTransaction();
  try {
    for (const id of ids) {
      await transaction.run(`MATCH (n:${world.labels.person} {id: $id}) SET n.locked = true REMOVE n.locked`, { id });
      await sleep(ms);
    }
    await transaction.commit();
  } catch {
    // The victim: nothing of it stays.
  } finally {
    await session.close();
  }
}
