/**
 * Prints how 1, 2, 4 and 8 workers get through a backlog of 10,000 small objects: `npm run benchmark:backlog`, with GRAPHDROP_SERVICES
 * naming the file of `npm run services`. Other sizes by GRAPHDROP_BACKLOG: JSON of `Backlog`'s fields.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { clientConfig } from '../support/aws-address.ts';
import type { ServiceAddresses } from '../support/local-services.ts';
import { createStateTable } from '../support/state-table.ts';
import type { BacklogOrder, BatchDone } from './backlog-worker.ts';

interface Backlog {
  readonly objects: number;
  readonly workers: readonly number[];
  /** Objects that one invocation gets. */
  readonly batch: number;
  readonly parseMs: number;
  readonly seconds: number;
}

const given = JSON.parse(process.env.GRAPHDROP_BACKLOG ?? '{}') as Partial<Backlog>;
const backlog: Backlog = { objects: 10_000, workers: [1, 2, 4, 8], batch: 250, parseMs: 0, seconds: 200, ...given };
const file = process.env.GRAPHDROP_SERVICES ?? '.cache/services.json';
const services = JSON.parse(await readFile(file, 'utf8')) as ServiceAddresses;
const program = fileURLToPath(new URL('backlog-worker.ts', import.meta.url));

const folder = await mkdtemp(join(tmpdir(), 'graphdrop-backlog-'));
const all = Array.from({ length: backlog.objects }, (_, n) => `${n}.ndjson`);
for (const key of all) await writeFile(join(folder, key), `{"id":"${key}"}\n`);
console.log(`${backlog.objects} objects, ${backlog.batch} an invocation, ${backlog.parseMs} ms each to parse`);
let first: number | undefined;
for (const workers of backlog.workers) {
  const { seconds, sent, read } = await run(workers);
  first ??= seconds;
  const share = (count: number): string => `${((100 * count) / backlog.objects).toFixed(2)} %`;
  console.log(
    `${workers} workers: ${seconds.toFixed(1)} s (${(first / seconds).toFixed(2)} times as fast), sent again ${share(sent)}, ` +
      `read more than once ${share(read)}`,
  );
}
await rm(folder, { recursive: true });

/** Has so many workers do it all. */
async function run(workers: number): Promise<{ seconds: number; sent: number; read: number }> {
  const name = `b${randomBytes(4).toString('hex')}`;
  const dynamo = new DynamoDBClient(clientConfig(services.dynamoDb));
  await createStateTable(dynamo, name);
  dynamo.destroy();
  const { parseMs, seconds } = backlog;
  const order: BacklogOrder = { services, folder, name, parseMs, seconds };
  const children = Array.from({ length: workers }, () => fork(program, [JSON.stringify(order)]));
  // The clock starts when all are there.
  await Promise.all(children.map(child => once(child, 'message')));
  const queue = [...all];
  const reads = new Map<string, number>();
  let sent = 0;
  const began = performance.now();
  await Promise.all(children.map(child => serve(child)));
  const took = (performance.now() - began) / 1000;
  const read = [...reads.values()].filter(count => count > 1).length;
  return { seconds: took, sent, read };

  async function serve(child: ChildProcess): Promise<void> {
    while (queue.length > 0) {
      const keys = queue.splice(0, backlog.batch);
      child.send(keys);
      const [done] = (await once(child, 'message')) as [BatchDone];
      sent += done.left.length;
      queue.push(...done.left);
      for (const key of done.read) reads.set(key, (reads.get(key) ?? 0) + 1);
    }
    child.kill();
  }
}
