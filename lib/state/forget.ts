import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AttributeValue,
  BatchWriteItemCommand,
  type DynamoDBClient,
  paginateQuery,
  UpdateItemCommand,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { headKey, NODE_PARTITIONS, nodePartition, rootLogPartition, statusPartition } from './items.ts';

/** How long a head without a scope keeps workers that are still at it from starting the scope anew. */
const TOMBSTONE_SECONDS = 86_400;

/** What head has, but for its epoch. */
const FORGOTTEN = ['owner', 'until', 'root', 'pending', 'definition', 'resync', 'begun', 'store'];

/**
 * Deletes every item of a scope. The head goes last, so that a repeat knows there is something left; what is left of it
 * says that the scope is closed, for a day, and keeps the epoch: whoever is late with an older one finds no other scope's.
 */
export async function forgetScope(client: DynamoDBClient, table: string, scope: string): Promise<void> {
  const partitions = [
    ...[...NODE_PARTITIONS].map(first => nodePartition(scope, first)),
    rootLogPartition(scope),
    statusPartition(scope),
  ];
  for (const partition of partitions) {
    const pages = paginateQuery(
      { client, pageSize: 25 },
      {
        TableName: table,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: partition } },
        ProjectionExpression: 'pk, sk',
      },
    );
    for await (const { Items = [] } of pages) await deleteAll(client, table, Items);
  }
  const expires = { N: String(Math.ceil(Date.now() / 1000) + TOMBSTONE_SECONDS) };
  await client.send(
    new UpdateItemCommand({
      TableName: table,
      Key: headKey(scope),
      UpdateExpression: `SET #closed = :true, #expires = :expires REMOVE ${FORGOTTEN.map(name => `#${name}`).join(', ')}`,
      ExpressionAttributeNames: Object.fromEntries(['closed', 'expires', ...FORGOTTEN].map(name => [`#${name}`, name])),
      ExpressionAttributeValues: { ':true': { BOOL: true }, ':expires': expires },
    }),
  );
}

async function deleteAll(
  client: DynamoDBClient,
  table: string,
  keys: readonly Record<string, AttributeValue>[],
): Promise<void> {
  let requests: WriteRequest[] = keys.map(key => ({ DeleteRequest: { Key: key } }));
  for (let tries = 0; requests.length > 0; tries += 1) {
    const answer = await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: requests } }));
    requests = answer.UnprocessedItems?.[table] ?? [];
    if (requests.length > 0) await sleep(Math.min(5_000, 50 * 2 ** tries));
  }
}
