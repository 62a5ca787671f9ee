/**
 * Puts bugs back that graphdrop had, one at a time, and has the simulation, or a suite, find them:
 * `node test/simulation/planted.ts [--bug NAME]... [--seed S] [--minutes N]`. Prints a row of docs/simulation.md for each.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { PLANTED } from './planted-bugs.ts';

const { values } = parseArgs({
  options: {
    bug: { type: 'string', multiple: true, default: Object.keys(PLANTED) },
    seed: { type: 'string' },
    minutes: { type: 'string', default: '10' },
  },
});

for (const name of values.bug) {
  const bug = PLANTED[name];
  if (bug === undefined) throw new RangeError(`no bug ${name}: there are ${Object.keys(PLANTED).join(', ')}`);
  const seed = values.seed ?? String(bug.seed ?? 1);
  const began = Date.now();
  const { suite, focus = {} } = bug;
  const project = suite?.endsWith('.unit.test.ts') ? 'unit' : 'services';
  const what = [project, suite ?? 'test/simulation/simulation.test.ts'];
  const child = spawn('vitest', ['run', '--config', 'vitest.planted.config.ts', '--project', ...what], {
    env: {
      ...process.env,
      NO_COLOR: '1',
      GRAPHDROP_PLANTED: name,
      GRAPHDROP_FOCUS: JSON.stringify(focus),
      GRAPHDROP_SEED: seed,
      GRAPHDROP_SOAK_SECONDS: String(Number(values.minutes) * 60),
      GRAPHDROP_SHRINK: 'no',
      GRAPHDROP_STORES: bug.stores ?? 'embedded',
    },
  });
  let said = '';
  const failed = () => /^seed (\d+): ([^\n]*)\n/m.exec(said);
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', text => {
      said += text;
      // The others that happen side by side need not come to their ends.
      if (failed() !== null) child.kill('SIGKILL');
    });
  }
  const [code] = await once(child, 'close');
  const minutes = ((Date.now() - began) / 60_000).toFixed(1);
  const [, found, why] = failed() ?? [];
  if (suite !== undefined && code === 1) {
    console.log(`| ${name} | ${suite} | | ${minutes} |`);
  } else if (found === undefined) {
    process.exitCode = 1;
    console.log(`| ${name} | not found in ${minutes} minutes |\n${said.slice(-3_000)}`);
  } else {
    console.log(`| ${name} | ${found} | ${Number(found) - Number(seed) + 1} | ${minutes} |\n    ${why}`);
  }
}
