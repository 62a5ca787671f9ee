/** Threat: DynamoDB throttles calls, and what was done already is done again, or given up. */
import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { expect, inject, it } from 'vitest';
import { dynamoDbState } from '../../lib/state/dynamodb/dynamodb-state.ts';
import { ScopeState } from '../../lib/state/scope-state.ts';
import { contentHash } from '../../lib/values/hash.ts';
import { clientConfig } from '../support/aws-address.ts';
import { createStateTable } from '../support/state-table.ts';

/** As the SDK throws it when its own tries are over. */
class Throttled extends Error {
  override readonly name = 'ThrottlingException';
  readonly $retryable = { throttling: true };
}

const nodes = Array.from({ length: 250 }, (_, n) => ({ hash: contentHash(`${n}`), text: `${n}` }));

/** A state whose calls fail each time that `throttle` says so. */
async function throttledState(throttle: (command: string, nth: number) => boolean) {
  const client = new DynamoDBClient(clientConfig(inject('services').dynamoDb));
  const table = `throttled-${randomUUID()}`;
  await createStateTable(client, table);
  const made = new Map<string, number>();
  client.middlewareStack.add(
    (next, context) => async args => {
      const command = context.commandName ?? '';
      const nth = (made.get(command) ?? 0) + 1;
      made.set(command, nth);
      if (throttle(command, nth)) throw new Throttled();
      return await next(args);
    },
    { step: 'initialize' },
  );
  return { state: new ScopeState(dynamoDbState(client, table), 'kg@neo4j'), made };
}

it('a throttled call is waited out where it happens: the others of its batch are not made again', async () => {
  const { state, made } = await throttledState((command, nth) => command.startsWith('Batch') && nth % 3 === 0);
  await state.nodes.put(nodes);
  // Ten calls have something in them, and every third one is throttled.
  expect(made.get('BatchWriteItemCommand')).toBe(14);
  expect(await state.nodes.get(nodes.map(({ hash }) => hash))).toHaveProperty('size', nodes.length);
});

it('a throttled lease is taken once', async () => {
  const { state } = await throttledState((command, nth) => command === 'UpdateItemCommand' && nth < 4);
  expect(await state.head.acquire('worker', 'definition', 1_000)).toMatchObject({ epoch: 1, holder: 'worker' });
});

it('a call that is throttled for too long fails as one to try again later', { timeout: 120_000 }, async () => {
  const { state, made } = await throttledState(command => command === 'GetItemCommand');
  await expect(state.head.read()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true });
  expect(made.get('GetItemCommand')).toBe(12);
});
