/** Threat: the server that dev keeps in its workspace dies, ends with the process that had started it, or is given up while it starts. */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { answers } from '../../lib/cli/server/neo4j-server.ts';
import { openServer } from '../../lib/cli/server/open-server.ts';
import '../support/cache.ts';
import { Desk } from './terminal.ts';

// A busy machine takes its time for each start of a server.
vi.setConfig({ testTimeout: 300_000 });

let base: string;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'graphdrop-embedded-'));
});
afterAll(async () => await rm(base, { recursive: true, force: true }));

it('is started again, on the same ports, by a process that had it from another', async () => {
  const home = join(base, 'neo4j');
  const first = await openServer(home, 'neo4j');
  let starts = 0;
  const second = await openServer(home, 'neo4j', () => {
    starts += 1;
  });
  expect(second.address).toEqual(first.address);
  await second.ensure();
  expect(starts).toBe(0);
  await first.close();
  await expect(answers(second.address)).rejects.toThrow();
  await second.ensure();
  expect(starts).toBe(1);
  expect(await answers(first.address)).toBe(true);
  await second.close();
});

it('that still starts keeps no person waiting who has enough, and is not left behind', async () => {
  const desk = await Desk.make();
  desk.env.NEO4J_URI = 'embedded';
  await desk.write('package.json', '{ "type": "module" }');
  await desk.write(
    'flow.ts',
    `import { ContextKey, flow } from 'graphdrop';
    export default flow(new ContextKey('a'), graph => void graph.nodeTable('A'));`,
  );
  await desk.write('data/a.txt', '');
  const terminal = desk.type('dev', 'data');
  try {
    await terminal.until('starting Neo4j');
    while (!existsSync(join(desk.folder, '.graphdrop/neo4j/console.log'))) await new Promise(setImmediate);
    expect(await terminal.interrupt()).toBe(130);
    const { bolt } = JSON.parse(await readFile(join(desk.folder, '.graphdrop/neo4j/ports.json'), 'utf8'));
    expect(bolt).toBeGreaterThan(0);
  } finally {
    terminal.kill();
    await desk.clear();
  }
});
