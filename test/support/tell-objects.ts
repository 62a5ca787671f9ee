import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { tellObject } from '../../lib/cli/dev/object-line.ts';
import { Output } from '../../lib/cli/output.ts';
import { dynamoDbState } from '../../lib/state/dynamodb/dynamodb-state.ts';
import type { StatusStore } from '../../lib/state/state-store.ts';
import { type AwsAddress, clientConfig } from './aws-address.ts';

/** Milliseconds between two looks, at least: looking takes a small part of the time, however many objects there are. */
const POLL_MS = 500;

/** Prints a line for each object of some scopes as it is applied, deleted or rejected. @returns how to stop */
export function tellObjects(aws: AwsAddress, table: string, scopes: readonly string[]): () => void {
  const dynamo = new DynamoDBClient(clientConfig(aws));
  const stores = scopes.map(scope => dynamoDbState(dynamo, table).scope(scope).status);
  const stopped = new AbortController();
  void Promise.all(stores.map(async store => await follow(store, stopped.signal))).finally(() => dynamo.destroy());
  return () => stopped.abort();
}

async function follow(store: StatusStore, stopped: AbortSignal): Promise<void> {
  const out = new Output(false);
  const told = new Map<string, string>();
  for (let isFirst = true; !stopped.aborted; isFirst = false) {
    const began = Date.now();
    try {
      for await (const status of store.list()) {
        const text = JSON.stringify(status);
        if (!isFirst && told.get(status.key) !== text) tellObject(out, status);
        told.set(status.key, text);
      }
    } catch {
      // The next look tells what this one didn't.
    }
    await sleep(Math.max(POLL_MS, 20 * (Date.now() - began)), undefined, { signal: stopped }).catch(() => {});
  }
}
