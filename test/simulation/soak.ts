/**
 * The simulation for many minutes: `node test/simulation/soak.ts --minutes N --seed S`. With `--stores embedded` objects are in a
 * folder and state is in SQLite, as in the embedded mode. With `--end-states FILE` a line
 * `seed sha256` is written for each history, over its graphs at rest: two versions of the code must agree in it. With
 * `--no-shrink` a failure ends it at once.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    'end-states': { type: 'string' },
    stores: { type: 'string', default: process.env.GRAPHDROP_STORES ?? 'services' },
    'no-shrink': { type: 'boolean', default: false },
  },
});
const child = spawn('vitest', ['run', '--project', 'services', 'test/simulation/simulation.test.ts'], {
  env: {
    ...process.env,
    GRAPHDROP_SOAK_SECONDS: String(Number(values.minutes) * 60),
    GRAPHDROP_SEED: values.seed,
    GRAPHDROP_STORES: values.stores,
    ...(values['no-shrink'] && { GRAPHDROP_SHRINK: 'no' }),
    ...(values['end-states'] && { GRAPHDROP_END_STATES: resolve(values['end-states']) }),
  },
  stdio: 'inherit',
});
const [code] = await once(child, 'exit');
process.exitCode = code ?? 1;
