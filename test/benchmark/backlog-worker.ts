/** A worker in a process of its own that works on batches of a backlog as its parent hands them out. */
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { z } from 'zod';
import { FolderObjects } from '../../lib/bucket/folder/folder-objects.ts';
import { ScopeBusyError } from '../../lib/commit/lease.ts';
import type { ObjectBody, VersionName } from '../../lib/files/object-store.ts';
import { ContextKey, flow } from '../../lib/index.ts';
import { Scope } from '../../lib/scope.ts';
import { dynamoDbState } from '../../lib/state/dynamodb/dynamodb-state.ts';
import { syncObjects } from '../../lib/sync/sync.ts';
import { clientConfig } from '../support/aws-address.ts';
import { connectionTo } from '../support/connection.ts';
import type { ServiceAddresses } from '../support/local-services.ts';

/** What a worker is started with. */
export interface BacklogOrder {
  readonly services: ServiceAddresses;
  readonly folder: string;
  /** Of context, label and state table. */
  readonly name: string;
  /** Milliseconds that the source's function takes for an object: waiting, as for a service. */
  readonly parseMs: number;
  /** Of an invocation, what may pass before it begins something new. */
  readonly seconds: number;
}

/** What a worker says of a batch. */
export interface BatchDone {
  /** Keys to be sent again. */
  readonly left: readonly string[];
  /** Keys that were read, as often as they were. */
  readonly read: readonly string[];
}

const { services, folder, name, parseMs, seconds } = JSON.parse(process.argv[2] ?? '') as BacklogOrder;
let read: string[] = [];

class CountingFolder extends FolderObjects {
  override async read(key: string, version?: Partial<VersionName>): Promise<ObjectBody | null> {
    read.push(key);
    return await super.read(key, version);
  }
}

const followed = flow(new ContextKey(name), graph => {
  const table = graph.nodeTable<{ id: string }>(`Backlog_${name}`);
  graph.source('*.ndjson', { record: z.object({ id: z.string() }) }, async row => {
    if (parseMs > 0) await sleep(parseMs);
    return table.declareRecord(row);
  });
});
const scope = new Scope({
  flow: followed,
  connection: connectionTo(services.neo4j),
  objects: new CountingFolder(folder),
  state: dynamoDbState(new DynamoDBClient(clientConfig(services.dynamoDb)), name),
});

process.on('message', (keys: readonly string[]) => void work(keys));
process.send?.({ left: [], read: [] } satisfies BatchDone);

async function work(keys: readonly string[]): Promise<void> {
  let left: readonly string[] = keys;
  try {
    left = (await syncObjects(scope, keys, Date.now() + seconds * 1000)).unsettled;
  } catch (error) {
    if (!(error instanceof ScopeBusyError)) throw error;
  }
  process.send?.({ left, read } satisfies BatchDone);
  read = [];
}
