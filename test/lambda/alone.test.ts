/** Threat: an object kills each worker that reads it, and takes the messages beside it along. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { afterAll, beforeAll, expect, inject } from 'vitest';
import { acquire, release } from '../../lib/commit/lease.ts';
import { clientConfig } from '../support/aws-address.ts';
import type { World } from '../sync/world.ts';
import { it } from '../sync/world-test.ts';
import type { Delivery } from './dying-worker.ts';

const { miniStack: aws, dynamoDb, neo4j } = inject('services');
const program = fileURLToPath(new URL('dying-worker.ts', import.meta.url));
let sqs: SQSClient;

beforeAll(() => {
  sqs = new SQSClient(clientConfig(aws));
});
afterAll(() => sqs.destroy());

/** A deployed context of the world's name. @returns the URL of its queue */
async function deployContext(world: World): Promise<string> {
  const secrets = new SecretsManagerClient(clientConfig(aws));
  const SecretString = JSON.stringify({ uri: neo4j.boltUri, username: neo4j.username, password: neo4j.password });
  await secrets.send(new CreateSecretCommand({ Name: world.name, SecretString }));
  secrets.destroy();
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: world.name }));
  const { deployments } = world.state().scope(world.worker().name);
  await deployments.put('stack', { secretId: world.name, queueUrl: QueueUrl, definition: '' });
  return QueueUrl;
}

async function send(QueueUrl: string, bodies: readonly object[]): Promise<Message[]> {
  for (const body of bodies) await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(body) }));
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 600, WaitTimeSeconds: 2 }),
  );
  expect(Messages).toHaveLength(bodies.length);
  return Messages;
}

/** Has a function's process work on messages. @returns its answer; null: it died */
async function deliver(world: World, messages: readonly Message[], receives: (body: string) => number) {
  const records = messages.map(({ MessageId = '', ReceiptHandle = '', Body = '' }) => {
    const attributes = { ApproximateReceiveCount: String(receives(Body)) };
    const record = { messageId: MessageId, receiptHandle: ReceiptHandle, body: Body, attributes };
    return { ...record, eventSource: 'aws:sqs', eventSourceARN: `arn:aws:sqs:x:0:${world.name}` } as SQSRecord;
  });
  const { PATH = '', NODE_COMPILE_CACHE } = process.env;
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program], {
    env: {
      PATH,
      NODE_COMPILE_CACHE,
      AWS_ENDPOINT_URL: aws.endpoint,
      AWS_ENDPOINT_URL_DYNAMODB: dynamoDb.endpoint,
      AWS_REGION: aws.region,
      AWS_ACCESS_KEY_ID: aws.accessKeyId,
      AWS_SECRET_ACCESS_KEY: aws.secretAccessKey,
    },
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  const order: Delivery = { name: world.name, label: world.labels.person, records };
  child.stdin.end(JSON.stringify(order));
  const [said, [, signal]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  return signal === 'SIGKILL' ? null : (JSON.parse(said) as SQSBatchResponse);
}

async function ids(world: World): Promise<unknown> {
  return (await world.query(`MATCH (n:${world.labels.person}) RETURN n.id AS id ORDER BY id`)).map(({ id }) => id);
}

async function counts(QueueUrl: string) {
  const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
  const { ApproximateNumberOfMessagesNotVisible: out, ApproximateNumberOfMessagesDelayed: delayed } = Attributes;
  return { out: Number(out), delayed: Number(delayed) };
}

const message = (world: World, key: string) => ({ bucket: world.name, keys: [key] });

it('the others go on, and after three deaths it is rejected, until it changes', async ({ world }) => {
  const queue = await deployContext(world);
  const bad = 'in/bad.ndjson';
  await world.put(bad, [{ id: 'deadly' }]);
  await world.put('in/good.ndjson', [{ id: 'good' }]);
  const messages = await send(queue, [message(world, bad), message(world, 'in/good.ndjson')]);
  const [poison] = messages.filter(({ Body = '' }) => Body.includes(bad));
  expect(await deliver(world, messages, body => (body.includes(bad) ? 3 : 1))).toBeNull();
  expect(await ids(world)).toEqual(['good']);
  expect(await counts(queue)).toMatchObject({ out: 1 }); // the good one's is deleted
  for (const receives of [4, 5]) expect(await deliver(world, poison ? [poison] : [], () => receives)).toBeNull();
  expect(await deliver(world, poison ? [poison] : [], () => 6)).toEqual({ batchItemFailures: [] });
  expect(await world.status(bad)).toMatchObject({
    state: 'rejected',
    by: 'worker',
    reason: expect.stringMatching(/3 workers died/),
  });
  // Another message of it is no more dangerous.
  const [again] = await send(queue, [message(world, bad)]);
  expect(await deliver(world, again ? [again] : [], () => 1)).toEqual({ batchItemFailures: [] });
  await world.put(bad, [{ id: 'better' }]);
  const [changed] = await send(queue, [message(world, bad)]);
  expect(await deliver(world, changed ? [changed] : [], () => 1)).toEqual({ batchItemFailures: [] });
  expect(await ids(world)).toEqual(['better', 'good']);
});

it('a version below it that kills workers, too, is rejected after three more deaths, and the one below that is in force', async ({
  world,
}) => {
  const queue = await deployContext(world);
  const bad = 'in/bad.ndjson';
  await world.put(bad, [{ id: 'good' }]);
  await world.put(bad, [{ id: 'deadly' }]);
  await world.put(bad, [{ id: 'deadly' }, { id: 'x' }]);
  await world.put(bad, [{ id: 'deadly' }, { id: 'y' }]);
  const messages = await send(queue, [message(world, bad)]);
  for (let receives = 3; receives < 12; receives += 1)
    expect(await deliver(world, messages, () => receives), `receive ${receives}`).toBeNull();
  expect(await deliver(world, messages, () => 12)).toEqual({ batchItemFailures: [] });
  expect(await ids(world)).toEqual(['good']);
  expect(await world.status(bad)).toMatchObject({ state: 'rejected', by: 'worker', inForce: expect.any(String) });
});

it('a message of a scope that is closed comes back minutes later, and counts its tries', async ({ world }) => {
  const queue = await deployContext(world);
  const lease = await acquire(world.worker());
  await lease.item.close(lease.epoch);
  await release(lease);
  const messages = await send(queue, [{ ...message(world, 'in/a.ndjson'), attempt: 2 }]);
  expect(await deliver(world, messages, () => 1)).toEqual({ batchItemFailures: [] });
  expect(await counts(queue)).toMatchObject({ delayed: 1 });
});
