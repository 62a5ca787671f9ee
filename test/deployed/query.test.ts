/** Promise: in a deployed stack the query function answers people, state machines and other functions alike. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { DeleteObjectCommand, PutBucketNotificationConfigurationCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backfillDefinition } from '../../infra/backfill-definition.ts';
import { Deployment } from './deployment.ts';
import { type Execution, runStateMachine } from './state-machine.ts';

const deployment = new Deployment('queried', 'test/deployed/query-flow.ts', { queryUrl: true });

beforeAll(async () => await deployment.deploy());
afterAll(async () => await deployment.close());

const count = { statement: 'MATCH (p:Person_queried) RETURN count(p) AS people' };

async function drop(key: string, ...names: readonly string[]): Promise<void> {
  const Body = names.map(name => JSON.stringify({ id: name, name })).join('\n');
  await deployment.s3.send(new PutObjectCommand({ Bucket: deployment.stack.bucket, Key: key, Body }));
}

/** Runs the example with pages of two objects. */
async function run(least: number, label = 'Person_queried'): Promise<Execution> {
  const { bucket, functions } = deployment.stack;
  const example = await readFile('examples/flights/sync-then-query.asl.json', 'utf8');
  expect(example).toContain("'MaxKeys': 150");
  return await runStateMachine(
    deployment.aws,
    example.replace("'MaxKeys': 150", "'MaxKeys': 2"),
    {
      BucketName: bucket,
      SyncFunctionName: functions.sync,
      QueryFunctionName: functions.query,
      Context: 'queried',
      Label: label,
    },
    { prefix: 'people/', least },
  );
}

describe('the example state machine syncs a prefix, counts and branches', () => {
  it('by what is in the graph when all files of the prefix are, whatever pages they are listed in', async () => {
    // Without events nobody else syncs them.
    const Bucket = deployment.stack.bucket;
    await deployment.s3.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration: {} }));
    await drop('people/a.ndjson', 'ada', 'bob');
    for (const name of ['b', 'c', 'd', 'e']) await drop(`people/${name}.ndjson`, name);
    expect(await run(6)).toMatchObject({ status: 'SUCCEEDED', output: '{"rows": 6, "enough": true}' });
    expect(await run(7)).toMatchObject({ status: 'SUCCEEDED', output: '{"rows": 6, "enough": false}' });
  });

  it('and fails with what the database says', async () => {
    expect(await run(0, 'Person_queried) RETURN nonsense')).toMatchObject({
      status: 'FAILED',
      error: 'Neo.ClientError.Statement.SyntaxError',
      cause: expect.stringContaining('nonsense'),
    });
  });
});

describe('a batch of a backfill', () => {
  it('is synced until nothing of it is unsettled, and answers what was applied and rejected', async () => {
    const { bucket, functions } = deployment.stack;
    const definition = backfillDefinition({
      partition: 'aws',
      bucketName: bucket,
      functionArn: functions.sync,
      maxConcurrency: 2,
    }) as { readonly States: Readonly<Record<string, { readonly ItemProcessor: object }>> };
    // The emulator makes no batches itself: their machine is run alone, as an execution of its own like Step Functions does.
    const { ItemProcessor } = definition.States['Sync listing'] ?? {};
    const put = async (Key: string, Body: string) =>
      await deployment.s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
    await put('people/e.ndjson', JSON.stringify({ id: 'e', name: 'another' }));
    await put('people/bad.ndjson', '{');
    const Items = ['people/e.ndjson', 'people/bad.ndjson', 'people/never.ndjson'].map(key => ({ key }));
    const machine = JSON.stringify({ QueryLanguage: 'JSONata', ...ItemProcessor });
    const { status, output } = await runStateMachine(deployment.aws, machine, {}, { Items });
    expect([status, JSON.parse(output ?? '{}')]).toEqual(['SUCCEEDED', { applied: 1, rejected: 1, rounds: 1 }]);
    await deployment.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'people/bad.ndjson' }));
  });
});

describe('a direct invocation', () => {
  it('answers with exact values, and does not write', async () => {
    const statements = [count, { statement: 'CREATE (:Person_queried)' }];
    expect(await deployment.invoke({ context: 'queried', statements }, 'query')).toEqual({
      results: [{ columns: ['people'], data: [{ row: [6], meta: [null] }] }],
      errors: [expect.objectContaining({ code: 'Neo.ClientError.Statement.AccessMode' })],
    });
    await expect(deployment.invoke({ context: 'other', statements }, 'query')).rejects.toThrow(
      'this stack has no context',
    );
  });
});

describe('the function URL', () => {
  it('is Neo4j’s HTTP API for users with credentials of the database', async () => {
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
    expect([status, body]).toEqual([200, expect.stringMatching(/"row":\[6\].*"row":\[1\.0,"é"\].*"lastBookmarks"/)]);
    expect(await ask()).toEqual([401, expect.stringContaining('No authentication header supplied.')]);
    expect(await ask(basic('nobody-queried:x'))).toEqual([401, expect.stringContaining('Invalid credential.')]);
  });
});
