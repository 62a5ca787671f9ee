/**
 * Prints what one object of many rows takes, and what its second version takes, of which few rows are changed: `npm run benchmark:rows`.
 * It starts services of its own for each format, and ends with 1 where the graph is not what the object says.
 *
 *     --rows n             rows of the object, 10000000 (maxRecords of a source) at most. Default 2000000
 *     --format a,b         of ndjson, ndjson.gz, csv, parquet. Default: all
 *     --slice-seconds n    what one invocation lasts. Default 840: Lambda's 15 minutes, less a reserve
 *     --heap n             MB of the worker's heap, as of its Lambda function. Default 1769
 *     --changed n          changed rows of the second version. Default 100
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { NODE_OPTIONS } from '../../infra/node-options.ts';
import { runClient } from '../bench/run-client.ts';
import { type Services, startServices } from '../support/local-services.ts';
import { faultsOfGraph } from './rows-check.ts';
import { FORMATS, type Format, type Rows, writeRows } from './rows-file.ts';
import { headLine, lineOf } from './rows-table.ts';
import type { RowsOrder } from './rows-worker.ts';

const { values: given } = parseArgs({
  options: {
    rows: { type: 'string', default: '2000000' },
    format: { type: 'string', default: FORMATS.join() },
    'slice-seconds': { type: 'string', default: '840' },
    heap: { type: 'string', default: '1769' },
    changed: { type: 'string', default: '100' },
  },
});
const count = natural('rows');
const changed = natural('changed');
const sliceSeconds = natural('slice-seconds');
const heap = natural('heap');
const formats = given.format.split(',').map(name => {
  const format = FORMATS.find(one => one === name);
  if (format === undefined) throw new Error(`--format ${name}: use ${FORMATS.join(', ')}`);
  return format;
});
if (changed > count) throw new Error(`--changed ${changed}: the object has ${count} rows`);

const folder = mkdtempSync(join(tmpdir(), 'graphdrop-rows-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
// Servers end with this process; files go by the line above.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

console.log(
  `One object of ${count} rows on the S3 emulator, which has it in its memory; invocations of ${sliceSeconds} s, all in one process with a ` +
    `heap of ${heap} MB. Node ${process.version}`,
);
console.log(headLine());
for (const format of formats) {
  const services = await startServices({ neo4j: { heap: '2g' } });
  try {
    await version(services, format, { count, changed: 0 }, true);
    if (changed > 0) await version(services, format, { count, changed }, false);
  } catch (error) {
    // The other formats have services of their own.
    console.error(error);
    process.exitCode = 1;
  } finally {
    await services.stop();
  }
}
process.exit();

/** Puts and syncs one version of the object, prints what it took, and looks at the graph. */
async function version(services: Services, format: Format, rows: Rows, deploy: boolean): Promise<void> {
  const title = deploy ? format : `${format}, ${rows.changed} changed`;
  console.error(title);
  // A bucket's name takes no capitals and no dots.
  const name = `rows${format.replace('.', '')}`;
  const object = { name, key: `nodes/all.${format}`, rows: rows.count };
  const file = join(folder, 'object');
  await writeRows(file, format, rows);
  const { size } = await stat(file);
  await run(services, { ...object, task: 'put', file, deploy });
  await rm(file);
  const [step] = await run(services, { ...object, task: 'sync', sliceSeconds });
  if (step === undefined) throw new Error('the worker told nothing');
  console.log(lineOf(title, size, step));
  const faults = await faultsOfGraph(services.neo4j, `Synset_${name}`, rows);
  for (const fault of faults) console.error(`  wrong: ${fault}`);
  if (faults.length > 0) process.exitCode = 1;
}

/** Runs a worker in a process of its own: a large heap where it has an object to put, which Lambda has not. */
async function run(services: Services, order: RowsOrder) {
  const temporary = join(folder, 'temporary');
  await mkdir(temporary, { recursive: true });
  const limits = order.task === 'sync' ? [`--max-old-space-size=${heap}`] : [];
  const args = [...limits, join(import.meta.dirname, 'rows-worker.ts'), JSON.stringify(order)];
  const env = { TMPDIR: temporary, AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(heap), NODE_OPTIONS };
  return await runClient({ command: process.execPath, args, env }, services);
}

function natural(name: Exclude<keyof typeof given, 'format'>): number {
  const value = Number(given[name]);
  if (!Number.isInteger(value) || value < (name === 'changed' ? 0 : 1))
    throw new Error(`--${name} ${given[name]}: use a whole number`);
  return value;
}
