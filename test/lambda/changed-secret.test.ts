/** Promise: a warm worker notices that its connection secret was changed, without a deploy. */
import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateSecretCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, expect, inject, it, vi } from 'vitest';
import { ContextKey, flow } from '../../lib/index.ts';
import { Worker } from '../../lib/lambda/worker.ts';
import { dynamoDbState } from '../../lib/state/dynamodb/dynamodb-state.ts';
import { scopeName } from '../../lib/state/scope-name.ts';
import { clientConfig } from '../support/aws-address.ts';
import { createStateTable } from '../support/state-table.ts';

const { miniStack: aws, neo4j } = inject('services');
const secrets = new SecretsManagerClient(clientConfig(aws));
const name = `changed-${randomUUID().slice(0, 8)}`;
const good = { uri: neo4j.boltUri, username: neo4j.username, password: neo4j.password };
let worker: Worker;

beforeAll(async () => {
  const env = { AWS_ENDPOINT_URL: aws.endpoint, AWS_REGION: aws.region };
  Object.assign(process.env, env, { AWS_ACCESS_KEY_ID: aws.accessKeyId, AWS_SECRET_ACCESS_KEY: aws.secretAccessKey });
  const dynamo = new DynamoDBClient(clientConfig(aws));
  await createStateTable(dynamo, name);
  await secrets.send(new CreateSecretCommand({ Name: name, SecretString: JSON.stringify(good) }));
  const { deployments } = dynamoDbState(dynamo, name).scope(scopeName(name, neo4j.database));
  await deployments.put('stack', { secretId: name, queueUrl: '', definition: '' });
  const module = flow(new ContextKey(name), graph => void graph.nodeTable(`${name.replace('-', '')}`));
  worker = new Worker(module, { bucket: 'none', table: name, code: '', definitions: '', limits: {} });
  await worker.refresh();
});
const { now } = Date;
let ahead = 0;
vi.spyOn(Date, 'now').mockImplementation(() => now() + ahead);
afterAll(() => vi.restoreAllMocks());

async function change(secret: object): Promise<void> {
  await secrets.send(new PutSecretValueCommand({ SecretId: name, SecretString: JSON.stringify(secret) }));
}

const asks = async (): Promise<unknown> =>
  await worker.withScope(name, async ({ connection }) => await connection.graph.query('RETURN 1 AS x', {}));

function later(ms: number): void {
  ahead += ms;
}

it('at the first failure, where the old password no longer works', async () => {
  expect(await asks()).toEqual([{ x: 1n }]);
  await change({ ...good, password: 'wrong' });
  later(6 * 60_000);
  await expect(asks()).rejects.toThrow();
  await change(good);
  later(10_000);
  expect(await asks()).toEqual([{ x: 1n }]);
});

it('within minutes, where the old address still works', async () => {
  const uriOf = async () => await worker.withScope(name, async scope => scope.connection);
  const before = await uriOf();
  expect(await uriOf()).toBe(before);
  await change({ ...good, uri: good.uri.replace('127.0.0.1', 'localhost') });
  later(60 * 60_000);
  expect(await uriOf()).not.toBe(before);
  expect(await asks()).toEqual([{ x: 1n }]);
});
