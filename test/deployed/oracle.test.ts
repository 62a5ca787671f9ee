/** Promise: a deployed stack makes of files what the oracle makes of them. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readGraph } from '../oracle/read-graph.ts';
import { projectDir } from '../support/cache.ts';
import { Deployment } from './deployment.ts';

const FLOW = 'examples/flights/flow.ts';
const deployment = new Deployment('kg', FLOW);
/** Holds what the bucket holds. */
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graphdrop-oracle-'));
  await deployment.deploy();
});
afterAll(async () => {
  await deployment.close();
  await rm(folder, { recursive: true, force: true });
});

async function put(key: string, lines: readonly string[]): Promise<void> {
  const Body = `${lines.join('\n')}\n`;
  await mkdir(dirname(join(folder, key)), { recursive: true });
  await writeFile(join(folder, key), Body);
  await deployment.s3.send(new PutObjectCommand({ Bucket: deployment.stack.bucket, Key: key, Body }));
}

async function remove(key: string): Promise<void> {
  await rm(join(folder, key));
  await deployment.s3.send(new DeleteObjectCommand({ Bucket: deployment.stack.bucket, Key: key }));
}

const airport = { name: 'Airport', primaryKey: 'iata', labels: [] };
const route = { name: 'ROUTE', labels: [], from: airport, to: airport };

async function expectTheOraclesGraph(): Promise<void> {
  const oracle = ['test/oracle/run.ts', FLOW, folder];
  const { stdout } = await promisify(execFile)(process.execPath, oracle, {
    cwd: projectDir,
    maxBuffer: 64 * 1024 * 1024,
  });
  const expected = stdout.trimEnd().split('\n');
  const graph = async () => await readGraph({ tables: [airport, route] }, async text => await deployment.query(text));
  await expect.poll(async () => (await graph()).length, { timeout: 90_000, interval: 500 }).toBe(expected.length);
  await expect.poll(graph, { timeout: 30_000, interval: 1_000 }).toEqual(expected);
}

it('from airports and routes that are dropped, shared, replaced and deleted', { timeout: 300_000 }, async () => {
  const data = async (name: string) =>
    (await readFile(join(projectDir, 'node_modules', 'vega-datasets', 'data', name), 'utf8')).trimEnd().split('\n');
  const [[header = '', ...airports], routes] = [await data('airports.csv'), await data('flights-airport.csv')];
  await put('routes/all.csv', routes);
  await put('airports/a.csv', [header, ...airports.slice(0, 2000)]);
  await put('airports/b.csv', [header, ...airports.slice(1500).map(line => line.replace(/,[^,]*,/, ',Renamed,'))]);
  await expectTheOraclesGraph();
  await put('airports/b.csv', [header, ...airports.slice(3000)]);
  await remove('routes/all.csv');
  await expectTheOraclesGraph();
});
