/** A worker in a process of its own that dies, like a Lambda that is taken away, at one step of the commit protocol. */
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { FolderObjects } from '../../lib/bucket/folder/folder-objects.ts';
import { S3Objects } from '../../lib/bucket/s3-objects.ts';
import { Scope, type ScopeLimits, type Step } from '../../lib/scope.ts';
import { dynamoDbState } from '../../lib/state/dynamodb/dynamodb-state.ts';
import { sqliteState } from '../../lib/state/sqlite/sqlite-state.ts';
import { syncObjects } from '../../lib/sync/sync.ts';
import { clientConfig } from '../support/aws-address.ts';
import { connectionTo } from '../support/connection.ts';
import type { ServiceAddresses } from '../support/local-services.ts';
import { peopleFlow } from '../sync/people-flow.ts';

/** What it reads from standard input, as JSON: passwords don't belong on a command line. */
export interface CrashOrder {
  readonly services: ServiceAddresses;
  /** Of the world: bucket, state table and context. */
  readonly name: string;
  /** Where a world without S3 and DynamoDB keeps its objects and state; null: it has them. */
  readonly folder: string | null;
  readonly keys: readonly string[];
  readonly limits: Partial<ScopeLimits>;
  readonly at: CrashPoint;
}

export interface CrashPoint {
  readonly step: Step;
  /** Which time the step is reached. */
  readonly nth: number;
}

const { services, name, folder, keys, limits, at } = JSON.parse(await text(process.stdin)) as CrashOrder;
const { neo4j, dynamoDb, miniStack } = services;
let times = 0;
const scope = new Scope({
  flow: peopleFlow(name),
  connection: connectionTo(neo4j),
  objects:
    folder === null
      ? new S3Objects(new S3Client({ ...clientConfig(miniStack), forcePathStyle: true }), name)
      : new FolderObjects(join(folder, 'objects')),
  state:
    folder === null
      ? dynamoDbState(new DynamoDBClient(clientConfig(dynamoDb)), name)
      : sqliteState(join(folder, `${name}.sqlite`)),
  limits,
  observe: async step => {
    if (step !== at.step) return;
    times += 1;
    if (times < at.nth) return;
    process.kill(process.pid, 'SIGKILL');
    await new Promise(() => {}); // nothing more happens in what is left of its life
  },
});
await syncObjects(scope, keys);
process.exit(0);
