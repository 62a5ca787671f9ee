/** Threat: a deploy fails because a permission that it just gave isn't known everywhere yet. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, expect, it } from 'vitest';
import { waitForPermission } from '../../lib/lambda/wait-for-permission.ts';
import { textOf } from '../house/tree.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** Starts a service that answers an error so many times, then as asked. Returns its address and how often it was called. */
async function service(errors: number, error: string, answer: object) {
  let calls = 0;
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      calls += 1;
      const failing = calls <= errors;
      response.writeHead(failing ? 400 : 200, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(JSON.stringify(failing ? { __type: error, message: 'no permission' } : answer));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => server.close());
  const config = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  };
  return { config, calls: () => calls };
}

const quick = { tries: 5, firstWaitMs: 1, longestWaitMs: 1 };

it.each(['AccessDeniedException', 'com.amazonaws.sqs#AccessDenied'])(
  'a call that is denied (%s) is repeated',
  async error => {
    const denying = await service(3, error, { Successful: [], Failed: [], SecretString: 'value' });
    const secrets = new SecretsManagerClient(denying.config);
    waitForPermission(secrets, quick);
    const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: 'any' }));
    expect([SecretString, denying.calls()]).toEqual(['value', 4]);
  },
);

it('a permission that never comes is an error in the end, and so is any other at once', async () => {
  const denying = await service(99, 'AccessDeniedException', {});
  const sqs = new SQSClient(denying.config);
  waitForPermission(sqs, quick);
  const send = async (client: SQSClient) =>
    await client.send(new SendMessageBatchCommand({ QueueUrl: `${denying.config.endpoint}/q`, Entries: [] }));
  await expect(send(sqs)).rejects.toThrow('no permission');
  expect(denying.calls()).toBe(5);
  const failing = await service(99, 'ResourceNotFoundException', {});
  const secrets = new SecretsManagerClient(failing.config);
  waitForPermission(secrets, quick);
  await expect(secrets.send(new GetSecretValueCommand({ SecretId: 'any' }))).rejects.toThrow('no permission');
  expect(failing.calls()).toBe(1);
});

it('the custom resource does so with each client that it has', () => {
  const [, clients = ''] =
    /for \(const client of \[(.*)\]\) waitForPermission\(client\)/.exec(textOf('functions/ddl.ts')) ?? [];
  expect(clients).toBe('dynamoClient(), secretsClient(), sqsClient()');
});
