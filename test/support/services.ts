/**
 * Starts the local services and keeps them until interrupted, so that test runs need not start their own:
 *
 *     node test/support/services.ts [file]
 *     GRAPHDROP_SERVICES=<file> npx vitest run
 *
 * The file (default `.cache/services.json`) holds their addresses and passwords; only its owner can read it, and it is
 * deleted at the end.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { cacheDir } from './cache.ts';
import { addressesOf, startServices } from './local-services.ts';
import { archiveNeo4jClasses } from './neo4j-class-archive.ts';

const file = resolve(process.argv[2] ?? join(cacheDir, 'services.json'));
const interrupted = new Promise(done => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, done);
});

await archiveNeo4jClasses();
const services = await startServices();
await mkdir(dirname(file), { recursive: true });
await writeFile(file, `${JSON.stringify(addressesOf(services), null, 2)}\n`, { mode: 0o600 });
console.log(`Services are up until Ctrl-C. For tests: GRAPHDROP_SERVICES=${file}`);
console.log(`Neo4j Browser: ${services.neo4j.browserUri}`);

await interrupted;
await rm(file, { force: true });
await services.stop();
