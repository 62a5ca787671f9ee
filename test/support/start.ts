/**
 * `npm start [-- --graph PATH --port-base N]`: the stack on this machine, left running until interrupted. Its addresses are
 * printed, and for programs written to `.graphdrop/local.json` (only its owner can read it).
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { projectDir } from './cache.ts';
import { type LocalStack, startLocalStack } from './local-stack.ts';

const { values } = parseArgs({ options: { graph: { type: 'string' }, 'port-base': { type: 'string' } } });
const portBase = values['port-base'] === undefined ? undefined : Number(values['port-base']);
if (portBase !== undefined && !(Number.isInteger(portBase) && portBase > 1023 && portBase < 65_000)) {
  throw new Error(`--port-base takes a port number from 1024 to 64999, got ${values['port-base']}`);
}

const directory = join(projectDir, '.graphdrop');
const file = join(directory, 'local.json');
const interrupted = new Promise(done => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, done);
});

const stack = await startLocalStack({
  ...(values.graph !== undefined && { graph: values.graph }),
  ...(portBase !== undefined && { portBase }),
  progress: text => console.log(`… ${text}`),
});
await mkdir(directory, { recursive: true });
await writeFile(file, `${JSON.stringify(describe(stack), null, 2)}\n`, { mode: 0o600 });

const { neo4j, aws, deployed } = stack;
console.log(`
Drop files in   s3://${deployed.bucket}   (endpoint ${aws.endpoint}, any credentials)
Neo4j           ${neo4j.boltUri}   Browser ${neo4j.browserUri}   user ${neo4j.username}
All addresses, and the password, are in .graphdrop/local.json.

For example:
  aws --endpoint-url ${aws.endpoint} s3 cp node_modules/vega-datasets/data/airports.csv s3://${deployed.bucket}/airports/airports.csv

Ctrl-C ends it.`);

await interrupted;
console.log('\n… ending');
await rm(file, { force: true });
await stack.stop();

function describe({ neo4j: server, aws: emulator, deployed: parts, contexts }: LocalStack): object {
  const { endpoint, region, accessKeyId, secretAccessKey } = emulator;
  const { database, boltUri, httpUri, username, password } = server;
  return {
    aws: { endpoint, region, accessKeyId, secretAccessKey },
    bucket: parts.bucket,
    table: parts.table,
    functions: parts.functions,
    stateMachines: {},
    contexts: Object.fromEntries(
      contexts.map(({ name }) => [name, { database, boltUri, httpUri, username, password }]),
    ),
  };
}
