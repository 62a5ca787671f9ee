/** A worker in a process of its own that dies, as a Lambda that is taken away does, in some call of its source's function. */
import { appendFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { S3Objects } from '../../lib/bucket/s3-objects.ts';
import { Scope } from '../../lib/scope.ts';
import { dynamoDbState } from '../../lib/state/dynamodb/dynamodb-state.ts';
import { syncObjects } from '../../lib/sync/sync.ts';
import { type CostlyOptions, costlyFlow } from '../bucket/costly-flow.ts';
import { clientConfig } from '../support/aws-address.ts';
import { connectionTo } from '../support/connection.ts';
import type { ServiceAddresses } from '../support/local-services.ts';

/** What it reads from standard input, as JSON. */
export interface CostlyOrder {
  readonly services: ServiceAddresses;
  /** Of the world: bucket, state table and context. */
  readonly name: string;
  readonly label: string;
  readonly options: CostlyOptions;
  readonly keys: readonly string[];
  /** Gets the id of each record that the function is called for, a line each. */
  readonly calls: string;
  readonly millisecondsPerCall: number;
  readonly diesInCall: number;
}

const order = JSON.parse(await text(process.stdin)) as CostlyOrder;
const { neo4j, dynamoDb, miniStack } = order.services;
let calls = 0;
const scope = new Scope({
  flow: costlyFlow(
    order.options,
    async ({ id }) => {
      calls += 1;
      appendFileSync(order.calls, `${id}\n`);
      if (calls === order.diesInCall) process.kill(process.pid, 'SIGKILL');
      await sleep(order.millisecondsPerCall);
    },
    order.label,
    order.name,
  ),
  connection: connectionTo(neo4j),
  objects: new S3Objects(new S3Client({ ...clientConfig(miniStack), forcePathStyle: true }), order.name),
  state: dynamoDbState(new DynamoDBClient(clientConfig(dynamoDb)), order.name),
});
await syncObjects(scope, order.keys);
process.exit(0);
