/** graphdrop's own part in each story. */
import { resync } from '../../../lib/sync/resync.ts';
import { changed, filesOf, textOf } from '../data/bench-file.ts';
import { documents, item, items } from '../data/rows.ts';
import { wordnetFiles } from '../data/wordnet.ts';
import { step } from '../step.ts';
import { options } from './addresses.ts';
import { DIMENSION, vectorFlow, wordnetFlow } from './flows.ts';
import { BenchWorker } from './graphdrop-worker.ts';

const { story, run, share } = options;
/** Of bucket, table, scope and labels: each story has its own. */
const name = `${story}${run}`;

const STORIES: Readonly<Record<string, () => Promise<void>>> = { wordnet, object, parts, small, vectors, indexed };
await STORIES[story]?.();

async function wordnet(): Promise<void> {
  const worker = await BenchWorker.deploy(name, wordnetFlow(name));
  const files = await wordnetFiles(share);
  const keys = files.map(({ key }) => key);
  await worker.put(files);
  await step('cold load', () => worker.sync(keys));
  const second = changed(files, 100);
  await worker.put(second);
  await step('1 % changed', () => worker.sync(keys));
  const [first] = changed(second, 1);
  if (first !== undefined) {
    await worker.put([first]);
    await step('one file changed', () => worker.sync([first.key]));
  }
  await step('nothing changed: resync', async () => ({ rows: (await resync(worker.scope)).listed }));
  await step('nothing changed: all keys', async () => ({ ...(await worker.sync(keys)), rows: keys.length }));
  await worker.close();
}

/** One object of many rows. */
async function object(): Promise<void> {
  const worker = await BenchWorker.deploy(name, wordnetFlow(name));
  const count = Math.round(500_000 * share);
  const key = 'nodes/all.ndjson';
  const text = (edition: string, every: number) =>
    Array.from({ length: count }, (_, i) => `${JSON.stringify(item(i, i % every === 0 ? edition : ''))}\n`).join('');
  await worker.putText(key, text('', 1));
  await step('one object', () => worker.sync([key]));
  await worker.putText(key, text('2nd: ', count / 100));
  await step('one object, 100 rows changed', () => worker.sync([key]));
  await worker.close();
}

/** The same rows in files of 2,000, and 100 changed rows at two sizes. */
async function parts(): Promise<void> {
  const worker = await BenchWorker.deploy(name, wordnetFlow(name));
  const files = filesOf('nodes', items(0, Math.round(500_000 * share)));
  const change = async (what: string, number: number) => {
    const { key, records } = files[number] as (typeof files)[number];
    const rows = records.map((record, i) => (i % 20 === 0 ? { ...record, gloss: what } : record));
    await worker.putText(key, textOf({ key, records: rows }));
    await step(what, () => worker.sync([key]));
  };
  const load = async (some: typeof files) => {
    await worker.put(some);
    return async () => await worker.sync(some.map(({ key }) => key));
  };
  await step('first 10,000 rows', await load(files.slice(0, 5)));
  await change('100 rows changed of 10,000', 1);
  await step('many files', await load(files.slice(5)));
  await change('100 rows changed of all', 2);
  await worker.close();
}

async function small(): Promise<void> {
  const worker = await BenchWorker.deploy(name, wordnetFlow(name));
  const files = filesOf('nodes', items(0, Math.round(30_000 * share)), 10);
  await worker.put(files);
  await step('small objects', () => worker.sync(files.map(({ key }) => key)));
  await worker.close();
}

async function vectors(): Promise<void> {
  await loadVectors(false);
}

async function indexed(): Promise<void> {
  await loadVectors(true);
}

async function loadVectors(withIndex: boolean): Promise<void> {
  const worker = await BenchWorker.deploy(name, vectorFlow(name, withIndex));
  const files = filesOf('docs', documents(Math.round(10_000 * share), DIMENSION), 1_000);
  await worker.put(files);
  await step(withIndex ? 'vectors, index online' : 'vectors', () => worker.sync(files.map(({ key }) => key)));
  await worker.close();
}
