/** Promise: each command of the command line works on a deployed stack, found by its name, and says what it did. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { DeleteObjectCommand, PutBucketNotificationConfigurationCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Ended } from '../cli/terminal.ts';
import { Deployment } from './deployment.ts';

const flow = 'test/deployed/commands-flow.ts';
const deployment = new Deployment('commands', flow);
const main = resolve('lib/cli/graphdrop.ts');
let folder: string;

// A command is a process: each test has several.
vi.setConfig({ testTimeout: 300_000 });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graphdrop-commands-'));
  await deployment.deploy();
  await put('people/a.ndjson', { id: 'ada', name: 'Ada' }, { id: 'bob', name: 'Bob' });
  await put('people/b.ndjson', { id: 'eve', name: 'Eve' });
  await put('people/bad.ndjson', { id: 'bad' });
  await put('knows/a.ndjson', { from: 'ada', to: 'bob' }, { from: 'ada', to: 'zoe' });
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await deployment.close();
});

async function put(Key: string, ...records: readonly object[]): Promise<void> {
  await deployment.s3.send(new PutObjectCommand({ Bucket: deployment.stack.bucket, Key, Body: linesOf(records) }));
}

async function remove(Key: string): Promise<void> {
  await deployment.s3.send(new DeleteObjectCommand({ Bucket: deployment.stack.bucket, Key }));
}

function linesOf(records: readonly object[]): string {
  return records.map(record => `${JSON.stringify(record)}\n`).join('');
}

/** What a person has set, in a shell with the stack's credentials. */
function environment(): NodeJS.ProcessEnv {
  const { endpoint, region, accessKeyId, secretAccessKey } = deployment.aws;
  return {
    PATH: process.env.PATH,
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  };
}

/** Runs a command, of the stack unless it says another. */
async function graphdrop(...args: readonly string[]): Promise<Ended> {
  const place = args.includes('--stack') ? [] : ['--stack', 'graphdrop-commands'];
  const module = args.includes('--flow') ? [] : ['--flow', flow];
  const line = [main, ...args, ...place, ...(args[0] === 'query' ? [] : module)];
  return await new Promise(done => {
    execFile(process.execPath, line, { env: environment() }, (error, out, err) =>
      done({ code: Number(error?.code ?? 0), out, err }),
    );
  });
}

/** Runs a command with `--json`. @returns its exit code, and each value that it printed */
async function json(...args: readonly string[]): Promise<[code: number, ...values: unknown[]]> {
  const { code, out, err } = await graphdrop(...args, '--json');
  try {
    const isLines = ['sync', 'retry'].includes(args[0] ?? '');
    const texts = isLines ? out.trim().split('\n') : [out];
    return [code, ...texts.map(text => JSON.parse(text) as unknown)];
  } catch (cause) {
    throw new Error(`no JSON: ${out}${err}`, { cause });
  }
}

describe('questions', () => {
  it('status waits until all files are in or refused, and tells why', async () => {
    const { code, out } = await graphdrop('status', '--wait', '120');
    expect(out).toMatch(/^commands@neo4j: 3 applied, 1 rejected; settled\n/);
    expect(out).toMatch(/rejected people\/bad\.ndjson\n {4}people\/bad\.ndjson:1 name/);
    expect(code).toBe(2);
    const objects = { applied: 2, pending: 0, partly: 0, rejected: 1, unread: 0 };
    expect(await json('status', 'people/')).toMatchObject([2, { settled: true, objects, heldBack: null }]);
    expect(await json('status', 'knows/')).toMatchObject([0, { settled: true }]);
  });

  it('query answers in rows', async () => {
    const cypher = 'MATCH (p:Person_commands) RETURN p.id AS id, p.name AS name ORDER BY id';
    expect(await graphdrop('query', cypher)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^id +name\nada +Ada/),
    });
    const rows = [
      { id: 'ada', name: 'Ada' },
      { id: 'bob', name: 'Bob' },
      { id: 'eve', name: 'Eve' },
      { id: 'zoe', name: null },
    ];
    expect(await json('query', cypher)).toEqual([0, rows]);
    expect(await graphdrop('query', 'nonsense')).toMatchObject({ code: 1, err: expect.stringContaining('nonsense') });
  });

  it('explain tells where a node, an edge and the rows of a file come from', async () => {
    const node = await graphdrop('explain', 'Person_commands', 'ada');
    expect(node).toMatchObject({ code: 0, out: expect.stringContaining('people/a.ndjson') });
    const edge = ['explain', 'KNOWS_commands', '--from', 'ada', '--to', 'zoe'];
    const declaredBy = [{ object: 'knows/a.ndjson', lines: [2] }];
    expect(await json(...edge)).toMatchObject([0, [{ owners: 1, declaredBy }]]);
    expect(await graphdrop('explain', 'Person_commands', 'zoe')).toMatchObject({
      code: 2,
      out: expect.stringContaining('No object declares it.'),
    });
    expect(await graphdrop('explain', '--object', 'people/bad.ndjson')).toMatchObject({
      code: 2,
      out: expect.stringContaining('people/bad.ndjson:1 name'),
    });
  });

  it('plan tells what files and deletions would do, and does nothing', async () => {
    expect(await json('plan', '--delete', 'people/bad.ndjson')).toMatchObject([0, { changes: false, schema: [] }]);
    await writeFile(join(folder, 'b.ndjson'), linesOf([{ id: 'zoe', name: 'Zoe' }]));
    const file = ['plan', join(folder, 'b.ndjson'), '--prefix', 'people/'];
    const { code, out } = await graphdrop(...file);
    expect([code, out]).toEqual([2, expect.stringContaining('1 rows would go')]);
    expect(out).toContain('stubs (:Person_commands) declared from now on: zoe');
    expect(await graphdrop(...file, '--max-deletes', '0')).toMatchObject({
      code: 1,
      err: expect.stringContaining('--max-deletes'),
    });
    expect(await json('diff', '--from', '1s')).toMatchObject([0, { tables: {} }]);
    const [, { root, tables }] = (await json(...file)) as [number, { readonly root: string; readonly tables: object }];
    await put('people/b.ndjson', { id: 'zoe', name: 'Zoe' });
    await graphdrop('status', '--wait', '60');
    expect(await json('diff', '--from', root)).toMatchObject([2, { from: root, tables }]);
  });

  it('diff tells what changed between two roots', async () => {
    const [code, diff] = await json('diff', '--from', '1h');
    expect(code).toBe(2);
    expect(diff).toMatchObject({ tables: { '(:Person_commands)': { in: { count: 3 } } } });
    const [, { batches }] = (await json('status')) as [
      number,
      { readonly batches: readonly { readonly from: string }[] },
    ];
    expect(await graphdrop('diff', '--from', batches[0]?.from ?? '')).toMatchObject({
      code: 2,
      out: expect.stringMatching(/zoe/),
    });
  });
});

describe('work', () => {
  it('verify finds what was changed by hand, and repairs it', async () => {
    await deployment.drained();
    expect(await graphdrop('verify')).toMatchObject({ out: expect.stringContaining('rejected') });
    await deployment.query("MATCH (p:Person_commands {id: 'ada'}) SET p.name = 'Eve'");
    const altered = { count: 1, first: [{ key: 'sada', properties: ['name'] }] };
    const tables = { 'n:Person_commands:id': { altered } };
    expect(await json('verify')).toMatchObject([2, { clean: false, report: { tables } }]);
    expect((await graphdrop('verify', '--repair')).out).toContain('what differed was repaired');
    expect(await deployment.query("MATCH (p:Person_commands {id: 'ada'}) RETURN p.name AS name")).toEqual([
      { name: 'Ada' },
    ]);
  });

  it('sync looks at a prefix, and at everything, without any event', async () => {
    const Bucket = deployment.stack.bucket;
    await deployment.s3.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration: {} }));
    await put('people/c.ndjson', { id: 'cyd', name: 'Cyd' });
    await remove('people/b.ndjson');
    const bad = ['people/bad.ndjson'];
    expect(await json('sync', 'people/')).toEqual([
      2,
      expect.objectContaining({ event: 'rejected', key: bad[0] }),
      { event: 'synced', objects: 4, bad },
    ]);
    const people = await deployment.query(
      'MATCH (p:Person_commands) WHERE p.name IS NOT NULL RETURN p.id AS id ORDER BY id',
    );
    expect(people.map(({ id }) => id)).toEqual(['ada', 'bob', 'cyd']);
    expect(await graphdrop('sync')).toMatchObject({
      code: 2,
      out: expect.stringContaining('looked at 4 files, queued 0'),
    });
  });

  it('retry tries rejected files again', async () => {
    const retried = await graphdrop('retry');
    expect(retried).toMatchObject({ code: 2, out: expect.stringContaining("1 are rejected or can't be read") });
    await put('people/bad.ndjson', { id: 'good', name: 'Good' });
    expect(await json('retry')).toEqual([
      0,
      { event: 'dead-letters', moved: 0 },
      { event: 'synced', objects: 1, bad: [] },
    ]);
    expect(await graphdrop('verify')).toMatchObject({ code: 0, out: 'nothing differs\n' });
  });

  it('what a resync holds back is told by sync, status and doctor until a person confirms it', async () => {
    for (const key of ['people/a.ndjson', 'people/c.ndjson', 'knows/a.ndjson']) await remove(key);
    const held = 'held back: 5 of 6 rows, of 3 files that are gone, would go';
    expect(await graphdrop('sync')).toMatchObject({ code: 2, out: expect.stringContaining(held) });
    expect(await graphdrop('status')).toMatchObject({ code: 2, out: expect.stringContaining(held) });
    expect(await graphdrop('doctor')).toMatchObject({ code: 2, out: expect.stringContaining(held) });
    expect(await graphdrop('sync', '--confirm')).toMatchObject({ code: 0 });
    expect(await graphdrop('status', '--wait', '60')).toMatchObject({
      code: 0,
      out: expect.stringContaining('1 applied; settled'),
    });
  });
});

describe('what there is to see to', () => {
  const findings = async (...args: readonly string[]) => {
    const [code, { findings: all }] = (await json('doctor', ...args)) as [
      number,
      { readonly findings: readonly { about: string; ok: boolean; found: string }[] },
    ];
    // The emulator rings for one call that failed for a passing reason: test/cli/stack-doctor tells alarms.
    const wrong = all.filter(({ about, ok }) => !ok && about !== 'alarms');
    return { code, wrong: wrong.map(({ about, found }) => `${about}: ${found}`) };
  };

  it('doctor finds nothing wrong with a sound stack', async () => {
    expect((await findings()).wrong).toEqual([]);
    const { out } = await graphdrop('doctor');
    for (const told of [/ok +functions: /, / alarms: .*\d+ rings?/, /ok +queue: 0 messages wait/])
      expect(out).toMatch(told);
  });

  it('a message that could not be handled is told by doctor, and retry has it applied', async () => {
    const key = 'people/late.ndjson';
    await put(key, { id: 'late', name: 'Late' });
    await deployment.sendDeadLetter(JSON.stringify({ bucket: deployment.stack.bucket, keys: [key] }));
    expect((await findings()).wrong).toEqual(['dead letters: 1 message that ten tries could not handle']);
    expect(await json('retry')).toEqual([
      0,
      { event: 'dead-letters', moved: 1 },
      { event: 'synced', objects: 0, bad: [] },
    ]);
    await deployment.drained();
    expect(await deployment.query("MATCH (p:Person_commands {id: 'late'}) RETURN p.name AS name")).toEqual([
      { name: 'Late' },
    ]);
    expect((await findings()).wrong).toEqual([]);
  });

  it('doctor finds dead letters and a flow that is not the one in force, and the page shows the first', async () => {
    await deployment.sendDeadLetter('{');
    expect(await findings()).toEqual({ code: 2, wrong: [expect.stringMatching(/^dead letters: 1 message/)] });
    expect((await findings('--flow', 'test/deployed/query-flow.ts')).wrong).toContainEqual(
      expect.stringMatching(/^flow: .*no flow for context commands/),
    );
    const page = spawn(process.execPath, [main, 'page', '--stack', 'graphdrop-commands', '--flow', flow], {
      env: environment(),
    });
    try {
      expect(await (await fetch(await urlOf(page))).text()).toContain('<b class="bad">1</b> dead letters');
    } finally {
      page.kill('SIGINT');
    }
    expect(await once(page, 'exit')).toEqual([0, null]);
  });

  it('a command that can’t work says what to give', async () => {
    expect(await graphdrop('status', '--stack', 'never')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/there is no stack never in region us-east-1: see to --stack/),
    });
    expect(await graphdrop('status', '--context', 'other')).toMatchObject({
      code: 1,
      err: expect.stringContaining('stack graphdrop-commands has no context "other"; it has commands'),
    });
    expect(await graphdrop('status', '--flow', 'never.ts')).toMatchObject({
      code: 1,
      err: expect.stringContaining('never.ts'),
    });
  });
});

/** Waits until a page is served. */
async function urlOf(page: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: page.stdout as NodeJS.ReadableStream })) {
    const [url] = /http:\/\/\S+/.exec(line) ?? [];
    if (url !== undefined) return url;
  }
  throw new Error('no page was served');
}
