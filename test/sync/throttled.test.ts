/** Threat: DynamoDB throttles or denies, as no local one does, while a worker commits. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { expect, inject } from 'vitest';
import type { LogEntry } from '../../lib/scope.ts';
import { clientConfig } from '../support/aws-address.ts';
import { type Refusal, startDynamoDbProxy } from '../support/dynamodb-proxy.ts';
import type { World } from './world.ts';
import { it } from './world-test.ts';

/** Works behind a proxy. @returns the report, or the error, with what was logged */
async function behind(world: World, refuse: (call: string, nth: number) => Refusal) {
  const proxy = await startDynamoDbProxy(inject('services').dynamoDb, refuse);
  const dynamo = new DynamoDBClient(clientConfig(proxy));
  const logged: string[] = [];
  const worker = world.worker({ dynamo, log: ({ event }: LogEntry) => void logged.push(event) });
  const people = Array.from({ length: 60 }, (_, n) => ({ id: `p${n}`, name: `P ${n}` }));
  await world.put('people/a.ndjson', people);
  try {
    return { report: await world.sync(['people/a.ndjson'], worker), logged, calls: proxy.calls };
  } catch (error) {
    return { error, logged, calls: proxy.calls };
  } finally {
    dynamo.destroy();
    proxy.close();
  }
}

it('a throttled call is waited out: no batch fails of it, and none is committed twice', async ({ world }) => {
  // More in a row than the SDK's own three tries.
  const { report, logged, calls } = await behind(world, (call, nth) =>
    call !== 'BatchGetItem' && nth % 6 > 1 ? 'throttled' : null,
  );
  expect(report).toMatchObject({ applied: 1, transactions: 1, nodesUpserted: 60 });
  expect(logged).not.toContain('batch-failed');
  expect(calls.get('UpdateItem')).toBeGreaterThan(6);
});

it('what is denied fails at once, says so, and leaves nothing half done', async ({ world }) => {
  const { error, calls } = await behind(world, call => (call === 'BatchWriteItem' ? 'denied' : null));
  expect(error).toMatchObject({ name: 'AccessDeniedException', message: expect.stringContaining('not authorized') });
  expect(calls.get('BatchWriteItem')).toBeLessThan(60);
  expect(await world.people()).toEqual([]);
  expect(await world.sync(['people/a.ndjson'])).toMatchObject({ applied: 1, replaced: false });
});
