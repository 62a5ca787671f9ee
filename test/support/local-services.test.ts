/** Promise: the local services start as they are asked to, keep their data, and leave nothing behind. */
import { execFileSync } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import neo4j from 'neo4j-driver';
import { describe, expect, inject, test } from 'vitest';
import { clientConfig } from './aws-address.ts';
import { type Neo4jAddress, startNeo4j } from './neo4j.ts';

const services = inject('services');

async function query(server: Neo4jAddress, cypher: string, password = server.password): Promise<unknown> {
  const driver = neo4j.driver(server.boltUri, neo4j.auth.basic(server.username, password), {
    disableLosslessIntegers: true,
    maxTransactionRetryTime: 0,
  });
  try {
    const { records } = await driver.executeQuery(cypher, {}, { database: server.database });
    return records[0]?.get(0);
  } finally {
    await driver.close();
  }
}

describe('Neo4j', () => {
  test('answers a query, and refuses a wrong password', async () => {
    expect(await query(services.neo4j, 'RETURN 1')).toBe(1);
    await expect(query(services.neo4j, 'RETURN 1', 'wrong')).rejects.toMatchObject({
      code: 'Neo.ClientError.Security.Unauthorized',
    });
  });

  test('serves Neo4j Browser, and refuses HTTP queries without a password', async () => {
    const browser = await fetch(services.neo4j.browserUri);
    expect(await browser.text()).toContain('Neo4j Browser');
    const commit = `${services.neo4j.httpUri}/db/${services.neo4j.database}/tx/commit`;
    const headers = { 'content-type': 'application/json' };
    expect((await fetch(commit, { method: 'POST', headers, body: '{"statements":[]}' })).status).toBe(401);
  });

  test('keeps its data over an orderly stop, a crash, and a copy of its home', async () => {
    const server = await startNeo4j({ database: 'tenantb' });
    const copy = await mkdtemp(join(tmpdir(), 'graphdrop-neo4j-copy-'));
    try {
      await query(server, 'CREATE (:Kept)');
      await server.kill();
      await server.start();
      expect(await query(server, 'MATCH (n:Kept) RETURN count(n)')).toBe(1);

      await query(server, 'CREATE (:Kept)');
      await server.stop();
      await expect(query(server, 'RETURN 1')).rejects.toMatchObject({ code: 'ServiceUnavailable' });
      await cp(server.home, copy, { recursive: true });
      await server.remove();
      const restored = await startNeo4j({ database: 'tenantb', home: copy });
      expect(restored.password).toBe(server.password);
      expect(await query(restored, 'MATCH (n:Kept) RETURN count(n)')).toBe(2);
      await restored.remove();
    } finally {
      await server.remove();
      await rm(copy, { recursive: true });
    }
  }, 180_000);
});

test('DynamoDB Local lists tables', async () => {
  const client = new DynamoDBClient(clientConfig(services.dynamoDb));
  const { TableNames } = await client.send(new ListTablesCommand({}));
  expect(TableNames).toBeInstanceOf(Array);
});

test('MiniStack keeps the versions of an object', async () => {
  const s3 = new S3Client({ ...clientConfig(services.miniStack), forcePathStyle: true });
  const Bucket = 'local-services-test';
  const Key = 'a/ü b.csv';
  await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  const first = await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'first' }));
  const second = await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'second' }));
  expect(first.VersionId).not.toBe(second.VersionId);

  const read = async (VersionId?: string): Promise<string | undefined> => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key, ...(VersionId && { VersionId }) }));
    return Body?.transformToString();
  };
  expect(await read()).toBe('second');
  expect(await read(first.VersionId)).toBe('first');

  for (const { VersionId } of [first, second]) await s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
  await s3.send(new DeleteBucketCommand({ Bucket }));
});

test('no command line shows the password', () => {
  const processes = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' });
  expect(processes).not.toContain(services.neo4j.password);
});
