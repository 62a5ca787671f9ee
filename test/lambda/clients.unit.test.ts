/** Threat: an AWS service that can't be reached, or never answers, holds a function until its time is up. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { afterEach, expect, it, vi } from 'vitest';
import { filesOf, textOf } from '../house/tree.ts';

// Clients are kept once they are made, and suites of one process share modules: this one has its own.
vi.resetModules();
const clients = await import('../../lib/lambda/clients.ts');

afterEach(() => vi.unstubAllEnvs());

function stubAws(endpoint: string): void {
  const env = {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'a',
    AWS_SECRET_ACCESS_KEY: 'b',
  };
  for (const [name, value] of Object.entries({ ...env, AWS_MAX_ATTEMPTS: '1' })) vi.stubEnv(name, value);
}

it('a call that is never answered fails', async () => {
  const server = createServer(() => {}).listen(0, '127.0.0.1');
  await once(server, 'listening');
  stubAws(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const sent = clients.eventsClient().send(new PutEventsCommand({ Entries: [] }));
  await expect(sent).rejects.toMatchObject({ name: 'TimeoutError' });
  clients.eventsClient().destroy();
  server.close();
});

it.each(Object.entries(clients))('%s limits each wait', async (_name, client) => {
  stubAws('http://127.0.0.1:1');
  const { requestHandler } = client().config;
  // Its settings are there once it was used.
  await requestHandler.handle({ headers: {} } as never).catch(() => {});
  const limits = (requestHandler as unknown as { httpHandlerConfigs(): Record<string, unknown> }).httpHandlerConfigs();
  for (const limit of ['connectionTimeout', 'requestTimeout', 'socketTimeout']) {
    expect(limits[limit]).toBeGreaterThan(0);
    expect(limits[limit]).toBeLessThanOrEqual(30_000);
  }
  expect(limits.throwOnRequestTimeout).toBe(true);
});

it('functions have no other clients', () => {
  // The command line is no function.
  const ofFunctions = [...filesOf('lib'), ...filesOf('functions')].filter(path => !path.startsWith('lib/cli/'));
  const making = ofFunctions.filter(path => /new [A-Z]\w*Client\(/.test(textOf(path)));
  expect(making.filter(path => !/http-client|connection-factory|http-endpoint/.test(path))).toEqual([
    'lib/lambda/clients.ts',
  ]);
});
