/**
 * `npm start [-- --graph PATH --port-base N --watch]`: the stack on this machine, left running until interrupted. Its addresses
 * are printed, and for programs written to `.graphdrop/local.json` (only its owner can read it); then a line for each object. Enter
 * deploys the flow as it is then; with `--watch` each change of it does.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Changes } from '../../lib/cli/dev/changes.ts';
import { watchFlow } from '../../lib/cli/dev/watch.ts';
import { loadFlow } from '../../lib/flow-module/load-flow.ts';
import { projectDir } from './cache.ts';
import { type LocalStack, startLocalStack } from './local-stack.ts';
import { tellObjects } from './tell-objects.ts';

const { values } = parseArgs({
  options: {
    graph: { type: 'string' },
    'port-base': { type: 'string' },
    watch: { type: 'boolean', default: false },
  },
});
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
  // What `cdk deploy` takes by default: one by hand onto this stack finds nothing to empty.
  removalPolicy: 'retain',
  progress: text => console.log(`… ${text}`),
});
await mkdir(directory, { recursive: true });
await writeFile(file, `${JSON.stringify(describe(stack), null, 2)}\n`, { mode: 0o600 });

const { neo4j, aws, deployed, globs, flow } = stack;
const { endpoint, region, accessKeyId, secretAccessKey } = aws;
const [source, key] =
  values.graph === undefined
    ? ['node_modules/vega-datasets/data/airports.csv', 'airports/airports.csv']
    : // A key that the flow's first source takes: what a person drops there must only be of its format.
      ['YOUR_FILE', (globs[0] ?? '').replace(/\*+/g, 'example')];
console.log(`
Drop files in   s3://${deployed.bucket}   endpoint ${endpoint}
The flow reads  ${globs.join(', ')}
Neo4j           ${neo4j.boltUri}   Browser ${neo4j.browserUri}   user ${neo4j.username}
All addresses, and the password, are in .graphdrop/local.json.

In another terminal, here:
  export AWS_ENDPOINT_URL=${endpoint} AWS_REGION=${region} AWS_ACCESS_KEY_ID=${accessKeyId} AWS_SECRET_ACCESS_KEY=${secretAccessKey}
  curl -T ${source} ${endpoint}/${deployed.bucket}/${key}
  npm run graphdrop -- status --stack graphdrop --flow ${quoted(flow)}
  npm run graphdrop -- page --stack graphdrop --flow ${quoted(flow)}        # objects, batches and rows in a browser
  npm run graphdrop -- query --stack graphdrop 'MATCH (n) RETURN labels(n) AS labels, count(*) AS nodes'

${values.watch ? 'A change of the flow deploys it' : 'Enter deploys the flow'} again, over the same files. Ctrl-C ends it.
`);

const stopTelling = tellObjects(
  aws,
  deployed.table,
  stack.contexts.map(({ scope }) => scope),
);

let deploying: Promise<void> = Promise.resolve();
const deploy = (): void => {
  deploying = deploying.then(redeploy);
};
process.stdin.on('data', deploy);
const changes = new Changes();
const watcher = values.watch ? watchFlow((await loadFlow(flow)).files, changes) : undefined;
void (async () => {
  for (let change = await changes.take(200); !change.stop; change = await changes.take(200)) deploy();
})();
await interrupted;
changes.stop();
await watcher?.close();
stopTelling();
process.stdin.destroy();
await deploying;
console.log('\n… ending');
await rm(file, { force: true });
await stack.stop();

async function redeploy(): Promise<void> {
  console.log('… cdk deploy');
  await stack.redeploy().then(
    () => console.log('… deployed'),
    error => console.log(String(error)),
  );
}

/** A path as a shell takes it. */
function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

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
