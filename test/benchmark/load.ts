/**
 * Prints what a bucket of 20,000 real objects takes from the first resync until one says `settled`, in invocations of 60 s that get 1,000
 * objects each: `npm run benchmark:load`, with GRAPHDROP_SERVICES naming the file of `npm run services`. Another number by
 * GRAPHDROP_OBJECTS.
 */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, PutBucketVersioningCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import pMap from 'p-map';
import { z } from 'zod';
import { S3Objects } from '../../lib/bucket/s3-objects.ts';
import { ContextKey, flow } from '../../lib/index.ts';
import { Scope } from '../../lib/scope.ts';
import { dynamoDbState } from '../../lib/state/dynamodb/dynamodb-state.ts';
import { type ResyncReport, resync } from '../../lib/sync/resync.ts';
import type { ResyncPosition } from '../../lib/sync/resync-position.ts';
import { syncObjects } from '../../lib/sync/sync.ts';
import { clientConfig } from '../support/aws-address.ts';
import { connectionTo } from '../support/connection.ts';
import type { ServiceAddresses } from '../support/local-services.ts';
import { createStateTable } from '../support/state-table.ts';

const INVOCATION_MS = 60_000;
const KEYS = 1_000;
const count = Number(process.env.GRAPHDROP_OBJECTS ?? 20_000);

const file = process.env.GRAPHDROP_SERVICES ?? '.cache/services.json';
const { neo4j, dynamoDb, miniStack } = JSON.parse(await readFile(file, 'utf8')) as ServiceAddresses;
const name = `l${randomBytes(4).toString('hex')}`;
const s3 = new S3Client({ ...clientConfig(miniStack), forcePathStyle: true });
const dynamo = new DynamoDBClient(clientConfig(dynamoDb));
await createStateTable(dynamo, name);
await s3.send(new CreateBucketCommand({ Bucket: name }));
await s3.send(new PutBucketVersioningCommand({ Bucket: name, VersioningConfiguration: { Status: 'Enabled' } }));
await pMap(
  Array.from({ length: count }, (_, n) => n),
  n => s3.send(new PutObjectCommand({ Bucket: name, Key: `in/${n}.ndjson`, Body: `{"id":"${n}"}\n` })),
  { concurrency: 32 },
);
const followed = flow(new ContextKey(name), graph => {
  const table = graph.nodeTable<{ id: string }>(`Load_${name}`);
  graph.source('in/*.ndjson', { record: z.object({ id: z.string() }) }, row => table.declareRecord(row));
});
const connection = connectionTo(neo4j);
/** Another process, as far as it knows. */
const scope = () =>
  new Scope({ flow: followed, connection, objects: new S3Objects(s3, name), state: dynamoDbState(dynamo, name) });
const deadline = () => Date.now() + INVOCATION_MS;

const began = performance.now();
const queued: string[] = [];
const [first, listing] = await whole(async keys => void queued.push(...keys));
const listed = performance.now();
let [invocations, transactions, again] = [0, 0, 0];
for (let open = [...queued]; open.length > 0; invocations += 1) {
  const report = await syncObjects(scope(), open.splice(0, KEYS), deadline());
  transactions += report.transactions;
  again += report.unsettled.length;
  open.push(...report.unsettled);
}
const applied = performance.now();
const [last, looking] = await whole(async () => {});
const rows = await connection.graph.query(`MATCH (n:Load_${name}) RETURN count(n) AS rows`, {});
const seconds = (from: number, to: number) => Math.round((to - from) / 1000);
console.log({
  objects: count,
  listed: first.listed,
  queued: queued.length,
  queuedOnce: new Set(queued).size,
  resync: { invocations: listing, seconds: seconds(began, listed) },
  sync: { invocations, transactions, again, seconds: seconds(listed, applied) },
  settled: { said: last.settled, invocations: looking, seconds: seconds(applied, performance.now()) },
  rows: Number(rows[0]?.rows),
  peakMegabytes: Math.round(process.resourceUsage().maxRSS / 1024),
});
await connection.close();
process.exit(0);

/** Resyncs to the end, in as many invocations as it takes. */
async function whole(queue: (keys: readonly string[]) => Promise<void>): Promise<[ResyncReport, number]> {
  for (let [from, parts]: [ResyncPosition | undefined, number] = [undefined, 1]; ; parts += 1) {
    const report = await resync(scope(), { from, queue, deadline: deadline() });
    if (report.next === null) return [report, parts];
    from = JSON.parse(JSON.stringify(report.next)) as ResyncPosition;
  }
}
