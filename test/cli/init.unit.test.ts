/** Threat: what `init` proposes for files doesn't compile, or doesn't take the files that it was proposed for. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { flowCode } from '../../lib/cli/init/flow-code.ts';
import { completeManifest, manifestOf } from '../../lib/cli/init/manifest.ts';
import { labelOf, propertyOf, singular, typeOf, variableOf } from '../../lib/cli/init/names.ts';
import { type Proposal, propose } from '../../lib/cli/init/propose.ts';
import { sampleOf } from '../../lib/cli/init/sample.ts';

const run = promisify(execFile);
const main = resolve('lib/cli/graphdrop.ts');

let base: string;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'graphdrop-init-'));
  // The package as if it were installed, of the sources: a link's target isn't below node_modules, where Node strips no types.
  const installed = join(base, 'node_modules', 'graphdrop');
  await mkdir(installed, { recursive: true });
  await symlink(resolve('lib'), join(installed, 'lib'));
  const exported = { '.': './lib/index.ts', './testing': './lib/testing/testing.ts' };
  await writeFile(
    join(installed, 'package.json'),
    JSON.stringify({ name: 'graphdrop', type: 'module', exports: exported }),
  );
  for (const name of ['zod', '@types']) await symlink(resolve('node_modules', name), join(base, 'node_modules', name));
});
afterAll(() => rm(base, { recursive: true }));

let count = 0;
/** Writes files into a folder of their own. */
async function folderWith(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  count += 1;
  const folder = join(base, `project-${count}`);
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return folder;
}

async function proposed(files: Readonly<Record<string, string>>): Promise<Proposal> {
  const folder = await folderWith(files);
  const samples = [];
  for (const name of Object.keys(files)) samples.push(await sampleOf(join(folder, name)));
  return propose(samples);
}

/** A proposal in a few words. */
function inShort({ nodes, links, edges }: Proposal): string[] {
  return [
    ...nodes.map(({ label, key }) => `${label} by ${key.join('+') || 'hash'}`),
    ...links.map(({ from, type, to }) => `${from.label} ${type} ${to.label}`),
    ...edges.map(({ from, type, to, parallel }) => `${from.label} =${type}= ${to.label}${parallel ? ', many' : ''}`),
  ];
}

const AIRPORTS = 'iata,name,city,state\nABE,Allentown,Allentown,PA\nATL,Hartsfield,Atlanta,GA\nORD,O’Hare,Chicago,IL\n';
const ROUTES = 'origin,destination,flights\nABE,ATL,853\nABE,ORD,425\nATL,ORD,12\n';

describe('a proposal', () => {
  it('has a node table a file with a key, and an edge table a file that joins two', async () => {
    const found = inShort(await proposed({ 'airports.csv': AIRPORTS, 'routes.csv': ROUTES }));
    expect(found).toEqual(['Airport by iata', 'Airport =ROUTES= Airport']);
    const twice = inShort(await proposed({ 'airports.csv': AIRPORTS, 'routes.csv': `${ROUTES}ABE,ATL,2\n` }));
    expect(twice).toEqual(['Airport by iata', 'Airport =ROUTES= Airport, many']);
  });

  it('takes codes with points in them for texts: 11.10 is another than 11.1', async () => {
    const regencies = 'code,province_code,name,area\n11.1,11,Aceh Selatan,1.5\n11.10,11,Singkil,2.25\n';
    const districts = 'code,regency_code,name\n11.1.01,11.1,Bakongan\n11.1.02,11.10,Kluet\n';
    const found = await proposed({ 'regencies.csv': regencies, 'districts.csv': districts });
    expect(inShort(found)).toEqual(['Regency by code', 'District by code', 'District REGENCY Regency']);
    expect(flowCode(found, 'codes', 'data')).toMatch(/area: z\.coerce\.number/);
  });

  it('has an edge for a column that is called like another file, and none for numbers that are keys of anything', async () => {
    const teams = 'id,name\n1,A\n2,B\n';
    const players = 'id,name,team_id,goals\n1,Ada,1,2\n2,Bob,2,1\n3,Cy,2,1\n';
    expect(inShort(await proposed({ 'teams.csv': teams, 'players.csv': players }))).toEqual([
      'Team by id',
      'Player by id',
      'Player TEAM Team',
    ]);
    const mixed = players.replace('Cy,2', 'Cy,none');
    expect(inShort(await proposed({ 'teams.csv': teams, 'players.csv': mixed }))).toEqual([
      'Team by id',
      'Player by id',
    ]);
  });

  it('takes two columns as the key where no single one is unique, and a hash where none are', async () => {
    const times = 'trip,stop,at\na,1,x\na,2,y\nb,1,y\nb,2,x\n';
    expect(inShort(await proposed({ 'times.csv': times }))).toEqual(['Time by trip+stop']);
    expect(inShort(await proposed({ 'logs.csv': 'a,b\nx,1\nx,1\n' }))).toEqual(['Log by hash']);
  });

  it('tells dates, numbers, codes and missing values from texts, and finds vectors', async () => {
    const { nodes } = await proposed({
      'days.csv': 'day,zip,rain,n,open\n2024-02-29,00501,NA,1,true\n2024-03-01,10001,0.5,,false\n',
      'docs.ndjson': '{"id":"a","embedding":[0.1,0.2],"tags":["x"]}\n{"id":"b","embedding":[1,0],"tags":[]}\n',
    });
    const kinds = nodes.map(({ columns }) => columns.map(({ column, vector }) => vector ?? column.kind.name));
    expect(kinds).toEqual([
      ['date', 'string', 'number', 'integer', 'boolean'],
      ['string', 2, 'list of strings'],
    ]);
    expect(nodes[0]?.sample.options.nullValues).toEqual(['NA']);
    expect(nodes[0]?.columns.map(({ column }) => column.complete)).toEqual([true, true, false, false, true]);
  });

  it('finds another delimiter and another encoding', async () => {
    const latin = Buffer.from('id;Straße\n1;Köln\n2;Gießen\n', 'latin1') as unknown as string;
    const { nodes } = await proposed({ 'orte.csv': latin });
    expect(nodes[0]?.sample.options).toEqual({ delimiter: ';', encoding: 'windows-1252' });
    expect(nodes[0]?.columns.map(({ property }) => property)).toEqual(['id', 'Stra_e']);
    const cells = Buffer.from('id;ort\n1;Köln\n2;Gießen\n', 'latin1') as unknown as string;
    const found = await proposed({ 'orte.csv': cells });
    expect(found.nodes[0]?.sample.options).toEqual({ delimiter: ';', encoding: 'windows-1252' });
  });

  it('finds the records in an object around them, and leaves a record with a list as it is', async () => {
    const answer = '{"count":2,"next":null,"data":[{"id":"a","of":"ABE"},{"id":"b","of":"ATL"}]}';
    const found = await proposed({ 'airports.csv': AIRPORTS, 'people.json': answer });
    expect(inShort(found)).toEqual(['Airport by iata', 'People by id', 'People OF Airport']);
    expect(flowCode(found, 'answers', 'data')).toContain(
      'z.object({ data: z.array(People), count: z.unknown().optional(), next: z.unknown().optional() })',
    );
    const coded = await proposed({ 'people.json': answer.replace('"count":2', '"code":200,"request_id":"x"') });
    expect(inShort(coded)).toEqual(['People by id']);
    for (const own of ['"id":"a","items"', '"_id":"a","items"', '"orderId":7,"items"', '"name":"Ann","friends"']) {
      const one = await proposed({ 'person.json': `{${own}:[{"sku":"b"}]}` });
      expect(one.nodes[0]?.sample.within, own).toBeUndefined();
    }
  });

  it('makes names that Neo4j and JavaScript take', () => {
    expect(['airports', 'us-states', 'Cities', '2024 news', 'boxes', '☃'].map(labelOf)).toEqual([
      'Airport',
      'UsState',
      'City',
      '_2024News',
      'Box',
      'Row',
    ]);
    expect([singular('class'), typeOf('origin_airport_id'), propertyOf('Miles per Gallon')]).toEqual([
      'class',
      'ORIGIN_AIRPORT',
      'Miles_per_Gallon',
    ]);
    expect([variableOf('Class'), variableOf('UsState'), variableOf('KNOWS')]).toEqual([
      'classTable',
      'usState',
      'knows',
    ]);
  });
});

it('a proposed project compiles, passes its own test, and nothing that is there is overwritten', async () => {
  const folder = await folderWith({
    'airports.csv': AIRPORTS,
    'routes.csv': `${ROUTES}ABE,ATL,2\n`,
    'odd names.csv': `id,Miles per Gallon,it's,"a""b",\${x},*/,class\n1,2.5,a,b,c,d,e\n2,,a,b,c,d,e\n`,
    'docs.ndjson': '{"id":"a","embedding":[0.1,0.2],"of":"ABE"}\n{"id":"b","embedding":[1,0],"of":null}\n',
    'files.json': '{"data":[{"id":"a","size":1}]}',
    'answer.json': '{"count":1,"its data":[{"id":"a","of":"ABE"}]}',
    'legs.json': '{"data":[{"origin":"ABE","destination":"ATL","seats":3}]}',
    'README.md': 'mine',
  });
  const files = [
    'airports.csv',
    'routes.csv',
    'odd names.csv',
    'docs.ndjson',
    'files.json',
    'answer.json',
    'legs.json',
  ];
  await run(process.execPath, [main, 'init', ...files], { cwd: folder });
  expect(await readFile(join(folder, 'README.md'), 'utf8')).toBe('mine');
  expect(await readdir(join(folder, 'data'))).toEqual([...files].sort());
  const compiled = await run(resolve('node_modules/.bin/tsc'), ['-p', folder]).catch(error => error);
  // The library's sources are looked at, too, with settings that aren't theirs.
  expect(
    compiled.stdout.split('\n').filter((line: string) => line.includes('error TS') && !/^lib\//.test(line)),
  ).toEqual([]);
  const tested = await run(process.execPath, ['--test'], { cwd: folder }).catch(error => error);
  expect(tested.stdout).toMatch(/pass 7\n.*fail 0/);
  await expect(run(process.execPath, [main, 'init', 'airports.csv'], { cwd: folder })).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('nothing is overwritten'),
  });
});

it('a proposed flow accepts the files that it was proposed for, whatever is in them', async () => {
  const cell = fc.oneof(
    fc.constantFrom(
      '',
      'NA',
      'true',
      '0',
      '-1',
      '007',
      '1e5',
      '2024-02-29',
      '2024-02-30',
      '2024-02-29T10:00:00Z',
      '.5',
      '-',
    ),
    fc.integer().map(String),
    fc.double({ noNaN: true }).map(String),
    fc.string({ unit: 'binary', maxLength: 6 }).filter(text => !/[\ud800-\udfff]/.test(text)),
  );
  const name = fc.string({ minLength: 1, maxLength: 8 }).filter(text => text.trim() !== '' && text !== '__proto__');
  const table = fc.uniqueArray(name, { minLength: 1, maxLength: 4 }).chain(names =>
    fc.record({
      names: fc.constant(names),
      rows: fc.array(fc.tuple(...names.map(() => cell)), { minLength: 1, maxLength: 6 }),
    }),
  );
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const tables = fc.sample(fc.array(table, { minLength: 1, maxLength: 3 }), { numRuns: 40, seed: 18 });
  const cases: { flow: string; files: Record<string, string> }[] = [];
  for (const [n, all] of tables.entries()) {
    const files = Object.fromEntries(
      all.map(({ names, rows }, i) => [`t${i}.csv`, [names, ...rows].map(row => row.map(quoted).join(',')).join('\n')]),
    );
    const folder = await folderWith(files);
    const samples = [];
    for (const file of Object.keys(files)) {
      // A file that no flow could read is told at once: a row that repeats its header, say.
      const sample = await sampleOf(join(folder, file)).catch(() => null);
      if (sample !== null) samples.push(sample);
    }
    const flow = join(folder, 'flow.mts');
    await writeFile(flow, flowCode(propose(samples), `case-${n}`, folder));
    const read = samples.map(({ path }) => path.slice(folder.length + 1));
    if (read.length > 0) cases.push({ flow, files: Object.fromEntries(read.map(file => [file, files[file] ?? ''])) });
  }
  expect(cases.length).toBeGreaterThan(25);
  const script = `
    import { declareFile } from ${JSON.stringify(resolve('lib/testing/testing.ts'))};
    for (const { flow, files } of JSON.parse(process.argv[1]))
      for (const [key, content] of Object.entries(files)) {
        const { rejected, notes } = await declareFile((await import(flow)).default, key, content);
        if (rejected !== null || notes.length > 0) console.log(JSON.stringify({ flow, key, content, rejected, notes }));
      }`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script, JSON.stringify(cases)]);
  expect(stdout).toBe('');
});

it('completes a package.json that is there, and leaves what it says', async () => {
  const into = await folderWith({
    'package.json': `{
    "name": "mine",
    "scripts": { "test": "echo \\"Error: no test specified\\" && exit 1", "dev": "mine" },
    "dependencies": { "graphdrop": "file:x.tgz" },
    "devDependencies": { "zod": "4.1.0" }
}
`,
  });
  const manifest = manifestOf('proposed', 'data', '/x/node_modules/graphdrop', into);
  expect(completeManifest(into, manifest)).toEqual([
    '"type": "module"',
    'script test',
    'script typecheck',
    '@types/node',
    'typescript',
  ]);
  const text = await readFile(join(into, 'package.json'), 'utf8');
  expect(JSON.parse(text)).toEqual({
    name: 'mine',
    type: 'module',
    scripts: { test: 'node --test', dev: 'mine', typecheck: 'tsc --noEmit' },
    dependencies: { graphdrop: 'file:x.tgz' },
    devDependencies: { zod: '4.1.0', ...manifest.devDependencies },
  });
  expect(text).toContain('\n    "name"');
  expect(completeManifest(into, manifest)).toEqual([]);
  expect(completeManifest(await folderWith({ 'a.csv': '' }), manifest)).toBeNull();
  for (const [content, told] of [
    ['{ "type": "commonjs" }', 'flow.ts is a module: say "type": "module"'],
    ['{', 'is not valid JSON'],
  ]) {
    const folder = await folderWith({ 'package.json': content ?? '' });
    expect(() => completeManifest(folder, manifest)).toThrow(told);
  }
});
