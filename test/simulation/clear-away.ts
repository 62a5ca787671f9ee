import { DeleteTableCommand, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import type { World } from '../sync/world.ts';
import { badgeCodes } from './simulated-flow.ts';

/** Nothing of a world may burden those that come after it. */
export async function clearAway(world: World): Promise<void> {
  const { name, ending, dynamo } = world;
  for (const text of [
    `MATCH (n:Foreign_${name}|${world.labels.person}|${world.labels.note}|${badgeCodes(name).label}) DETACH DELETE n`,
    `MATCH (f:_Graphdrop {scope: '${world.worker().name}'}) DETACH DELETE f`,
  ])
    await world.query(text);
  for (const what of ['CONSTRAINT', 'INDEX']) {
    const found = await world.query(`SHOW ${what === 'INDEX' ? 'INDEXES' : 'CONSTRAINTS'} YIELD name RETURN name`);
    for (const { name: one } of found) {
      // A world's name has the ending in it.
      if (String(one).includes(ending)) await world.query(`DROP ${what} \`${one}\` IF EXISTS`);
    }
  }
  if (world.stores !== null) return;
  const { TableNames = [] } = await dynamo.send(new ListTablesCommand({ ExclusiveStartTableName: name.slice(0, -1) }));
  for (const TableName of TableNames.filter(one => one.startsWith(name))) {
    await dynamo.send(new DeleteTableCommand({ TableName }));
  }
}
