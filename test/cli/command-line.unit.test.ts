/** Promise: the command line says what it takes, and a script can tell by its exit code how it went. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { PassThrough } from 'node:stream';
import { S3Client } from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { S3Objects } from '../../lib/bucket/s3-objects.ts';
import { explainError } from '../../lib/cli/explain-error.ts';
import { Output } from '../../lib/cli/output.ts';
import { nameCalls } from '../../lib/cli/place/named-calls.ts';
import { printable } from '../../lib/cli/printable.ts';
import { program } from '../../lib/cli/program.ts';
import { clientConfig, localAws } from '../support/aws-address.ts';
import { listen } from '../support/false-server.ts';

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the command line in a process of its own, in an empty folder. */
async function graphdrop(...args: readonly string[]): Promise<Ended> {
  const cwd = await mkdtemp(join(tmpdir(), 'graphdrop-cli-'));
  const main = resolve('lib/cli/graphdrop.ts');
  try {
    return await new Promise(done => {
      execFile(process.execPath, [main, ...args], { cwd }, (error, out, err) =>
        done({ code: Number(error?.code ?? 0), out, err }),
      );
    });
  } finally {
    await rm(cwd, { recursive: true });
  }
}

it('help is no failure, and lists every command', async () => {
  const { code, out } = await graphdrop('--help');
  expect(code).toBe(0);
  for (const command of program().commands) expect(out).toContain(`  ${command.name()} `);
});

it('a wrong command line ends with 64, and says what is wrong', async () => {
  expect(await graphdrop('docter')).toMatchObject({ code: 64, err: expect.stringContaining('Did you mean doctor?') });
  expect(await graphdrop('doctor', '--verbose')).toMatchObject({ code: 64, err: expect.stringContaining('--verbose') });
});

it('a command without a place ends with 1, and says what to give', async () => {
  const { code, err } = await graphdrop('doctor');
  expect(code).toBe(1);
  expect(err).toMatch(/^error nothing to work on: .*graphdrop dev FOLDER.*--stack NAME/);
  const json = await graphdrop('doctor', '--json');
  expect(JSON.parse(json.err)).toMatchObject({ error: { code: 'CLI' } });
  expect(json.out).toBe('');
});

it('text from files can’t give orders to a terminal', () => {
  expect(printable('a\u001b[31mb\n\u009bc\u202ed')).toBe('a\\u001b[31mb\\n\\u009bc\\u202ed');
  const out = new PassThrough();
  new Output(false, { out, err: out }).table(
    ['key', 'rows'],
    [
      ['a\u001b]0;title\u0007', 1n],
      [null, 20],
    ],
  );
  const lines = ['key                    rows', 'a\\u001b]0;title\\u0007     1', '                         20', ''];
  expect(String(out.read())).toBe(lines.join('\n'));
  // JSON has escapes for the first of them only.
  const json = new Output(true, { out, err: out });
  json.result({ key: 'a\u001b\u009b2J\u202e' }, () => {});
  json.event({ key: '\u0085' }, '');
  json.note('so far: \u001b[2J\u009b2J');
  expect(String(out.read())).toBe(
    '{\n  "key": "a\\u001b\\u009b2J\\u202e"\n}\n{"key":"\\u0085"}\nso far: \\u001b[2J\\u009b2J\n',
  );
});

it('a table may have any number of rows', () => {
  const out = new PassThrough({ highWaterMark: 100_000_000 });
  const rows = Array.from({ length: 150_000 }, (_, n) => [n]);
  new Output(false, { out, err: out }).table(['n'], rows);
  const lines = String(out.read()).trim().split('\n');
  expect(lines.map(line => line.trim())).toEqual(['n', ...rows.map(String)]);
});

it('errors of AWS and of the database say what to do', () => {
  const named = (name: string) => Object.assign(new Error('said so'), { name });
  expect(explainError(named('CredentialsProviderError')).remedy).toContain('AWS_PROFILE');
  expect(explainError(named('AccessDeniedException')).remedy).toContain('permission');
  expect(explainError(Object.assign(new Error('no'), { code: 'ServiceUnavailable' })).remedy).toContain('NEO4J_URI');
  const denied = Object.assign(new Error("EACCES: permission denied, mkdir '/x/.graphdrop'"), { code: 'EACCES' });
  expect(explainError(denied).remedy).toContain('--workspace');
  expect(explainError(Object.assign(new Error('no'), { code: 'ENOSPC' })).remedy).toContain('disk is full');
  expect(explainError(new Error('plain')).remedy).toBeUndefined();
});

it('a call that AWS denies is told with the permission that it takes', async () => {
  // As S3 does: a HEAD has no body, so only the status says it.
  const endpoint = await listen((_, response) => {
    response.writeHead(403, { 'content-type': 'application/xml' }).end('<Error><Code>AccessDenied</Code></Error>');
  });
  const s3 = nameCalls(new S3Client({ ...clientConfig({ ...localAws(0), endpoint }), forcePathStyle: true }), 's3');
  const objects = new S3Objects(s3, 'bucket');
  const remedyOf = async (call: Promise<unknown>) => await call.catch((error: unknown) => explainError(error).remedy);
  expect(await remedyOf(objects.list('', 1))).toContain('lacks s3:ListBucket:');
  expect(await remedyOf(objects.head('a'))).toContain('lacks s3:GetObject:');
  s3.destroy();
});
