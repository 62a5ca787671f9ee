/** The sync function's work on a batch of messages, in a process of its own that some records kill. */
import { text } from 'node:stream/consumers';
import type { SQSRecord } from 'aws-lambda';
import { z } from 'zod';
import { ContextKey, flow } from '../../lib/index.ts';
import { syncMessages } from '../../lib/lambda/sync-messages.ts';
import { Worker } from '../../lib/lambda/worker.ts';

/** What it reads from standard input, as JSON. */
export interface Delivery {
  /** Of the world: bucket, state table and context. */
  readonly name: string;
  readonly label: string;
  readonly records: readonly SQSRecord[];
}

const { name, label, records } = JSON.parse(await text(process.stdin)) as Delivery;
const followed = flow(new ContextKey(name), graph => {
  const table = graph.nodeTable<{ id: string }>(label);
  graph.source('in/*.ndjson', { record: z.object({ id: z.string() }) }, record => {
    if (record.id === 'deadly') process.kill(process.pid, 'SIGKILL');
    return table.declareRecord(record);
  });
});
const worker = new Worker(followed, { bucket: name, table: name, code: '', definitions: '', limits: {} });
await worker.refresh();
const answer = await syncMessages(worker, records, Date.now() + 60_000);
process.stderr.write(JSON.stringify(answer));
process.exit(0);
