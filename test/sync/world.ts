import { randomBytes } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  ListObjectsV2Command,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { inject } from 'vitest';
import type { Flow } from '../../lib/index.ts';
import { ConnectionFactory } from '../../lib/neo4j/connection-factory.ts';
import { Scope, type ScopeOptions } from '../../lib/scope.ts';
import { type SyncReport, syncObjects } from '../../lib/sync.ts';
import { clientConfig } from '../support/aws-address.ts';
import { createStateTable } from '../support/state-table.ts';
import { type PeopleLabels, peopleFlow, peopleLabels } from './people-flow.ts';

/** What the graph holds of a test's labels, in an order of its own. */
export interface GraphContent {
  readonly people: readonly object[];
  readonly notes: readonly object[];
  readonly knows: readonly { readonly from: unknown; readonly to: unknown; readonly properties: object }[];
}

/** A bucket, a state table and labels in the shared database, for one test. */
export class World {
  readonly name = `t${randomBytes(5).toString('hex')}`;
  readonly labels: PeopleLabels = peopleLabels(this.name);
  readonly s3: S3Client;
  readonly dynamo: DynamoDBClient;
  readonly connection: ConnectionFactory;

  constructor(connection?: ConnectionFactory) {
    const { dynamoDb, miniStack, neo4j } = inject('services');
    this.s3 = new S3Client({ ...clientConfig(miniStack), forcePathStyle: true });
    this.dynamo = new DynamoDBClient(clientConfig(dynamoDb));
    this.connection =
      connection ??
      new ConnectionFactory({ uri: neo4j.boltUri, auth: neo4j, database: neo4j.database });
  }

  static async create(connection?: ConnectionFactory): Promise<World> {
    const world = new World(connection);
    await createStateTable(world.dynamo, world.name);
    await world.s3.send(new CreateBucketCommand({ Bucket: world.name }));
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await world.s3.send(new PutBucketVersioningCommand({ Bucket: world.name, VersioningConfiguration }));
    return world;
  }

  /** A worker: two of them are two processes to each other. */
  worker(options: Partial<ScopeOptions> & { flow?: Flow } = {}): Scope {
    return new Scope({
      flow: peopleFlow(this.name),
      connection: this.connection,
      s3: this.s3,
      dynamo: this.dynamo,
      table: this.name,
      bucket: this.name,
      ...options,
    });
  }

  async put(key: string, records: readonly object[] | string): Promise<void> {
    const Body = typeof records === 'string' ? records : records.map(record => `${JSON.stringify(record)}\n`).join('');
    await this.s3.send(new PutObjectCommand({ Bucket: this.name, Key: key, Body }));
  }

  async delete(key: string): Promise<void> {
    await this.s3.send(new DeleteObjectCommand({ Bucket: this.name, Key: key }));
  }

  async sync(keys: readonly string[], worker = this.worker()): Promise<SyncReport> {
    return await syncObjects(worker, keys);
  }

  async keys(): Promise<string[]> {
    const { Contents = [] } = await this.s3.send(new ListObjectsV2Command({ Bucket: this.name }));
    return Contents.map(({ Key }) => Key ?? '');
  }


  async freshTable(): Promise<string> {
    const name = `${this.name}-${randomBytes(3).toString('hex')}`;
    await createStateTable(this.dynamo, name);
    return name;
  }

  async root(): Promise<string> {
    return (await this.worker().head.read())?.root ?? '';
  }

  async query(text: string, parameters: object = {}): Promise<Record<string, unknown>[]> {
    const { driver, database } = this.connection;
    const { records } = await driver.executeQuery(text, parameters, { database });
    return records.map(record => record.toObject());
  }

  async graph(): Promise<GraphContent> {
    const { person, note, knows } = this.labels;
    const nodes = async (label: string) =>
      (await this.query(`MATCH (n:${label}) RETURN properties(n) AS p`)).map(({ p }) => plain(p as object));
    const edges = await this.query(
      `MATCH (a)-[e:${knows}]->(b) RETURN a.id AS from, b.id AS to, properties(e) AS properties`,
    );
    return {
      people: inOrder(await nodes(person)),
      notes: inOrder(await nodes(note)),
      knows: inOrder(edges.map(edge => plain(edge) as GraphContent['knows'][number])),
    };
  }

  async close(): Promise<void> {
    await this.connection.close();
    this.s3.destroy();
    this.dynamo.destroy();
  }
}

/** Integers as numbers, for readable expectations. */
function plain<T>(value: T): T {
  if (typeof value === 'bigint') return Number(value) as T;
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item)])) as T;
}

function inOrder<T>(items: readonly T[]): T[] {
  const text = (item: T) => JSON.stringify(item);
  return [...items].sort((a, b) => (text(a) < text(b) ? -1 : 1));
}
