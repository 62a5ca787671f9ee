import type { World } from '../sync/world.ts';
import { badgeCodes } from './simulated-flow.ts';

/** Takes everything of a world's scope out of the database; the fence first, so that no batch comes in between. */
export async function wipe(world: World): Promise<void> {
  const { person, note } = world.labels;
  const session = world.driver.session({ database: world.connection.database });
  await session.executeWrite(async transaction => {
    const scope = world.worker().name;
    await transaction.run('MATCH (f:_Graphdrop {scope: $scope}) DETACH DELETE f', { scope });
    await transaction.run(`MATCH (n:${person}|${note}|${badgeCodes(world.name).label}) DETACH DELETE n`);
  });
  await session.close();
}
