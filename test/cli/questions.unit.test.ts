/** Promise: status, explain, diff and page answer from a folder's state alone, for people and as JSON, with exit codes for scripts. */
import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

const MAIN = resolve('lib/cli/main.ts');
const FLOW = `import { ContextKey, flow } from 'graphdrop';
export default flow(new ContextKey('kg'), graph => {
  const person = graph.nodeTable('Person');
  graph.source('people/*.ndjson', { format: 'ndjson' }, record => person.declareRecord(record));
});
`;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graphdrop-questions-'));
  for (const path of ['data/people', '.graphdrop']) await mkdir(join(folder, path), { recursive: true });
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  await writeFile(join(folder, 'flow.ts'), FLOW);
  await writeFile(join(folder, 'data/people/a\u001b[2J.ndjson'), '{"id":"a"}\n');
  // No database is there: none is needed for these questions.
  const place = {
    folder: join(folder, 'data'),
    flow: join(folder, 'flow.ts'),
    neo4j: 'bolt://127.0.0.1:1',
    database: 'neo4j',
  };
  await writeFile(join(folder, '.graphdrop/place.json'), JSON.stringify(place));
});
afterAll(async () => await rm(folder, { recursive: true }));

async function graphdrop(...args: readonly string[]) {
  return await new Promise<{ code: number; out: string; err: string }>(done => {
    execFile(process.execPath, [MAIN, ...args], { cwd: folder }, (error, out, err) =>
      done({ code: Number(error?.code ?? 0), out, err }),
    );
  });
}

it('status counts what is pending; one that is waited for in vain ends with 2', async () => {
  const text = await graphdrop('status');
  expect(text.code).toBe(0);
  expect(text.out).toContain('kg@neo4j: 0 applied, 1 pending');
  // A file's name gives no orders to the terminal.
  expect(text.out).toContain('people/a\\u001b[2J.ndjson');
  const waited = await graphdrop('status', 'people/', '--wait', '1', '--json');
  expect(waited.code).toBe(2);
  expect(JSON.parse(waited.out)).toMatchObject({ settled: false, prefix: 'people/', objects: { pending: 1 } });
  expect(waited.err).toContain('0 applied, 1 pending');
});

it('explain and diff say that there is nothing', async () => {
  const object = await graphdrop('explain', '--object', 'people/b.ndjson', '--json');
  expect(object.code).toBe(2);
  expect(JSON.parse(object.out)).toMatchObject({ source: 'people/*.ndjson', status: null, rows: null });
  expect(await graphdrop('diff', '--from', '2h')).toMatchObject({
    code: 0,
    out: expect.stringContaining('Nothing changed.'),
  });
});

it('what can’t be meant is a failure that says how to say it', async () => {
  expect(await graphdrop('explain')).toMatchObject({ code: 1, err: expect.stringContaining('a label and a key') });
  expect(await graphdrop('diff', '--from', 'yesterday')).toMatchObject({
    code: 64,
    err: expect.stringContaining('2h'),
  });
  expect(await graphdrop('diff')).toMatchObject({ code: 64, err: expect.stringContaining('--from') });
  expect(await graphdrop('plan', 'none.csv')).toMatchObject({
    code: 1,
    err: expect.stringContaining("none.csv can't be read: there is no such file."),
  });
  expect(await graphdrop('status', '--samples', 'many')).toMatchObject({ code: 64 });
});

it('page says where it is, and ends without a fault when it is interrupted', async () => {
  const child = spawn(process.execPath, [MAIN, 'page', '--json'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<number | null>(done => child.once('exit', code => done(code)));
  const [line] = (await child.stdout[Symbol.asyncIterator]().next()).value.toString().split('\n');
  const { url } = JSON.parse(line);
  expect(await (await fetch(url)).text()).toContain('people/a\\u001b[2J.ndjson');
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
});
