/** Threat: code that is the same replaces all functions at each deploy, lacks what a flow needs, names errors `NP`, or loads what it never needs. */
import { execFileSync } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundle } from '../../infra/bundle.ts';
import { theOne } from './synth.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'graphdrop-bundle-'));
  symlinkSync(join(import.meta.dirname, '../../node_modules'), join(folder, 'node_modules'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Bundles a function. @returns the properties of its code */
function codeIn(outdir: string, entry = 'garbage-collection', flow?: string): unknown {
  const stack = new Stack(new App({ outdir: join(folder, outdir) }), 'test');
  const code = bundle(entry, flow);
  new LambdaFunction(stack, 'Function', { code, handler: 'index.handler', runtime: Runtime.NODEJS_24_X });
  return theOne(Template.fromStack(stack), 'AWS::Lambda::Function').Properties.Code;
}

/** The file of the code. */
function indexIn(outdir: string): string {
  return globSync(join(folder, outdir, 'asset.*', 'index.mjs'))[0] ?? '';
}

it('a bundle has the same hash wherever it is built, and its errors their names', () => {
  expect(codeIn('here')).toEqual(codeIn(join('some', 'where', 'else')));
  const built = readFileSync(indexIn('here'), 'utf8');
  // Whatever a minifier calls the classes of errors, their names are kept.
  for (const name of ['EnvironmentError', 'StoreUnavailableError'])
    expect(built.includes(`,"${name}")`), name).toBe(true);
});

/** Loads a function as Lambda would. @returns what is printed of it */
function loaded(outdir: string, prints: string): string {
  const env = { ...process.env, AWS_REGION: 'eu-central-1', GRAPHDROP_BUCKET: 'b', GRAPHDROP_TABLE: 't' };
  const code = `await import(process.argv[1]);console.log(${prints})`;
  return execFileSync(process.execPath, ['--input-type=module', '-e', code, indexIn(outdir)], {
    env,
    encoding: 'utf8',
  }).trim();
}

const FLOW = `import { ContextKey, flow } from 'graphdrop';
export default flow(new ContextKey('kg'), graph => {
  const row = graph.nodeTable('Row');
  graph.source('*.ndjson', {}, record => row.declareRecord(record));
});`;

function flowFile(name: string, text: string): string {
  const file = join(folder, name, 'flow.ts');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

it('a function that is ready hasn’t loaded what Node’s fetch needs', () => {
  codeIn('plain', 'sync', flowFile('plain-flow', FLOW));
  expect(loaded('plain', "process.moduleLoadList.filter(name => name.includes('undici'))")).toBe('[]');
});

it.each([
  ['rxjs', "import { of } from 'rxjs';\nof(7).subscribe(value => { globalThis.seen = value; });\n"],
  ['a part of rxjs', "import { map } from 'rxjs/operators';\nglobalThis.seen = typeof map === 'function' && 7;\n"],
  ['another part', "import { ajax } from 'rxjs/ajax';\nglobalThis.seen = typeof ajax === 'function' && 7;\n"],
  ['rxjs, later', "const { of } = await import('rxjs');\nof(7).subscribe(value => { globalThis.seen = value; });\n"],
  ['a package of CommonJS, later', "const { answer } = await import('./helper.cjs');\nglobalThis.seen = answer();\n"],
  [
    'http, later',
    "const { request } = await import('node:http');\nglobalThis.seen = typeof request === 'function' && 7;\n",
  ],
  [
    'reactive sessions of the driver',
    "import neo4j from 'neo4j-driver';\nconst session = neo4j.driver('bolt://127.0.0.1:1').rxSession();\nglobalThis.seen = typeof session.run('RETURN 1').records === 'function' && 7;\n",
  ],
])('a flow may use %s', (name, text) => {
  const file = flowFile(`${name}-flow`, text + FLOW);
  writeFileSync(join(dirname(file), 'helper.cjs'), 'exports.answer = () => 7;');
  codeIn(name, 'sync', file);
  expect(loaded(name, 'globalThis.seen')).toBe('7');
});
