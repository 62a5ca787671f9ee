/** Threat: one scope, large or broken, keeps the collection from the others. */
import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { expect, inject, it, vi } from 'vitest';
import { ContextItems } from '../../lib/state/contexts.ts';
import { HeadItem } from '../../lib/state/head.ts';
import { clientConfig } from '../support/aws-address.ts';
import { createStateTable } from '../support/state-table.ts';

type Handler = (event: object, invocation: { getRemainingTimeInMillis(): number }) => Promise<unknown>;

it('all scopes are looked at, also after one that fails, as long as there is time', async () => {
  const { dynamoDb } = inject('services');
  const client = new DynamoDBClient(clientConfig(dynamoDb));
  const table = `collect-${randomUUID()}`;
  await createStateTable(client, table);
  vi.stubEnv('GRAPHDROP_TABLE', table);
  vi.stubEnv('GRAPHDROP_BUCKET', 'none');
  vi.stubEnv('AWS_ENDPOINT_URL', dynamoDb.endpoint);
  vi.stubEnv('AWS_REGION', dynamoDb.region);
  vi.stubEnv('AWS_ACCESS_KEY_ID', dynamoDb.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', dynamoDb.secretAccessKey);
  const lines = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    const { handler } = (await import('../../functions/collect.ts')) as unknown as { handler: Handler };
    const contexts = new ContextItems(client, table);
    for (const name of ['a', 'b', 'c']) {
      await contexts.put(name, 'stack', { secretId: name, database: 'neo4j', queueUrl: name, definition: '' });
    }
    const minutes = (count: number) => ({ getRemainingTimeInMillis: () => count * 60_000 });
    const report = (complete: boolean) => ({ reachable: 0, deleted: 0, young: 0, complete });
    const all = (complete: boolean) => ({
      'a@neo4j': report(complete),
      'b@neo4j': report(complete),
      'c@neo4j': report(complete),
    });
    expect(await handler({}, minutes(15))).toEqual(all(true));
    // Less than what is left for what is under way.
    expect(await handler({}, minutes(0.5))).toEqual(all(false));
    // The root of one isn't there.
    const broken = new HeadItem(client, table, 'b@neo4j');
    const head = await broken.acquire('worker', 'definition', 1_000);
    if (typeof head === 'string') throw new Error(head);
    await broken.adopt(head.epoch, 'gone');
    lines.mockClear();
    await expect(handler({}, minutes(15))).rejects.toMatchObject({ code: 'MISSING_NODE' });
    const logged = lines.mock.calls.map(([line]) => JSON.parse(String(line)) as { event: string; scope: string });
    expect(logged.map(({ event, scope }) => `${scope} ${event}`).sort()).toEqual([
      'a@neo4j collected',
      'b@neo4j collection-failed',
      'c@neo4j collected',
    ]);
  } finally {
    lines.mockRestore();
    vi.unstubAllEnvs();
  }
});
