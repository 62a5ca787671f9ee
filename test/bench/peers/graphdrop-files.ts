/** A process of graphdrop.ts: puts the files of a step and prints their keys, so that the one that syncs has no more in memory than a function. */
import { type BenchFile, changed, filesOf } from '../data/bench-file.ts';
import { documents, item, items } from '../data/rows.ts';
import { wordnetFiles } from '../data/wordnet.ts';
import { options, type StoryOptions } from './addresses.ts';
import { DIMENSION, wordnetFlow } from './flows.ts';
import { BenchWorker } from './graphdrop-worker.ts';

/** Options of a story, and whose files are meant. */
export interface FilesOrder extends StoryOptions {
  readonly step: string;
}

/** The change of some rows in a file of many. */
const SOME_ROWS = '100 rows changed of ';

const { story, run, share, step } = options as FilesOrder;
const files = await filesOfStep();
// The flow doesn't matter to files.
const worker = BenchWorker.open(`${story}${run}`, wordnetFlow(run));
await worker.put(files);
await worker.close();
console.log(JSON.stringify(files.map(({ key }) => key)));

async function filesOfStep(): Promise<BenchFile[]> {
  const count = Math.round(500_000 * share);
  switch (story) {
    case 'wordnet':
      return editionOf(await wordnetFiles(share));
    case 'object': {
      const every = step === 'one object' ? count : count / 100;
      const rows = Array.from({ length: count }, (_, i) => item(i, i % every === 0 && every < count ? '2nd: ' : ''));
      return [{ key: 'nodes/all.ndjson', records: rows }];
    }
    case 'parts':
      return partsOf(filesOf('nodes', items(0, count)));
    case 'small':
      return filesOf('nodes', items(0, Math.round(30_000 * share)), 10);
    default:
      return filesOf('docs', documents(Math.round(10_000 * share), DIMENSION), 1_000);
  }
}

function editionOf(first: readonly BenchFile[]): BenchFile[] {
  if (step === 'cold load') return [...first];
  const second = changed(first, 100);
  return step === '1 % changed' ? second : changed(second.slice(0, 1), 1);
}

function partsOf(all: readonly BenchFile[]): BenchFile[] {
  if (!step.startsWith(SOME_ROWS)) return step === 'many files' ? all.slice(5) : all.slice(0, 5);
  const { key, records } = all[step === `${SOME_ROWS}all` ? 2 : 1] as BenchFile;
  return [{ key, records: records.map((record, i) => (i % 20 === 0 ? { ...record, gloss: step } : record)) }];
}
