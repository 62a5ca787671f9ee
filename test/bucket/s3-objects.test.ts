/** Promise: S3 holds objects as the interface of a store says. */
import { randomUUID } from 'node:crypto';
import { Agent } from 'node:http';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { expect, inject, it } from 'vitest';
import { S3Objects } from '../../lib/bucket/s3-objects.ts';
import { clientConfig } from '../support/aws-address.ts';
import { listedVersions, type ObjectsUnderTest, objectStoreContract } from './object-store-contract.ts';

objectStoreContract(async () => await openBucket(newClient()));

it('a listing of versions asks once for a hundred of them, and once for each delete marker among them', async () => {
  const client = newClient();
  let calls = 0;
  client.middlewareStack.add(
    (next, context) => async args => {
      if (context.commandName === 'ListObjectVersionsCommand') calls += 1;
      return await next(args);
    },
    { step: 'initialize' },
  );
  const { objects, put, remove } = await openBucket(client);
  for (let n = 0; n < 105; n += 1) await put('a', `${n}`);
  for (let n = 0; n < 150; n += 1) await put(`a/${n}`, `${n}`);
  expect(await listedVersions(objects, 'a')).toHaveLength(105);
  expect(calls).toBe(2);
  calls = 0;
  await remove('a');
  await put('a', 'again');
  expect((await listedVersions(objects, 'a'))[1]).toMatchObject({ deleted: true });
  expect(calls).toBe(3);
});

it('an object that nobody reads to its end keeps no connection', async () => {
  const client = newClient({ requestHandler: { httpAgent: new Agent({ maxSockets: 1 }) } });
  const { objects, put } = await openBucket(client);
  await put('a', 'x'.repeat(5_000_000));
  for (const chunks of [0, 1]) {
    const body = (await objects.read('a'))?.body[Symbol.asyncIterator]();
    for (let n = 0; n < chunks; n += 1) await body?.next();
    await body?.return?.();
    expect(await objects.head('a')).toMatchObject({ size: 5_000_000 });
  }
});

function newClient(options: S3ClientConfig = {}): S3Client {
  return new S3Client({ ...clientConfig(inject('services').miniStack), forcePathStyle: true, ...options });
}

async function openBucket(client: S3Client): Promise<ObjectsUnderTest> {
  const Bucket = `objects-${randomUUID()}`;
  await client.send(new CreateBucketCommand({ Bucket }));
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  return {
    objects: new S3Objects(client, Bucket),
    put: async (Key, body, { contentType, contentEncoding } = {}) => {
      // A body without a type would get one of the SDK's.
      const Body = Buffer.from(body);
      await client.send(
        new PutObjectCommand({ Bucket, Key, Body, ContentType: contentType, ContentEncoding: contentEncoding }),
      );
    },
    remove: async Key => {
      await client.send(new DeleteObjectCommand({ Bucket, Key }));
    },
  };
}
