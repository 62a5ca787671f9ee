/** The simulation for many minutes: `node test/simulation/soak.ts --minutes N --seed S`. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const child = spawn('vitest', ['run', '--project', 'services', 'test/simulation/simulation.test.ts'], {
  env: {
    ...process.env,
    GRAPHDROP_SOAK_SECONDS: String(Number(values.minutes) * 60),
    GRAPHDROP_SEED: values.seed,
  },
  stdio: 'inherit',
});
const [code] = await once(child, 'exit');
process.exitCode = code ?? 1;
