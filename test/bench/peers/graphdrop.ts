/** graphdrop's own part in each story. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { resync } from '../../../lib/sync/resync.ts';
import { step } from '../step.ts';
import { options } from './addresses.ts';
import { vectorFlow, wordnetFlow } from './flows.ts';
import type { FilesOrder } from './graphdrop-files.ts';
import { BenchWorker } from './graphdrop-worker.ts';

const { story, run } = options;
/** Of bucket, table, scope and labels: each story has its own. */
const name = `${story}${run}`;
const hasVectors = story === 'vectors' || story === 'indexed';
const flow = hasVectors ? vectorFlow(name, story === 'indexed') : wordnetFlow(name);
const worker = await BenchWorker.deploy(name, flow);

const STORIES: Readonly<Record<string, readonly string[]>> = {
  wordnet: ['cold load', '1 % changed', 'one file changed'],
  object: ['one object', 'one object, 100 rows changed'],
  parts: ['first 10,000 rows', '100 rows changed of 10,000', 'many files', '100 rows changed of all'],
  small: ['small objects'],
  vectors: ['vectors'],
  indexed: ['vectors, index online'],
};
let first: readonly string[] | undefined;
for (const title of STORIES[story] ?? []) {
  const keys = put(title);
  first ??= keys;
  await step(title, () => worker.sync(keys));
}
if (story === 'wordnet') {
  const all = first ?? [];
  await step('nothing changed: resync', async () => ({ rows: (await resync(worker.scope)).listed }));
  await step('nothing changed: all keys', async () => ({ ...(await worker.sync(all)), rows: all.length }));
}
await worker.close();

/** Has another process put the files of a step. @returns their keys */
function put(title: string): string[] {
  const order: FilesOrder = { ...options, step: title };
  const script = join(import.meta.dirname, 'graphdrop-files.ts');
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, JSON.stringify(order)], {
    maxBuffer: 2 ** 28,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the files of ${title} were not put: ${stderr}`);
  return JSON.parse(stdout.slice(stdout.indexOf('['))) as string[];
}
