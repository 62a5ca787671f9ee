/** Promise: a person at a terminal keeps a graph equal to a folder, sees what happens to each file, and can repair it. */
import { randomBytes } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Desk } from './terminal.ts';

const name = `t${randomBytes(5).toString('hex')}`;
const person = `Person_${name}`;
const flow = (extra = '') => `
  import { ContextKey, flow } from 'graphdrop';
  export default flow(new ContextKey('${name}'), graph => {
    const person = graph.nodeTable('${person}');
    graph.source('people/*.ndjson', {}, record => person.declareRecord(record as { id: string }));
    ${extra}
  });
`;

let desk: Desk;
beforeAll(async () => {
  desk = await Desk.make();
  await desk.write('package.json', '{ "type": "module" }');
  await desk.write('flow.ts', flow());
  await desk.write('data/people/ada.ndjson', '{"id":"ada"}\n');
  await desk.write('data/notes.txt', 'no source matches this');
});
afterAll(async () => await desk.clear());

const people = async () => {
  const { out } = await desk.run('query', '--json', `MATCH (p:${person}) RETURN p.id AS id ORDER BY id`);
  return (JSON.parse(out) as { id: string }[]).map(({ id }) => id);
};

it('applies what is there and ends, with 2 if a file is rejected, and goes on where it stopped', async () => {
  await desk.write('data/people/bad.ndjson', '{"id":"bob"}\n{"name":1}\n');
  const first = await desk.run('dev', 'data', '--once');
  expect(first.out).toMatch(/^deployed 1 tables; sources people/);
  expect(first.out).toContain('applied   people/ada.ndjson  1 row\n');
  expect(first.out).toMatch(/rejected {2}people\/bad\.ndjson.*\n {10}people\/bad\.ndjson:2 .*id/);
  expect(first.out).toContain('the graph has nothing of it');
  expect(first.out).toContain('but for 1 rejected or unread: people/bad.ndjson');
  expect(first.code).toBe(2);
  expect(await people()).toEqual(['ada']);

  await rm(join(desk.folder, 'data/people/bad.ndjson'));
  const second = await desk.run('dev', 'data', '--once', '--json');
  expect(second.code).toBe(0);
  const events = second.out
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as { event: string; key?: string });
  expect(events.map(({ event, key }) => [event, key])).toEqual([
    ['deployed', undefined],
    ['deleted', 'people/bad.ndjson'],
    ['looked', undefined],
  ]);
});

it('follows files and flow while they change, in a terminal', async () => {
  const terminal = desk.type('dev', 'data');
  try {
    await terminal.until('the graph is equal to folder data (1 file');
    await desk.write('data/people/.bob.ndjson.tmp', '{"id":"bob"}\n');
    await rename(join(desk.folder, 'data/people/.bob.ndjson.tmp'), join(desk.folder, 'data/people/bob.ndjson'));
    await terminal.until('applied   people/bob.ndjson  1 row');
    expect(terminal.colored).toContain('\u001b[32mapplied');
    await desk.write('data/people/bob.ndjson', '{"id":"bob"\n');
    await terminal.until('rejected  people/bob.ndjson  the graph keeps its last good version');
    expect(await people()).toEqual(['ada', 'bob']);
    await desk.write('data/other.csv', 'id\n1\n');
    await terminal.until('ignored   other.csv  no source of the flow matches it');

    await desk.write(
      'flow.ts',
      flow(`graph.source('*.csv', {}, record => person.declareRecord(record as { id: string }));`),
    );
    await terminal.until('applied   other.csv  1 row');
    terminal.clear();
    await desk.write('flow.ts', 'export default 1;');
    await terminal.until('the graph goes on with the flow before');
    await desk.write('flow.ts', 'const a = 1;\nconst b = (;');
    await terminal.until('flow.ts:2:12 Unexpected ";"');
    await rm(join(desk.folder, 'data/people/bob.ndjson'));
    await terminal.until('deleted   people/bob.ndjson');
    await desk.write(
      'flow.ts',
      flow(`graph.source('*.csv', {}, record => person.declareRecord(record as { id: string }));`),
    );
  } finally {
    expect(await terminal.interrupt()).toBe(0);
  }
  expect(await people()).toEqual(['1', 'ada']);
});

it('keeps the graph while the folder is gone, follows it when it is back, and misses no file that goes or comes in between', async () => {
  const path = (file: string) => join(desk.folder, file);
  const terminal = desk.type('dev', 'data');
  try {
    await terminal.until('the graph is equal to folder data');
    await rename(path('data'), path('away'));
    await terminal.until('data is gone: the graph keeps what it has');
    expect(await people()).toEqual(['1', 'ada']);
    await rename(path('away'), path('data'));
    await desk.write('data/people/cyd.ndjson', '{"id":"cyd"}\n');
    await terminal.until('applied   people/cyd.ndjson');
    expect(await people()).toEqual(['1', 'ada', 'cyd']);
    // Put again and gone before it counts as written.
    await rm(path('data/people/cyd.ndjson'));
    await sleep(120);
    await desk.write('data/people/cyd.ndjson', '{"id":"cyd"} \n');
    await sleep(50);
    await rm(path('data/people/cyd.ndjson'));
    await terminal.until('deleted   people/cyd.ndjson');
    await expect.poll(people, { timeout: 20_000 }).toEqual(['1', 'ada']);
  } finally {
    expect(await terminal.interrupt()).toBe(0);
  }
});

it('finds and repairs what people changed by hand, and says how a place stands', async () => {
  await desk.run('query', `MATCH (p:${person} {id: 'ada'}) SET p.name = 'changed'`);
  const found = await desk.run('verify');
  expect(found).toMatchObject({
    code: 2,
    out: expect.stringMatching(new RegExp(`\\(:${person}\\)\\s+altered\\s+1\\s+ada\\n`)),
  });
  expect((await desk.run('verify', '--repair')).code).toBe(0);
  expect(await desk.run('verify')).toMatchObject({ code: 0, out: 'nothing differs\n' });
  expect(await desk.run('doctor')).toMatchObject({ code: 0, out: expect.stringMatching(/ok +database: Neo4j/) });
  await desk.write('data/people/eve.ndjson', '{"id":"eve"}\n');
  expect(await desk.run('sync', 'people/e')).toMatchObject({
    code: 0,
    out: expect.stringContaining('applied   people/eve'),
  });
  expect(await desk.run('sync')).toMatchObject({ code: 0, out: 'looked at 3 files\n' });
  expect(await desk.run('retry')).toMatchObject({ code: 0, out: 'no file is rejected\n' });
});

it('prints what a query gives, paths too, and of a wrong statement where it is wrong', async () => {
  const path = `(:A_${name} {id: 1})<-[:T {n: 2}]-(:B_${name})`;
  expect(await desk.run('query', `CREATE p = ${path} RETURN p`)).toMatchObject({
    code: 0,
    out: `p\n(:A_${name} {"id":1})<-[:T {"n":2}]-(:B_${name} {})\n`,
  });
  expect(await desk.run('query', `MATCH (n:A_${name}|B_${name}) DETACH DELETE n`)).toMatchObject({ out: 'no rows\n' });
  expect(await desk.run('query', 'RETURN 1;\nRETURN 2')).toMatchObject({
    code: 1,
    err: expect.stringMatching(/^error .* got: 2 [^\\]*\n$/),
  });
});

it('tells what of a file was taken otherwise than it stands there, and refuses to plan for a file that no source matches', async () => {
  await desk.write('data/people/bob.ndjson', '{"id":"bob","age":1}\n{"id":"bob","age":2}\n');
  const { out } = await desk.run('sync', 'people/bob.ndjson');
  expect(out).toMatch(/applied {3}people\/bob\.ndjson {2}1 row, 1 note\n {10}duplicate 1, first line 1/);
  expect((await desk.run('explain', '--object', 'people/bob.ndjson')).out).toContain('duplicate 1, first line 1');
  await desk.write('fay.ndjson', '{"id":"fay"}\n');
  const refused = await desk.run('plan', 'fay.ndjson');
  expect(refused).toMatchObject({
    code: 1,
    err: expect.stringMatching(/no source of the flow \(.*\) matches fay\.ndjson/),
  });
  expect((await desk.run('plan', 'fay.ndjson', '--prefix', 'people/')).code).toBe(2);
  await rm(join(desk.folder, 'data/people/bob.ndjson'));
  await desk.run('sync', 'people/bob.ndjson');
});

it('prints integers beyond 2^53 with all their digits, wherever they are', async () => {
  const text = 'RETURN 9007199254740993 AS n, [9007199254740993] AS l, {a: 9007199254740993} AS m';
  expect((await desk.run('query', '--json', text)).out.match(/9007199254740993/g)).toHaveLength(3);
  expect(await desk.run('query', text)).toMatchObject({
    code: 0,
    out: expect.stringMatching(/9007199254740993 +\[9007199254740993\] +\{"a":9007199254740993\}/),
  });
});

it('tells floats from integers', async () => {
  const text = 'RETURN 1.0 AS a, 1 AS b, [2.0, 2.5] AS c, {d: 1e300} AS d, 0.0/0.0 AS e';
  expect((await desk.run('query', '--json', text)).out).toMatch(
    /"a": 1\.0,\s+"b": 1,\s+"c": \[\s+2\.0,\s+2\.5\s+\],\s+"d": \{\s+"d": 1e\+300\s+\},\s+"e": "NaN"/,
  );
  expect((await desk.run('query', text)).out).toMatch(/1\.0 +1 +\[2\.0,2\.5\] +\{"d":1e\+300\} +NaN/);
});

it('holds back what would remove everything, for a disk may be missing, until it is confirmed', async () => {
  await rename(join(desk.folder, 'data'), join(desk.folder, 'away'));
  await desk.write('data/notes.txt', '');
  const held = await desk.run('dev', 'data', '--once');
  expect(held).toMatchObject({ code: 2, out: expect.stringContaining('held back: 3 rows would go') });
  expect(await people()).toEqual(['1', 'ada', 'eve']);
  expect(await desk.run('sync', '--confirm')).toMatchObject({
    code: 0,
    out: expect.stringContaining('deleted   people/ada'),
  });
  expect(await people()).toEqual([]);
});

it('never has a password on a command line, and refuses another folder for the same graph', async () => {
  const uri = await desk.run('dev', 'data', '--once', '--neo4j', 'bolt://neo4j:secret@localhost');
  expect(uri).toMatchObject({ code: 1, err: expect.stringContaining('NEO4J_PASSWORD') });
  expect(uri.err).not.toContain('secret');
  await desk.write('other/people/x.ndjson', '');
  const other = await desk.run('dev', 'other', '--once');
  expect(other).toMatchObject({ code: 1, err: expect.stringContaining('would lose the rows') });
});
