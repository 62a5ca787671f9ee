/**
 * Measures what each function takes until it is ready for its first event: its code as the stack bundles it, with the flow of
 * examples/flights, loaded by fresh processes of this Node. Prints bytes of the code, and CPU of loading it.
 *
 *     npm run benchmark:ready [-- runs]
 */
import { execFileSync } from 'node:child_process';
import { globSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { bundle } from '../../infra/bundle.ts';

const runs = Number(process.argv[2] ?? 15);
const flow = join(import.meta.dirname, '../../examples/flights/flow.ts');
const env = { ...process.env, AWS_REGION: 'eu-central-1', GRAPHDROP_BUCKET: 'b', GRAPHDROP_TABLE: 't' };
const LOAD = `const before = process.cpuUsage();
await import(process.argv[1]);
const { user, system } = process.cpuUsage(before);
console.log((user + system) / 1000);
process.exit(0);`;

const folder = mkdtempSync(join(tmpdir(), 'graphdrop-ready-'));
try {
  for (const entry of ['sync', 'verify', 'query', 'status', 'ddl', 'garbage-collection']) {
    const index = bundled(entry);
    const cpu = Array.from({ length: runs }, () =>
      Number(execFileSync(process.execPath, ['--input-type=module', '-e', LOAD, index], { env, encoding: 'utf8' })),
    ).sort((a, b) => a - b);
    const [median = 0, least = 0] = [cpu[runs >> 1], cpu[0]];
    console.log(
      `${entry}: ${Math.round(statSync(index).size / 1000)} KB, ${median.toFixed(0)} ms (${least.toFixed(0)} at least)`,
    );
  }
} finally {
  rmSync(folder, { recursive: true });
}

function bundled(entry: string): string {
  const stack = new Stack(new App({ outdir: join(folder, entry) }), entry);
  const code = bundle(entry, flow);
  new LambdaFunction(stack, 'Function', { code, handler: 'index.handler', runtime: Runtime.NODEJS_24_X });
  return globSync(join(folder, entry, 'asset.*', 'index.mjs'))[0] ?? '';
}
