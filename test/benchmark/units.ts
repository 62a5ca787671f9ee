/**
 * Prints what AWS would charge for, counted: requests to S3, units of DynamoDB, transactions. `npm run benchmark:units`, with
 * GRAPHDROP_SERVICES naming the file of `npm run services`. See docs/costs.md.
 */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, PutBucketVersioningCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { S3Objects } from '../../lib/bucket/s3-objects.ts';
import { ContextKey, flow } from '../../lib/index.ts';
import { Scope } from '../../lib/scope.ts';
import { dynamoDbState } from '../../lib/state/dynamodb/dynamodb-state.ts';
import { resync } from '../../lib/sync/resync.ts';
import { syncObjects } from '../../lib/sync/sync.ts';
import { clientConfig } from '../support/aws-address.ts';
import { connectionTo } from '../support/connection.ts';
import type { ServiceAddresses } from '../support/local-services.ts';
import { createStateTable } from '../support/state-table.ts';

const services = JSON.parse(
  await readFile(process.env.GRAPHDROP_SERVICES ?? '.cache/services.json', 'utf8'),
) as ServiceAddresses;
const name = `u${randomBytes(4).toString('hex')}`;
const s3 = new S3Client({ ...clientConfig(services.miniStack), forcePathStyle: true });
const dynamo = new DynamoDBClient(clientConfig(services.dynamoDb));
const connection = connectionTo(services.neo4j);

const requests = new Map<string, number>();
const units = { written: 0, read: 0 };
s3.middlewareStack.add(
  next => args => {
    const { method } = args.request as { readonly method: string };
    requests.set(method, (requests.get(method) ?? 0) + 1);
    return next(args);
  },
  { step: 'finalizeRequest', name: 'count' },
);
dynamo.middlewareStack.add(
  (next, { commandName = '' }) =>
    async args => {
      Object.assign(args.input, { ReturnConsumedCapacity: 'TOTAL' });
      const answer = await next(args);
      const { ConsumedCapacity } = answer.output as { readonly ConsumedCapacity?: Consumed | Consumed[] };
      const consumed = [ConsumedCapacity ?? []].flat().reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
      units[/Put|Update|Delete|Write/.test(commandName) ? 'written' : 'read'] += consumed;
      return answer;
    },
  { step: 'initialize', name: 'count' },
);

interface Consumed {
  readonly CapacityUnits?: number;
}

await createStateTable(dynamo, name);
await s3.send(new CreateBucketCommand({ Bucket: name }));
await s3.send(new PutBucketVersioningCommand({ Bucket: name, VersioningConfiguration: { Status: 'Enabled' } }));
const scope = new Scope({
  flow: flow(new ContextKey(name), graph => {
    const row = graph.nodeTable<{ id: string; n: number; text: string }>(`Row_${name}`);
    graph.source('rows/*.ndjson', {}, record => row.declareRecord(record as never));
    const vector = graph.nodeTable(`Chunk_${name}`);
    graph.source('vectors/*.ndjson', { memo: true }, async record =>
      vector.declareRecord({ ...record, v: Float32Array.from({ length: 384 }, (_, i) => i + Number(record.n)) }),
    );
  }),
  connection,
  objects: new S3Objects(s3, name),
  state: dynamoDbState(dynamo, name),
});

const put = async (key: string, rows: number, text: (n: number) => string) => {
  const line = (n: number): string => JSON.stringify({ id: `${key}-${n}`, n, text: text(n) });
  const Body = Array.from({ length: rows }, (_, n) => `${line(n)}\n`).join('');
  await s3.send(new PutObjectCommand({ Bucket: name, Key: key, Body }));
  return key;
};

/** Puts files, and counts what the sync takes. */
async function step(
  what: string,
  prefix: string,
  files: number,
  rows: number,
  text: (n: number) => string,
): Promise<void> {
  const keys: string[] = [];
  for (let n = 0; n < files; n += 1) keys.push(await put(`${prefix}/${n}x${rows}.ndjson`, rows, text));
  await counted(what, files, files * rows, async () => {
    let transactions = 0;
    // As messages come: a hundred keys or so at a time.
    for (let start = 0; start < keys.length; start += 100)
      transactions += (await syncObjects(scope, keys.slice(start, start + 100))).transactions;
    return transactions;
  });
}

async function counted(what: string, files: number, rows: number, work: () => Promise<number>): Promise<void> {
  requests.clear();
  Object.assign(units, { written: 0, read: 0 });
  const transactions = await work();
  const each = (count: number, of: number): string => (count / of).toFixed(count / of < 10 ? 3 : 1);
  const s3Requests = [...requests].map(([method, count]) => `${method} ${each(count, files)}`).join(', ');
  console.log(
    `${what}: S3 a file: ${s3Requests || 'none'}; DynamoDB a row: ${each(units.written, rows)} written, ${each(units.read, rows)} read, ` +
      `in all ${units.written} and ${units.read}; ${transactions} transactions`,
  );
}

const same = (n: number): string => `text ${n} ${'x'.repeat(100)}`;
const onePercent = (n: number): string => (n % 100 === 7 ? `changed ${n}` : same(n));
await step('500 files of 10 rows', 'rows', 500, 10, same);
await step('the same, again', 'rows', 500, 10, same);
await step('20 files of 2,000 rows', 'rows', 20, 2000, same);
await step('1 % of them changed', 'rows', 20, 2000, onePercent);
await step('one file of 50,000 rows', 'rows', 1, 50_000, same);
await counted('a resync with nothing changed', 521, 95_000, async () => {
  await resync(scope);
  return 0;
});
await step('2 files of 2,000 rows with 384 numbers and a memo', 'vectors', 2, 2000, same);
await step('1 % of them changed', 'vectors', 2, 2000, onePercent);
await connection.graph
  .query(`MATCH (n) WHERE n:Row_${name} OR n:Chunk_${name} CALL (n) { DETACH DELETE n } IN TRANSACTIONS`, {})
  .catch(() => {});
await connection.close();
process.exit(0);
