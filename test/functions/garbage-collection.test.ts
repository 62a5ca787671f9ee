/** Threat: one scope, large or broken, keeps garbage collection from the others. */
import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { expect, inject, it, vi } from 'vitest';
import { inTurn } from '../../lib/lambda/turns.ts';
import { dynamoDbState } from '../../lib/state/dynamodb/dynamodb-state.ts';
import { ScopeState } from '../../lib/state/scope-state.ts';
import { clientConfig } from '../support/aws-address.ts';
import { createStateTable } from '../support/state-table.ts';

type Handler = (event: object, invocation: { getRemainingTimeInMillis(): number }) => Promise<unknown>;

it('garbage of every scope is collected while there is time, also after one scope failed', async () => {
  const { dynamoDb } = inject('services');
  const client = new DynamoDBClient(clientConfig(dynamoDb));
  const table = `gc-${randomUUID()}`;
  await createStateTable(client, table);
  vi.stubEnv('GRAPHDROP_TABLE', table);
  vi.stubEnv('GRAPHDROP_BUCKET', 'none');
  vi.stubEnv('AWS_ENDPOINT_URL', dynamoDb.endpoint);
  vi.stubEnv('AWS_REGION', dynamoDb.region);
  vi.stubEnv('AWS_ACCESS_KEY_ID', dynamoDb.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', dynamoDb.secretAccessKey);
  const lines = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    const { handler } = (await import('../../functions/garbage-collection.ts')) as unknown as { handler: Handler };
    const state = dynamoDbState(client, table);
    for (const name of ['a', 'b', 'c']) {
      const { deployments } = state.scope(`${name}@neo4j`);
      await deployments.put('stack', { secretId: name, queueUrl: name, definition: '' });
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
    // Where it stopped, the next one goes on.
    expect(await handler({}, minutes(15))).toEqual(all(true));
    // The root of the one that comes first today isn't there.
    const [first = ''] = inTurn([...(await state.contexts()).keys()], Date.now());
    const broken = new ScopeState(state, `${first}@neo4j`).head;
    const head = await broken.acquire('worker', 'definition', 1_000);
    if (typeof head === 'string') throw new Error(head);
    await broken.requireResync(head.epoch, 'gone');
    lines.mockClear();
    await expect(handler({}, minutes(15))).rejects.toMatchObject({ code: 'MISSING_NODE' });
    const logged = lines.mock.calls.map(([line]) => JSON.parse(String(line)) as { event: string; scope: string });
    expect(logged.map(({ event, scope }) => `${scope} ${event}`).sort()).toEqual(
      ['a', 'b', 'c'].map(name => `${name}@neo4j garbage-${name === first ? 'collection-failed' : 'collected'}`),
    );
  } finally {
    lines.mockRestore();
    vi.unstubAllEnvs();
  }
});
