/**
 * `npm run demo`: drops the flights example into a freshly deployed stack and shows that the graph follows. Exits with 0 only
 * if every count is right.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import neo4j from 'neo4j-driver';
import { clientConfig } from './aws-address.ts';
import { projectDir } from './cache.ts';
import { startLocalStack } from './local-stack.ts';

const AIRPORTS = 'airports/airports.csv';
const ROUTES = 'routes/flights-airport.csv';
/** A minute is long for some thousand rows, and short for somebody who waits. */
const PATIENCE_MS = 60_000;

interface Counts {
  readonly airports: number;
  /** Airports that only routes name. */
  readonly stubs: number;
  readonly routes: number;
}

const started = Date.now();
const say = (text: string) =>
  console.log(`${String(Math.round((Date.now() - started) / 1000)).padStart(4)} s  ${text}`);

const data = async (name: string) =>
  (await readFile(join(projectDir, 'node_modules', 'vega-datasets', 'data', name), 'utf8')).trimEnd().split('\n');
const [airports, routes] = [await data('airports.csv'), await data('flights-airport.csv')];

const stack = await startLocalStack({ progress: say });
const s3 = new S3Client({ ...clientConfig(stack.aws), forcePathStyle: true });
const { boltUri, username, password, database } = stack.neo4j;
const driver = neo4j.driver(boltUri, neo4j.auth.basic(username, password), { disableLosslessIntegers: true });
let wrong = 0;
try {
  say(`dropping ${AIRPORTS} (${airports.length - 1} records) and ${ROUTES} (${routes.length - 1} records)`);
  await Promise.all([put(ROUTES, routes), put(AIRPORTS, airports)]);
  await expectCounts(countsOf(airports, routes));
  await show(
    'most flights',
    'MATCH (a:Airport)-[r:ROUTE]->() RETURN a.iata AS airport, a.city AS city, sum(r.flights) AS flights ORDER BY flights DESC LIMIT 3',
  );
  await show(
    'nearest to San Francisco, by the vector index',
    "MATCH (sfo:Airport {iata: 'SFO'}) CALL db.index.vector.queryNodes('coco_vec_Airport__position', 4, sfo.position) YIELD node, score WHERE node <> sfo RETURN node.iata AS airport, node.city AS city, score",
  );

  const [header = '', first = '', ...others] = airports;
  const replaced = [header, first.replace(/,[^,]*,/, ',Renamed by the demo,'), ...others.slice(0, -100)];
  say(`replacing ${AIRPORTS}: one airport renamed, 100 dropped`);
  await put(AIRPORTS, replaced);
  await expectCounts(countsOf(replaced, routes));
  const renamed = await query("MATCH (a:Airport {name: 'Renamed by the demo'}) RETURN a.iata AS airport");
  check(`renamed: ${renamed.map(({ airport }) => airport).join(', ')}`, renamed.length === 1);

  say(`deleting ${ROUTES}`);
  await s3.send(new DeleteObjectCommand({ Bucket: stack.deployed.bucket, Key: ROUTES }));
  await expectCounts(countsOf(replaced, []));

  say('cdk destroy');
  await stack.destroy();
  const [left] = await query('MATCH (n) RETURN count(n) AS nodes');
  const schema = await query("SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP' RETURN name");
  check('nothing managed is left', Number(left?.nodes) === 0 && schema.length === 0);
} finally {
  await driver.close();
  s3.destroy();
  await stack.stop();
}
say(wrong === 0 ? 'every count is right' : `${wrong} checks failed`);
process.exitCode = wrong === 0 ? 0 : 1;

async function put(key: string, lines: readonly string[]): Promise<void> {
  await s3.send(new PutObjectCommand({ Bucket: stack.deployed.bucket, Key: key, Body: `${lines.join('\n')}\n` }));
}

/** What files declare: counted here from the files alone. */
function countsOf(airportLines: readonly string[], routeLines: readonly string[]): Counts {
  const cells = (lines: readonly string[]) => lines.slice(1).map(line => line.split(','));
  const declared = new Set(cells(airportLines).map(([iata]) => iata));
  const named = new Set(cells(routeLines).flatMap(cell => cell.slice(0, 2)));
  return {
    airports: declared.size,
    stubs: [...named].filter(iata => !declared.has(iata)).length,
    routes: new Set(cells(routeLines).map(([origin, destination]) => `${origin},${destination}`)).size,
  };
}

async function actual(): Promise<Counts> {
  const [nodes] = await query(
    'MATCH (a:Airport) RETURN count(a.name) AS airports, count(CASE WHEN a.name IS NULL THEN 1 END) AS stubs',
  );
  const [edges] = await query('MATCH (:Airport)-[r:ROUTE]->(:Airport) RETURN count(r) AS routes');
  return { airports: Number(nodes?.airports), stubs: Number(nodes?.stubs), routes: Number(edges?.routes) };
}

async function expectCounts(expected: Counts): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  const text = ({ airports: a, stubs, routes: r }: Counts) => `${a} airports, ${stubs} stubs, ${r} routes`;
  let found = await actual();
  while (text(found) !== text(expected) && Date.now() < deadline) {
    await sleep(250);
    found = await actual();
  }
  check(`the graph holds ${text(found)}`, text(found) === text(expected), `expected ${text(expected)}`);
}

function check(what: string, right: boolean, otherwise = ''): void {
  if (!right) wrong += 1;
  say(`${right ? '✓' : '✗'} ${what}${right || otherwise === '' ? '' : `; ${otherwise}`}`);
}

async function show(title: string, text: string): Promise<void> {
  say(`  ${title}:`);
  for (const row of await query(text)) {
    const cells = Object.entries(row).map(
      ([name, value]) => `${name} ${typeof value === 'number' ? Number(value.toFixed(6)) : value}`,
    );
    console.log(`          ${cells.join(', ')}`);
  }
}

async function query(text: string): Promise<Record<string, unknown>[]> {
  return (await driver.executeQuery(text, {}, { database })).records.map(record => record.toObject());
}
