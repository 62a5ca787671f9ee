/** A worker in a process of its own that dies, like a Lambda that is taken away, at one step of the commit protocol. */
import { text } from 'node:stream/consumers';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { Scope, type ScopeLimits, type Step } from '../../lib/scope.ts';
import { syncObjects } from '../../lib/sync.ts';
import { clientConfig } from '../support/aws-address.ts';
import { connectionTo } from '../support/connection.ts';
import type { ServiceAddresses } from '../support/local-services.ts';
import { peopleFlow } from '../sync/people-flow.ts';

/** What it reads from standard input, as JSON: passwords don't belong on a command line. */
export interface CrashOrder {
  readonly services: ServiceAddresses;
  /** Of the world: bucket, state table and context. */
  readonly name: string;
  readonly keys: readonly string[];
  readonly limits: Partial<ScopeLimits>;
  readonly at: CrashPoint;
}

export interface CrashPoint {
  readonly step: Step;
  /** Which time the step is reached. */
  readonly nth: number;
}

const { services, name, keys, limits, at } = JSON.parse(await text(process.stdin)) as CrashOrder;
const { neo4j, dynamoDb, miniStack } = services;
let times = 0;
const scope = new Scope({
  flow: peopleFlow(name),
  connection: connectionTo(neo4j),
  s3: new S3Client({ ...clientConfig(miniStack), forcePathStyle: true }),
  dynamo: new DynamoDBClient(clientConfig(dynamoDb)),
  table: name,
  bucket: name,
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
