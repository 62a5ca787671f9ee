import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AttributeValue,
  BatchWriteItemCommand,
  type DynamoDBClient,
  paginateQuery,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { headKey, NODE_PARTITIONS, nodePartition, rootLogPartition, statusPartition } from './items.ts';

/** Deletes every item of a scope; the head last, so that a repeat knows there is something left. */
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
  await deleteAll(client, table, [headKey(scope)]);
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
