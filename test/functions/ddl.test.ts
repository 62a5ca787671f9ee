/** Promise: the custom resource leaves what it found when it fails, whatever CloudFormation sends after that. */
import { randomUUID } from 'node:crypto';
import { CreateSecretCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CreateQueueCommand, DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { CdkCustomResourceEvent, CdkCustomResourceIsCompleteEvent } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, inject } from 'vitest';
import { z } from 'zod';
import { ContextKey, type Flow, flow } from '../../lib/index.ts';
import { scopeName } from '../../lib/state/scope-name.ts';
import { keptUntil } from '../protocol/tracked-nodes.ts';
import { clientConfig } from '../support/aws-address.ts';
import type { World } from '../sync/world.ts';
import { itWithoutSchema as it } from '../sync/world-test.ts';

const { miniStack, dynamoDb, neo4j } = inject('services');
const secretId = `ddl-${randomUUID()}`;
const stack = `arn:aws:cloudformation:us-east-1:000000000000:stack/ddl/${randomUUID()}`;
const sqs = new SQSClient(clientConfig(miniStack));
let ddl: typeof import('../../functions/ddl.ts');
let queueUrl: string;
const secrets = new SecretsManagerClient(clientConfig(miniStack));

beforeAll(async () => {
  await secrets.send(new CreateSecretCommand({ Name: secretId, SecretString: secretFor(neo4j.boltUri) }));
  queueUrl = (await sqs.send(new CreateQueueCommand({ QueueName: secretId }))).QueueUrl ?? '';
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: miniStack.endpoint,
    AWS_ENDPOINT_URL_DYNAMODB: dynamoDb.endpoint,
    AWS_REGION: miniStack.region,
    AWS_ACCESS_KEY_ID: miniStack.accessKeyId,
    AWS_SECRET_ACCESS_KEY: miniStack.secretAccessKey,
  });
  ddl = await import('../../functions/ddl.ts');
});
afterAll(() => sqs.destroy());

function secretFor(uri: string): string {
  return JSON.stringify({ uri, username: neo4j.username, password: neo4j.password });
}

type Properties = Record<string, string>;

/** People; with other labels, and edges between them, in a context of another name. */
function people(world: World, other = false): Flow {
  const { person, note, knows } = world.labels;
  return flow(new ContextKey(other ? `${world.name}-other` : world.name), graph => {
    const table = graph.nodeTable<{ id: string }>(other ? note : person);
    if (other) graph.relationTable(knows, table, table, { adopt: true });
    graph.source('*.ndjson', { record: z.object({ id: z.string() }) }, row => table.declareRecord(row));
  });
}

function properties(world: World, of: Flow): Properties {
  process.env.GRAPHDROP_TABLE = world.name;
  const { context: name, definition } = world.worker({ flow: of });
  const fixed = { removalPolicy: 'destroy', takeOver: 'false', definition: JSON.stringify(definition) };
  return { context: name, secretId, database: neo4j.database, queueUrl, ...fixed };
}

/** Sends an event as the provider framework does. @throws what either handler does */
async function send(RequestType: string, given: Properties, old?: Properties): Promise<void> {
  const event = {
    RequestType,
    StackId: stack,
    LogicalResourceId: 'Schema',
    PhysicalResourceId: `graphdrop-schema-${given.context}@${given.database}`,
    ResourceProperties: given,
    ...(old && { OldResourceProperties: old }),
  } as unknown as CdkCustomResourceEvent;
  const answer = { ...event, ...(await ddl.onEvent(event)) } as unknown as CdkCustomResourceIsCompleteEvent;
  while (!(await ddl.isComplete(answer)).IsComplete);
}

it('a deploy that can’t ask for a resync at first asks again, and does not fail: the scope is open', async ({
  world,
}) => {
  const QueueName = `late-${randomUUID()}`;
  const given = { ...properties(world, people(world)), queueUrl: queueUrl.replace(secretId, QueueName) };
  const event = { RequestType: 'Create', StackId: stack, LogicalResourceId: 'Late', ResourceProperties: given };
  const begun = { ...event, ...(await ddl.onEvent(event as unknown as CdkCustomResourceEvent)) };
  const ask = async () => await ddl.isComplete(begun as unknown as CdkCustomResourceIsCompleteEvent);
  expect(await ask()).toEqual({ IsComplete: false });
  await sqs.send(new CreateQueueCommand({ QueueName }));
  expect(await ask()).toEqual({ IsComplete: true });
  expect(await resyncsSent(given.queueUrl)).toBe(1);
});

it('a context without its secret fails with the name that it looked for', async ({ world }) => {
  const given = { ...properties(world, people(world)), secretId: `graphdrop/${world.name}` };
  await expect(send('Create', given)).rejects.toThrow(
    `there is no secret graphdrop/${world.name} in this account and region: create it, as JSON with uri`,
  );
});

async function resyncsSent(QueueUrl = queueUrl): Promise<number> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
  );
  for (const { ReceiptHandle } of Messages) await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
  return Messages.length;
}

describe('an update that fails', () => {
  it('with another context leaves nothing of that, and the old one follows files', async ({ world }) => {
    const { person, note, knows } = world.labels;
    const [old, moved] = [properties(world, people(world)), properties(world, people(world, true))];
    await send('Create', old);
    const worker = world.worker({ flow: people(world) });
    await world.put('a.ndjson', [{ id: 'ada' }]);
    await world.sync(['a.ndjson'], worker);
    const long = "reduce(s = 'x', _ IN range(1, 15) | s + s)";
    await world.query(`CREATE (:${note}x {id: 'p'})-[:${knows} {id: ${long}}]->(:${note}x {id: 'n'})`);
    await expect(send('Update', moved, old)).rejects.toThrow('could not populate');

    const scopes = async () =>
      (await world.query(`MATCH (f:_Graphdrop) WHERE f.scope STARTS WITH '${world.name}' RETURN f.scope AS scope`)).map(
        ({ scope }) => scope,
      );
    const schema = async () =>
      await world.query(
        'SHOW INDEXES YIELD name, labelsOrTypes WHERE any(l IN labelsOrTypes WHERE l IN $all) RETURN 1',
        {
          all: [note, knows],
        },
      );
    const { name } = worker;
    expect(await scopes()).toEqual([name]);
    expect(await schema()).toEqual([]);
    expect(await world.worker({ flow: people(world, true) }).head.read()).toMatchObject({ closed: true });
    // The rollback, and what it does away with.
    await send('Update', old, moved);
    await send('Delete', moved);
    expect(await scopes()).toEqual([name]);
    expect([...(await world.state().contexts()).keys()]).toEqual([world.name]);
    await world.put('a.ndjson', [{ id: 'eve' }]);
    expect(await world.sync(['a.ndjson'], worker)).toMatchObject({ applied: 1 });
    expect(await world.query(`MATCH (n:${person}) RETURN n.id AS id`)).toEqual([{ id: 'eve' }]);
    await world.query(`MATCH (n:${note}x) DETACH DELETE n`);
  });

  it('has the rollback ask for a resync, and a deploy that changes nothing asks for none', async ({ world }) => {
    const old = properties(world, people(world));
    await resyncsSent();
    await send('Create', old);
    expect(await resyncsSent()).toBe(1);
    await send('Update', { ...old, removalPolicy: 'retain' }, old);
    expect(await resyncsSent()).toBe(0);
    await world.query(`UNWIND [1, 1] AS id CREATE (:${world.labels.note} {id: id})`);
    const { definition } = flow(new ContextKey(world.name), graph => {
      graph.nodeTable(world.labels.person);
      graph.nodeTable(world.labels.note, { adopt: true });
    });
    const failing = { ...old, definition: JSON.stringify(definition) };
    await expect(send('Update', failing, old)).rejects.toThrow('several');
    await send('Update', old, failing);
    expect(await resyncsSent()).toBe(1);
  });
});

it('a Delete takes down the scope of a database that the resource has left for another', async ({ world }) => {
  const old = properties(world, people(world));
  await send('Create', old);
  const worker = world.worker({ flow: people(world) });
  await world.put('a.ndjson', [{ id: 'ada' }]);
  await world.sync(['a.ndjson'], worker);
  // As an update to another database does when it is done.
  const { deployments } = world.state().scope(scopeName(world.name, 'other'));
  await deployments.put(`${stack}/Schema`, { secretId, queueUrl, definition: '' });
  await send('Delete', old);
  expect(await world.people()).toEqual([]);
  expect((await world.state().contexts()).get(world.name)).toMatchObject({ database: 'other' });
});

it('a Delete that retains needs no database, and leaves no entry that the next deployment would wait for', async ({
  world,
}) => {
  const retained = { ...properties(world, people(world)), removalPolicy: 'retain' };
  await send('Create', retained);
  const setSecret = async (SecretString: string) =>
    await secrets.send(new PutSecretValueCommand({ SecretId: secretId, SecretString }));
  await setSecret(secretFor('bolt://127.0.0.1:1'));
  try {
    await send('Delete', retained);
  } finally {
    await setSecret(secretFor(neo4j.boltUri));
  }
  expect(await world.state().contexts()).toEqual(new Map());
});

it('a root that loses a table by a deploy stays restorable for as long as the stack says', async ({ world }) => {
  const given = properties(world, people(world));
  await send('Create', given);
  const worker = world.worker({ flow: people(world) });
  await world.put('a.ndjson', [{ id: 'ada' }]);
  await world.sync(['a.ndjson'], worker);
  const root = (await worker.head.read())?.root ?? '';
  const { definition } = flow(new ContextKey(world.name), graph => graph.nodeTable(world.labels.note));
  const since = Date.now();
  process.env.GRAPHDROP_STATE_RETENTION_DAYS = '30';
  try {
    await send('Update', { ...given, definition: JSON.stringify(definition) }, given);
  } finally {
    delete process.env.GRAPHDROP_STATE_RETENTION_DAYS;
  }
  expect(await world.people()).toEqual([]);
  expect(await keptUntil(world, root)).toBeGreaterThanOrEqual(since + 30 * 86_400_000);
});
