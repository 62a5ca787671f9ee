/**
 * Prints what a resync of 1,000,000 listed objects takes, in invocations of 20 s with 256 MB: `npm run benchmark:resync`, with
 * GRAPHDROP_SERVICES naming the file of `npm run services`. Another number by GRAPHDROP_OBJECTS.
 */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { z } from 'zod';
import { ContextKey, flow } from '../../lib/index.ts';
import { Scope } from '../../lib/scope.ts';
import { dynamoDbState } from '../../lib/state/dynamodb/dynamodb-state.ts';
import { resync } from '../../lib/sync/resync.ts';
import type { ResyncPosition } from '../../lib/sync/resync-position.ts';
import { clientConfig } from '../support/aws-address.ts';
import { connectionTo } from '../support/connection.ts';
import type { ServiceAddresses } from '../support/local-services.ts';
import { createStateTable } from '../support/state-table.ts';
import { EndlessListing } from '../sync/endless-listing.ts';

const INVOCATION_MS = 20_000;

const file = process.env.GRAPHDROP_SERVICES ?? '.cache/services.json';
const { neo4j, dynamoDb } = JSON.parse(await readFile(file, 'utf8')) as ServiceAddresses;
const name = `r${randomBytes(4).toString('hex')}`;
const dynamo = new DynamoDBClient(clientConfig(dynamoDb));
await createStateTable(dynamo, name);
const followed = flow(new ContextKey(name), graph => {
  const table = graph.nodeTable<{ id: string }>(`Resync_${name}`);
  graph.source('in/*.ndjson', { record: z.object({ id: z.string() }) }, row => table.declareRecord(row));
});
const objects = new EndlessListing(Number(process.env.GRAPHDROP_OBJECTS ?? 1_000_000), 100_000);
const connection = connectionTo(neo4j);
const began = performance.now();
let [invocations, queued, from]: [number, number, ResyncPosition | undefined] = [0, 0, undefined];
for (;;) {
  // Another process, as far as it knows.
  const scope = new Scope({ flow: followed, connection, objects, state: dynamoDbState(dynamo, name) });
  const queue = async (keys: readonly string[]): Promise<void> => {
    queued += keys.length;
  };
  const report = await resync(scope, { from, queue, deadline: Date.now() + INVOCATION_MS });
  invocations += 1;
  if (report.next === null) break;
  from = JSON.parse(JSON.stringify(report.next)) as ResyncPosition;
}
console.log({
  invocations,
  queued,
  listed: objects.given,
  seconds: Math.round((performance.now() - began) / 1000),
  peakMegabytes: Math.round(process.resourceUsage().maxRSS / 1024),
  messageBytes: JSON.stringify(from ?? null).length,
});
await connection.close();
process.exit(0);
