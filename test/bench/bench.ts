/**
 * Measures graphdrop beside its peers, on services of its own: `npm run bench`.
 *
 *     --quick          a part of the data, each step once: under 5 minutes
 *     --only a,b       these stories (stories.ts)
 *     --peers a,b      these peers. Default: all
 *     --runs n         how often. Default 3, quick 1
 *     --json FILE      writes figures and ratios
 *     --check          fails where a ratio lost a third of what figures-full.json or figures-quick.json says
 */
import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startServices } from '../support/local-services.ts';
import { type Figure, figureOf } from './figures.ts';
import { type Ratio, ratiosOf, regressions } from './ratios.ts';
import { type Measured, runClient } from './run-client.ts';
import { clientOf, ONCE, STORIES } from './stories.ts';
import { tableOf } from './table.ts';

const { values: given } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    peers: { type: 'string' },
    runs: { type: 'string' },
    json: { type: 'string' },
    check: { type: 'boolean', default: false },
  },
});
const runs = Number(given.runs ?? (given.quick ? 1 : 3));
const stories = STORIES.filter(({ name }) => given.only === undefined || given.only.split(',').includes(name));

const services = await startServices({ neo4j: { heap: '2g', settings: { 'server.directories.import': 'import' } } });
try {
  await warmUp();
  const measured = new Map<string, Measured[]>();
  for (let run = 0; run < runs; run += 1) {
    for (const story of stories) {
      for (const peer of story.peers) {
        if (given.peers !== undefined && !given.peers.split(',').includes(peer)) continue;
        if (run > 0 && ONCE.has(peer)) continue;
        console.error(`run ${run + 1} of ${runs}: ${story.name}, ${peer}`);
        const client = clientOf(story, peer, String(run), given.quick ? story.quickShare : 1);
        for (const step of await runClient(client, services)) {
          const id = JSON.stringify([story.name, peer, step.step]);
          measured.set(id, [...(measured.get(id) ?? []), step]);
          console.error(`  ${step.step}: ${step.seconds.toFixed(2)} s`);
        }
      }
    }
  }
  const figures = [...measured].map(([id, steps]) => {
    const [story, peer] = JSON.parse(id) as [string, string];
    return figureOf(story, peer, steps);
  });
  await report(figures);
} finally {
  await services.stop();
}

/** Runs a little of the first story: the database compiles what it runs often. */
async function warmUp(): Promise<void> {
  const [story] = STORIES;
  if (story === undefined) return;
  for (const peer of ['raw-driver', 'graphdrop'] as const)
    await runClient(clientOf(story, peer, 'warm', 0.03), services);
}

async function report(figures: readonly Figure[]): Promise<void> {
  const ratios = ratiosOf(figures);
  console.log(tableOf(figures, ratios));
  const machine = { node: process.version, cores: availableParallelism(), runs };
  if (given.json !== undefined)
    await writeFile(given.json, `${JSON.stringify({ machine, ratios, figures }, null, 2)}\n`);
  if (!given.check) return;
  const file = join(import.meta.dirname, `figures-${given.quick ? 'quick' : 'full'}.json`);
  const before = JSON.parse(await readFile(file, 'utf8')) as { readonly ratios: readonly Ratio[] };
  const worse = regressions(before.ratios, ratios);
  for (const line of worse) console.error(`worse by a third: ${line}`);
  process.exitCode = worse.length === 0 ? 0 : 1;
}
