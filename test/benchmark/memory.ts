/**
 * Prints what a process of 1,769 MB makes of eight files of 200 MB beside 500 small ones, in one go: `npm run benchmark:memory`, with
 * GRAPHDROP_SERVICES naming the file of `npm run services`. Other sizes by GRAPHDROP_MEMORY: JSON of `Load`'s fields.
 */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import neo4jDriver from 'neo4j-driver';
import type { ServiceAddresses } from '../support/local-services.ts';
import { applyInLittleMemory, type Load } from './large-beside-small.ts';

const file = process.env.GRAPHDROP_SERVICES ?? '.cache/services.json';
const { neo4j } = JSON.parse(await readFile(file, 'utf8')) as ServiceAddresses;
const load: Load = {
  neo4j,
  name: `m${randomBytes(4).toString('hex')}`,
  large: 8,
  largeBytes: 200_000_000,
  small: 500,
  rowBytes: 400,
  megabytes: 1_769,
  seconds: 120,
  ...(JSON.parse(process.env.GRAPHDROP_MEMORY ?? '{}') as Partial<Load>),
};
const began = performance.now();
const { applied, ...rest } = await applyInLittleMemory(load);
const isSmall = (key: string): boolean => key.startsWith('small');
console.log({
  seconds: Math.round((performance.now() - began) / 1000),
  smallApplied: applied.filter(isSmall).length,
  largeApplied: applied.length - applied.filter(isSmall).length,
  smallFirst: applied.slice(0, load.small).every(isSmall),
  ...rest,
});
const driver = neo4jDriver.driver(neo4j.boltUri, neo4jDriver.auth.basic(neo4j.username, neo4j.password));
const session = driver.session();
await session.run(`MATCH (n:Memory_${load.name}) CALL (n) { DELETE n } IN TRANSACTIONS OF 5000 ROWS`);
await session.run(`MATCH (f:_Graphdrop) WHERE f.scope STARTS WITH $name DELETE f`, { name: load.name });
await driver.close();
