/**
 * Fuzzes every reader of files, requests and answers for some time: `npm run fuzz -- --minutes 5 --seed 1`. Run it with a bounded heap to have memory
 * watched too; a hang shows by its silence, and the slowest run is printed.
 */
import { parseArgs } from 'node:util';
import { fuzz, newTally } from './fuzz.ts';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '5' }, seed: { type: 'string', default: '1' } },
});
const end = Date.now() + Number(values.minutes) * 60_000;
const tally = newTally();
for (let run = 0; Date.now() < end; run += 1000) {
  await fuzz(Number(values.seed), run, run + 1000, tally);
  if (run % 20_000 === 0) console.log(JSON.stringify(tally));
}
console.log(JSON.stringify({ ...tally, peakMegabytes: Math.round(process.resourceUsage().maxRSS / 1024) }));
