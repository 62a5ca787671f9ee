/** Threat: preparing a batch takes longer than the lease, and two workers take the lease from each other for ever. */
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, type UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import { expect, inject } from 'vitest';
import { clientConfig } from '../support/aws-address.ts';
import type { World } from '../sync/world.ts';
import { it } from '../sync/world-test.ts';

/** What a worker with slow storage does while it prepares a batch: how often it reads nodes and renews its lease. */
async function preparing(world: World, keys: readonly string[], leaseMs: number): Promise<Record<string, number>> {
  const counts: Record<string, number> = { BatchGetItemCommand: 0, renewals: 0 };
  const dynamo = new DynamoDBClient(clientConfig(inject('services').dynamoDb));
  let isPreparing = false;
  dynamo.middlewareStack.add(
    (next, { commandName = '' }) =>
      async args => {
        if (isPreparing && commandName in counts) counts[commandName] = (counts[commandName] ?? 0) + 1;
        const { UpdateExpression = '' } = args.input as Partial<UpdateItemCommandInput>;
        const hasRead = (counts.BatchGetItemCommand ?? 0) > 1;
        if (isPreparing && hasRead && UpdateExpression.includes('until')) counts.renewals = (counts.renewals ?? 0) + 1;
        if (commandName === 'BatchGetItemCommand') await sleep(50);
        return await next(args);
      },
    { step: 'initialize' },
  );
  const worker = world.worker({
    dynamo,
    limits: { leaseMs },
    observe: step => {
      isPreparing = step === 'stamped' || (isPreparing && step !== 'planned');
    },
  });
  expect(await world.sync(keys, worker)).toMatchObject({ applied: keys.length, transactions: 1 });
  dynamo.destroy();
  return counts;
}

it('the worker that prepares renews its lease as it reads, if it takes long', async ({ world }) => {
  const keys = Array.from({ length: 120 }, (_, n) => `people/${n}.ndjson`);
  for (const [n, key] of keys.entries()) await world.put(key, [{ id: n, name: 'before' }]);
  await world.sync(keys);
  for (const [n, key] of keys.entries()) await world.put(key, [{ id: n, name: 'after' }]);
  const { BatchGetItemCommand: reads = 0, renewals = 0 } = await preparing(world, keys, 60);
  expect(renewals).toBeGreaterThanOrEqual(3);
  // Many small manifests are read together.
  expect(reads).toBeLessThan(30);

  for (const [n, key] of keys.entries()) await world.put(key, [{ id: n, name: 'at last' }]);
  expect(await preparing(world, keys, 3_600_000)).toMatchObject({ renewals: 0 });
});
