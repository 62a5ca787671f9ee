import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, type WriteRequest } from '@aws-sdk/client-dynamodb';
import { inject } from 'vitest';
import { clientConfig } from '../support/aws-address.ts';
import type { CallFault } from './faults.ts';

/** Decides the fate of the calls of one client. */
export interface Fate {
  /** Whether the process is dead: then nothing reaches DynamoDB and nothing comes back. */
  readonly dead: boolean;
  /** Milliseconds that each call takes longer. */
  readonly slowness: number;
  /** Called once a call; what happens to it. */
  nextCall(name: string): CallFault | null;
  die(): void;
}

/** What a dead process gets from everything it still tries. */
export class DeathError extends Error {}

/** A fault of the simulation, in the shape the SDK gives to faults that may pass. */
class PassingFault extends Error {
  readonly $metadata = {};
  readonly $fault = 'server';
  readonly $retryable = {};

  constructor(name: string) {
    super('the simulation has it so');
    this.name = name;
  }
}

/** A client of the local DynamoDB to whose calls happens what `fate` says: before they are applied, or after. */
export function faultyDynamo(fate: Fate): DynamoDBClient {
  const client = new DynamoDBClient(clientConfig(inject('services').dynamoDb));
  /** What the SDK's own retries of the call under way see. */
  const inner = new WeakMap<object, CallFault>();
  client.middlewareStack.add(
    (next, context) => async args => {
      living(fate);
      if (fate.slowness > 0) await sleep(fate.slowness);
      const how = fate.nextCall(String(context.commandName));
      if (how === 'death before') fate.die();
      living(fate);
      if (how === 'throttled') throw new PassingFault('ThrottlingException');
      if (how === 'throttled, retried' || how === 'lost answer, retried') inner.set(context, how);
      const rest = how === 'partly done' ? takeHalf(args.input) : null;
      const answer = await next(args);
      if (how === 'death after') fate.die();
      living(fate);
      if (how === 'lost answer') throw new PassingFault('TimeoutError');
      if (rest !== null) Object.assign(answer.output, { UnprocessedItems: rest });
      return answer;
    },
    { step: 'initialize', priority: 'high', name: 'simulatedFate' },
  );
  client.middlewareStack.add(
    (next, context) => async args => {
      const how = inner.get(context);
      inner.delete(context);
      living(fate);
      if (how === 'throttled, retried') throw new PassingFault('ThrottlingException');
      const answer = await next(args);
      if (how === 'lost answer, retried') throw new PassingFault('TimeoutError');
      return answer;
    },
    { step: 'deserialize', priority: 'high', name: 'simulatedFateOfTries' },
  );
  return client;
}

/** @throws DeathError if the process is dead */
export function living(fate: Pick<Fate, 'dead'>): void {
  if (fate.dead) throw new DeathError('this process is dead');
}

/** Leaves half of a batch of writes in the input. @returns the other half; null: it is no such call */
function takeHalf(input: object): Record<string, WriteRequest[]> | null {
  if (!('RequestItems' in input)) return null;
  const items = input.RequestItems as Record<string, WriteRequest[] | object>;
  const [[table, requests] = []] = Object.entries(items);
  if (table === undefined || !Array.isArray(requests) || requests.length < 2) return null;
  const half = Math.floor(requests.length / 2);
  Object.assign(input, { RequestItems: { [table]: requests.slice(0, half) } });
  return { [table]: requests.slice(half) };
}
