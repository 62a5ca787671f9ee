import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, PutBucketVersioningCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import pMap from 'p-map';
import { S3Objects } from '../../../lib/bucket/s3-objects.ts';
import { beginDeploy, continueDeploy } from '../../../lib/deploy/deploy.ts';
import type { Flow } from '../../../lib/index.ts';
import { Scope } from '../../../lib/scope.ts';
import { dynamoDbState } from '../../../lib/state/dynamodb/dynamodb-state.ts';
import { syncObjects } from '../../../lib/sync/sync.ts';
import { clientConfig } from '../../support/aws-address.ts';
import { connectionTo } from '../../support/connection.ts';
import { createStateTable } from '../../support/state-table.ts';
import { type BenchFile, textOf } from '../data/bench-file.ts';
import { services } from './addresses.ts';

/** A worker with a bucket, a state table and labels of its own, deployed. */
export class BenchWorker {
  readonly scope: Scope;
  readonly #bucket: string;
  readonly #s3: S3Client;
  readonly #dynamo: DynamoDBClient;

  private constructor(name: string, flow: Flow) {
    this.#bucket = name;
    this.#s3 = new S3Client({ ...clientConfig(services.miniStack), forcePathStyle: true });
    this.#dynamo = new DynamoDBClient(clientConfig(services.dynamoDb));
    this.scope = new Scope({
      flow,
      objects: new S3Objects(this.#s3, name),
      state: dynamoDbState(this.#dynamo, name),
      connection: connectionTo(services.neo4j),
    });
  }

  static async deploy(name: string, flow: Flow): Promise<BenchWorker> {
    const worker = new BenchWorker(name, flow);
    await createStateTable(worker.#dynamo, name);
    await worker.#s3.send(new CreateBucketCommand({ Bucket: name }));
    // As the construct's own bucket is.
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await worker.#s3.send(new PutBucketVersioningCommand({ Bucket: name, VersioningConfiguration }));
    const { state, name: scope, connection, definition } = worker.scope;
    const deployed = { state, scope, graph: connection.graph, definition };
    await beginDeploy(deployed);
    while (!(await continueDeploy(deployed, Date.now() + 60_000, Date.now() + 60_000)));
    return worker;
  }

  /** Opens what was deployed before, maybe by another process. */
  static open(name: string, flow: Flow): BenchWorker {
    return new BenchWorker(name, flow);
  }

  async put(files: readonly BenchFile[]): Promise<void> {
    await pMap(files, file => this.putText(file.key, textOf(file)), { concurrency: 8 });
  }

  async putText(key: string, body: string): Promise<void> {
    await this.#s3.send(new PutObjectCommand({ Bucket: this.#bucket, Key: key, Body: body }));
  }

  /** Puts a file of any size: what is on its way is in memory, no more. */
  async putFile(key: string, path: string): Promise<void> {
    const { size: ContentLength } = await stat(path);
    const Body = createReadStream(path);
    await this.#s3.send(new PutObjectCommand({ Bucket: this.#bucket, Key: key, Body, ContentLength }));
  }

  /** Syncs objects until nothing is left. */
  async sync(keys: readonly string[]): Promise<{ readonly rows: number; readonly transactions: number }> {
    const report = await syncObjects(this.scope, keys);
    if (report.rejected.length + report.unread.length + report.unsettled.length > 0)
      throw new Error(`not all was applied: ${JSON.stringify(report)}`);
    const { nodesUpserted, relationsUpserted, transactions } = report;
    return { rows: nodesUpserted + relationsUpserted, transactions };
  }

  async close(): Promise<void> {
    await this.scope.connection.close();
    this.#s3.destroy();
    this.#dynamo.destroy();
  }
}
