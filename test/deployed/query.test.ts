import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Deployment } from './deployment.ts';
import { runStateMachine } from './state-machine.ts';

/** The query function in a stack deployed by `cdk deploy`, asked in each way there is. */
const deployment = new Deployment('queried', 'test/deployed/query-flow.ts', { queryUrl: true });

beforeAll(async () => await deployment.deploy());
afterAll(async () => await deployment.close());

const count = { statement: 'MATCH (p:Person_queried) RETURN count(p) AS people' };

async function drop(key: string, ...names: readonly string[]): Promise<void> {
  const Body = names.map(name => JSON.stringify({ id: name, name })).join('\n');
  await deployment.s3.send(new PutObjectCommand({ Bucket: deployment.stack.bucket, Key: key, Body }));
}

async function run(least: number): Promise<object> {
  const { bucket, functions } = deployment.stack;
  const { status, output } = await runStateMachine(
    deployment.aws,
    'examples/flights/sync-then-query.asl.json',
    {
      BucketName: bucket,
      SyncFunctionName: functions.sync,
      QueryFunctionName: functions.query,
      Context: 'queried',
      Label: 'Person_queried',
    },
    { prefix: 'people/', least },
  );
  return { status, ...(output && { output: JSON.parse(output) }) };
}

describe('the example state machine syncs a prefix, counts and branches', () => {
  it('by what is in the graph when all files of the prefix are', async () => {
    await drop('people/a.ndjson', 'ada', 'bob');
    await drop('people/b.ndjson', 'eve');
    expect(await run(3)).toEqual({ status: 'SUCCEEDED', output: { rows: 3, enough: true } });
    expect(await run(4)).toEqual({ status: 'SUCCEEDED', output: { rows: 3, enough: false } });
  });
});

describe('a direct invocation', () => {
  it('answers with exact values, and does not write', async () => {
    const statements = [count, { statement: 'CREATE (:Person_queried)' }];
    expect(await deployment.invoke({ context: 'queried', statements }, 'query')).toEqual({
      results: [{ columns: ['people'], data: [{ row: [3], meta: [null] }] }],
      errors: [expect.objectContaining({ code: 'Neo.ClientError.Statement.AccessMode' })],
    });
    await expect(deployment.invoke({ context: 'other', statements }, 'query')).rejects.toThrow(
      'this stack has no context',
    );
  });
});

describe('the function URL', () => {
  it('is Neo4j’s HTTP API for who has credentials of the database', async () => {
    const { username, password, database } = deployment.neo4j;
    const ask = async (authorization?: string): Promise<[number, string]> => {
      const url = new URL(`db/${database}/tx/commit`, deployment.stack.queryUrl);
      const headers = { host: url.host, 'content-type': 'application/json', ...(authorization && { authorization }) };
      // The emulator tells function URLs by their host, which no name server knows.
      const asked = request(new URL(url.pathname, deployment.aws.endpoint), { method: 'POST', headers });
      asked.end(JSON.stringify({ statements: [count, { statement: 'RETURN 1.0 AS f, "é" AS e' }] }));
      const [response] = (await once(asked, 'response')) as [IncomingMessage];
      return [response.statusCode ?? 0, await text(response)];
    };
    const basic = (login: string) => `Basic ${Buffer.from(login).toString('base64')}`;
    const [status, body] = await ask(basic(`${username}:${password}`));
    expect([status, body]).toEqual([200, expect.stringMatching(/"row":\[3\].*"row":\[1\.0,"é"\].*"lastBookmarks"/)]);
    expect(await ask()).toEqual([401, expect.stringContaining('No authentication header supplied.')]);
    expect(await ask(basic('nobody-queried:x'))).toEqual([401, expect.stringContaining('Invalid credential.')]);
  });
});
