import { randomBytes } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import neo4jDriver, { type Driver } from 'neo4j-driver';
import { expect, inject } from 'vitest';
import { S3Objects } from '../../lib/bucket/s3-objects.ts';
import type { ObjectStore } from '../../lib/files/object-store.ts';
import { desiredArtifacts } from '../../lib/neo4j/schema/schema.ts';
import type { ConnectionFactory } from '../../lib/neo4j/transport/connection-factory.ts';
import { Scope, type ScopeOptions } from '../../lib/scope.ts';
import { dynamoDbState } from '../../lib/state/dynamodb/dynamodb-state.ts';
import type { ObjectStatus } from '../../lib/state/object-status.ts';
import type { StateStore } from '../../lib/state/state-store.ts';
import { syncObjects } from '../../lib/sync/sync.ts';
import type { SyncReport } from '../../lib/sync/sync-report.ts';
import { clientConfig } from '../support/aws-address.ts';
import { connectionTo } from '../support/connection.ts';
import type { Neo4jAddress } from '../support/neo4j.ts';
import { createStateTable } from '../support/state-table.ts';
import { embedded, FolderStores } from './folder-stores.ts';
import { type GraphContent, inOrder, type Properties, plain } from './graph-content.ts';
import { emptyLabels, freeEnding, takeEnding } from './labels-in-turn.ts';
import { type PeopleLabels, peopleFlow, peopleLabels } from './people-flow.ts';
import { type ReadBack, readingBack } from './read-back.ts';
import { worldName } from './world-name.ts';

/** Records, one a line, or bytes as they are. */
export type Content = readonly object[] | string | Uint8Array;

/** How a worker of a world may differ from others. */
export interface WorkerOptions extends Partial<ScopeOptions> {
  readonly s3?: S3Client;
  readonly dynamo?: DynamoDBClient;
  /** Name of the state table. */
  readonly table?: string;
  /** Milliseconds after which an object whose bytes stop coming is given up. */
  readonly stallMs?: number;
}

/** A bucket, a state table and labels in the shared database, for one test. */
export class World {
  /** What its labels end with. */
  readonly ending = takeEnding();
  /** Of bucket, state table and context; {@link peopleLabels} finds the ending in it. */
  readonly name = worldName(this.ending, randomBytes(5).toString('hex'));
  readonly labels: PeopleLabels = peopleLabels(this.name);
  readonly s3: S3Client;
  readonly dynamo: DynamoDBClient;
  /** In their place: a folder and SQLite; null: S3 and DynamoDB are used. */
  readonly stores: FolderStores | null = embedded ? new FolderStores() : null;
  /** What workers use. */
  readonly connection: ConnectionFactory;
  /** What the test itself looks with. */
  readonly driver: Driver;
  /** Rows that some commit left otherwise than tracked state says: a world that is closed must have none. */
  readonly wrongCommits: ReadBack[] = [];

  constructor(neo4j: Neo4jAddress = inject('services').neo4j) {
    const { dynamoDb, miniStack } = inject('services');
    this.s3 = new S3Client({ ...clientConfig(miniStack), forcePathStyle: true });
    this.dynamo = new DynamoDBClient(clientConfig(dynamoDb));
    this.connection = connectionTo(neo4j);
    this.driver = neo4jDriver.driver(neo4j.boltUri, neo4jDriver.auth.basic(neo4j.username, neo4j.password), {
      useBigInt: true,
    });
  }

  /** @param schema whether the usual constraints and indexes of its labels may be there already. Default: they may */
  static async create(neo4j?: Neo4jAddress, schema: 'kept' | 'dropped' = 'kept'): Promise<World> {
    const world = new World(neo4j);
    try {
      await world.#begin(schema);
      return world;
    } catch (error) {
      await world.close();
      throw error;
    }
  }

  async #begin(schema: 'kept' | 'dropped'): Promise<void> {
    const usual = desiredArtifacts(peopleFlow(this.name).definition).map(({ name }) => name);
    await emptyLabels(this.query.bind(this), this.labels, schema === 'kept' ? usual : []);
    if (this.stores !== null) {
      await this.stores.create();
      return;
    }
    await createStateTable(this.dynamo, this.name);
    await this.s3.send(new CreateBucketCommand({ Bucket: this.name }));
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await this.s3.send(new PutBucketVersioningCommand({ Bucket: this.name, VersioningConfiguration }));
  }

  /** A worker: two of them are two processes to each other. */
  worker({ s3 = this.s3, dynamo = this.dynamo, table = this.name, stallMs, ...options }: WorkerOptions = {}): Scope {
    const common = { flow: peopleFlow(this.name), connection: this.connection, ...options };
    const sound = { objects: this.objects(), state: this.state(table) };
    const { flow, code = '' } = common;
    const reader = () => new Scope({ flow, code, connection: this.connection, ...sound });
    return new Scope({
      objects: this.stores?.objects() ?? new S3Objects(s3, this.name, stallMs),
      state: this.state(table, dynamo),
      ...common,
      connection: readingBack(common.connection, reader, row => this.wrongCommits.push(row)),
    });
  }

  /** The objects of bucket or folder. */
  objects(): ObjectStore {
    return this.stores?.objects() ?? new S3Objects(this.s3, this.name);
  }

  /** The tracked state in a table. */
  state(table = this.name, dynamo = this.dynamo): StateStore {
    return this.stores?.state(table) ?? dynamoDbState(dynamo, table);
  }

  async put(key: string, content: Content): Promise<void> {
    const lines = isBytes(content) ? content : content.map(record => `${JSON.stringify(record)}\n`).join('');
    const Body = typeof lines === 'string' ? Buffer.from(lines) : lines;
    if (this.stores !== null) return await this.stores.put(key, Body);
    await this.s3.send(new PutObjectCommand({ Bucket: this.name, Key: key, Body }));
  }

  /** Puts an object and makes the graph follow. */
  async drop(key: string, content: Content): Promise<SyncReport> {
    await this.put(key, content);
    return await this.sync([key]);
  }

  /** Deletes an object and makes the graph follow. */
  async remove(key: string): Promise<SyncReport> {
    await this.delete(key);
    return await this.sync([key]);
  }

  async delete(key: string): Promise<void> {
    if (this.stores !== null) return await this.stores.delete(key);
    await this.s3.send(new DeleteObjectCommand({ Bucket: this.name, Key: key }));
  }

  /** Leaves an object with its newest version only, as a bucket without versions would. */
  async forgetOldVersions(key: string, content: Content): Promise<void> {
    // A folder has no others.
    if (this.stores !== null) return await this.put(key, content);
    const { Versions = [] } = await this.s3.send(new ListObjectVersionsCommand({ Bucket: this.name, Prefix: key }));
    await this.put(key, content);
    for (const { VersionId } of Versions)
      await this.s3.send(new DeleteObjectCommand({ Bucket: this.name, Key: key, VersionId }));
  }

  async sync(keys: readonly string[], worker = this.worker()): Promise<SyncReport> {
    return await syncObjects(worker, keys);
  }

  async keys(): Promise<string[]> {
    if (this.stores !== null) return await this.stores.keys();
    const { Contents = [] } = await this.s3.send(new ListObjectsV2Command({ Bucket: this.name }));
    return Contents.map(({ Key }) => Key ?? '');
  }

  async freshTable(): Promise<string> {
    const name = `${this.name}-${randomBytes(3).toString('hex')}`;
    if (this.stores === null) await createStateTable(this.dynamo, name);
    return name;
  }

  async root(): Promise<string> {
    return (await this.worker().head.read())?.root ?? '';
  }

  /** The fence's epoch grows with every transaction's lease: the same epoch means that Neo4j wasn't written to. */
  async epoch(): Promise<unknown> {
    const [fence] = await this.query('MATCH (f:_Graphdrop {scope: $scope}) RETURN f.epoch AS epoch', {
      scope: this.worker().name,
    });
    return fence?.epoch;
  }

  async status(key: string): Promise<ObjectStatus | null> {
    return await this.worker().status.get(key);
  }

  async query(text: string, parameters: object = {}): Promise<Record<string, unknown>[]> {
    const { database } = this.connection;
    const { records } = await this.driver.executeQuery(text, parameters, { database, bookmarkManager: null });
    return records.map(record => record.toObject());
  }

  async graph(): Promise<GraphContent> {
    const { person, note, knows } = this.labels;
    const nodes = async (label: string) =>
      (await this.query(`MATCH (n:${label}) RETURN properties(n) AS p`)).map(({ p }) => plain(p) as Properties);
    const edges = await this.query(
      // Another scope of the simulation has edges of the same type.
      `MATCH (a)-[e:${knows}]->(b) WHERE NOT a:Neighbour_${this.name} RETURN a.id AS from, b.id AS to, properties(e) AS properties`,
    );
    return inOrder({
      people: await nodes(person),
      notes: await nodes(note),
      knows: edges.map(edge => plain(edge) as GraphContent['knows'][number]),
    });
  }

  async people(): Promise<GraphContent['people']> {
    return (await this.graph()).people;
  }

  async notes(): Promise<GraphContent['notes']> {
    return (await this.graph()).notes;
  }

  async knows(): Promise<GraphContent['knows']> {
    return (await this.graph()).knows;
  }

  /** An edge as {@link knows} gives it, with the key derived from its endpoints unless it has its own. */
  edge(from: string | number, to: string | number, properties: object = {}): GraphContent['knows'][number] {
    const { person } = this.labels;
    return { from, to, properties: { id: `${person}_${from}_${person}_${to}`, ...properties } };
  }

  /** @throws if a commit left the graph otherwise than tracked state says */
  async close(): Promise<void> {
    freeEnding(this.ending);
    await this.connection.close();
    await this.driver.close();
    this.s3.destroy();
    this.dynamo.destroy();
    this.stores?.close();
    expect(this.wrongCommits, 'rows as commits left them').toEqual([]);
  }
}

function isBytes(content: Content): content is string | Uint8Array {
  return typeof content === 'string' || content instanceof Uint8Array;
}
