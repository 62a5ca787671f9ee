/** A process of rows.ts: puts a file into the bucket as one object, or syncs that object, in as many invocations as it takes. */
import { syncObjects } from '../../lib/sync/sync.ts';
import { wordnetFlow } from '../bench/peers/flows.ts';
import { BenchWorker } from '../bench/peers/graphdrop-worker.ts';
import { step } from '../bench/step.ts';
import { openTemporaryBytes } from './open-temporary-bytes.ts';

/** Its first argument, as JSON. */
export type RowsOrder = { readonly name: string; readonly key: string; readonly rows: number } & (
  | { readonly task: 'put'; readonly file: string; readonly deploy: boolean }
  | { readonly task: 'sync'; readonly sliceSeconds: number }
);

/** Invocations in a row that may commit nothing. */
const MOST_IDLE = 3;

const order = JSON.parse(process.argv[2] ?? '{}') as RowsOrder;
const { name, key, rows } = order;
const flow = wordnetFlow(name, 'nodes/*');
const isNew = order.task === 'put' && order.deploy;
const worker = isNew ? await BenchWorker.deploy(name, flow) : BenchWorker.open(name, flow);
if (order.task === 'put') {
  await worker.putFile(key, order.file);
} else {
  const { sliceSeconds } = order;
  await step('sync', () => syncAll(sliceSeconds));
}
await worker.close();

/** Invokes until nothing is left to do. */
async function syncAll(sliceSeconds: number) {
  let [invocations, transactions, written, idle, spoolBytes] = [0, 0, 0, 0, 0];
  const timer = setInterval(() => {
    spoolBytes = Math.max(spoolBytes, openTemporaryBytes());
  }, 1_000);
  for (;;) {
    const began = performance.now();
    const report = await syncObjects(worker.scope, [key], Date.now() + sliceSeconds * 1_000);
    invocations += 1;
    transactions += report.transactions;
    written += report.nodesUpserted;
    const seconds = ((performance.now() - began) / 1_000).toFixed(1);
    const peak = Math.round(process.resourceUsage().maxRSS / 1024);
    const done = `${report.transactions} transactions, ${report.nodesUpserted} rows written, ${written} in all`;
    console.error(`  invocation ${invocations}: ${seconds} s, ${done}, peak ${peak} MB`);
    for (const { reason } of [...report.rejected, ...report.unread]) console.error(`  not applied: ${reason}`);
    if (report.rejected.length > 0) throw new Error('the object was rejected');
    // A message comes again for what was not read, too.
    if (report.unsettled.length + report.unread.length === 0) break;
    idle = report.transactions === 0 ? idle + 1 : 0;
    if (idle === MOST_IDLE) throw new Error(`${idle} invocations in a row committed nothing`);
  }
  clearInterval(timer);
  return { rows, invocations, transactions, written, spoolBytes };
}
