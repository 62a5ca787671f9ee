/** Promise: many objects are looked at together by a listing, and nothing that only a look at one tells is missed for it. */
import { CreateBucketCommand, PutObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import pMap from 'p-map';
import { describe, expect, inject, onTestFinished } from 'vitest';
import { S3Objects } from '../../lib/bucket/s3-objects.ts';
import { ContextKey, flow } from '../../lib/index.ts';
import { clientConfig } from '../support/aws-address.ts';
import type { World } from './world.ts';
import { itOfBuckets } from './world-test.ts';

/** An S3 that counts its calls. @param before called before each, and may throw in its place */
function watchedS3(before: (call: string) => void = () => {}) {
  const s3 = new S3Client({ ...clientConfig(inject('services').miniStack), forcePathStyle: true });
  let counts: Record<string, number> = {};
  s3.middlewareStack.add(
    (next, { commandName = '' }) =>
      async args => {
        const call = commandName.replace('Command', '');
        counts[call] = (counts[call] ?? 0) + 1;
        before(call);
        return await next(args);
      },
    { step: 'initialize' },
  );
  onTestFinished(() => s3.destroy());
  const taken = () => {
    const all = counts;
    counts = {};
    return all;
  };
  return { s3, taken };
}

const keysOf = (count: number): string[] =>
  Array.from({ length: count }, (_, n) => `people/${String(n).padStart(4, '0')}.ndjson`);

async function putAll(world: World, keys: readonly string[], name = 'N'): Promise<void> {
  await pMap(keys, async key => await world.put(key, [{ id: key, name }]), { concurrency: 8 });
}

itOfBuckets(
  '300 new objects take a GET each; then one that is up to date a HEAD, and one that is gone a GET',
  async ({ world }) => {
    const keys = keysOf(300);
    await putAll(world, keys);
    const { s3, taken } = watchedS3();
    const worker = world.worker({ s3 });
    expect(await world.sync(keys, worker)).toMatchObject({ applied: 300, rejected: [], unread: [], unsettled: [] });
    expect(taken()).toEqual({ GetObject: 300, ListObjectVersions: 2 });
    expect(await world.people()).toHaveLength(300);
    expect(await world.sync(keys, worker)).toMatchObject({ applied: 0, skipped: 300 });
    expect(taken()).toEqual({ HeadObject: 300, ListObjectVersions: 1 });
    for (const key of keys.slice(0, 20)) await world.delete(key);
    await putAll(world, keys.slice(20, 40), 'changed');
    expect(await world.sync(keys.slice(0, 40), worker)).toMatchObject({ applied: 40 });
    expect(taken()).toEqual({ GetObject: 40, ListObjectVersions: 2 });
    expect(await world.people()).toHaveLength(280);
    expect(await world.sync(keys.slice(0, 20), worker)).toMatchObject({ skipped: 20, transactions: 0 });
    expect(taken()).toEqual({ ListObjectVersions: 1 });
  },
);

itOfBuckets('a large object is looked at by itself, too: it may be compressed', async ({ world }) => {
  const keys = keysOf(20);
  await putAll(world, keys);
  await putAll(world, keys.slice(3, 4), 'N'.repeat(600_000));
  const { s3, taken } = watchedS3();
  expect(await world.sync(keys, world.worker({ s3 }))).toMatchObject({ applied: 20 });
  expect(taken()).toEqual({ GetObject: 20, HeadObject: 1, ListObjectVersions: 2 });
});

itOfBuckets('an object beside them that a listing does not tell of is looked at by itself', async ({ world }) => {
  const keys = [...keysOf(20), 'people/line\nbreak.ndjson'];
  await putAll(world, keys);
  const { s3, taken } = watchedS3();
  expect(await world.sync(keys, world.worker({ s3 }))).toMatchObject({ applied: 21 });
  expect(taken()).toEqual({ GetObject: 21, HeadObject: 2, ListObjectVersions: 2 });
});

itOfBuckets('what may be a file of a table is looked at by itself', async ({ world }) => {
  const { s3, taken } = watchedS3();
  const keys = Array.from({ length: 20 }, (_, n) => `typed/${n}.parquet`);
  await world.sync(keys, world.worker({ s3, flow: byContentType(world) }));
  expect(taken()).toEqual({ HeadObject: 20 });
});

itOfBuckets('a listing that is not allowed holds nothing up', async ({ world }) => {
  const keys = keysOf(20);
  await putAll(world, keys);
  const { s3, taken } = watchedS3(call => {
    if (call !== 'ListObjectVersions') return;
    const $metadata = { httpStatusCode: 403 };
    throw new S3ServiceException({ name: 'AccessDenied', message: 'Access Denied', $fault: 'client', $metadata });
  });
  expect(await world.sync(keys, world.worker({ s3 }))).toMatchObject({ applied: 20, unread: [] });
  expect(taken()).toEqual({ GetObject: 20, HeadObject: 40, ListObjectVersions: 1 });
});

itOfBuckets(
  'an object that is rejected at one look is known to be at the next, without another read',
  async ({ world }) => {
    const keys = keysOf(20);
    await pMap(keys, async key => await world.put(key, 'bad\n'));
    await world.sync(keys);
    const { s3, taken } = watchedS3();
    expect((await world.sync(keys, world.worker({ s3 }))).rejected).toHaveLength(20);
    expect(taken().GetObject).toBeUndefined();
  },
);

type Put = (key: string, contentType: string) => Promise<void>;

/** As these, the same bytes are a record and none. */
const [CSV, TSV] = ['text/csv', 'text/tab-separated-values'] as const;

/** A flow that takes files by their content type. */
const byContentType = (world: World) =>
  flow(new ContextKey(world.name), graph => {
    const person = graph.nodeTable<{ id: string; name: string }>(world.labels.person);
    graph.source('typed/*', {}, record => person.declareRecord(record as never));
  });

describe.each(['with', 'without'] as const)('in a bucket %s versions', kind => {
  /** A bucket of the world's, and a worker on it. @param onLease called when it has the lease */
  async function bucketOf(world: World, onLease: (put: Put) => Promise<void> = async () => {}) {
    const Bucket = kind === 'with' ? world.name : `${world.name}-plain`;
    if (kind === 'without') await world.s3.send(new CreateBucketCommand({ Bucket }));
    const put: Put = async (Key, ContentType) => {
      const Body = `id,name\n${Key},Ada\n`;
      await world.s3.send(new PutObjectCommand({ Bucket, Key, ContentType, Body }));
    };
    const { s3, taken } = watchedS3();
    const objects = new S3Objects(s3, Bucket);
    const observe = async (step: string) => (step === 'leased' ? await onLease(put) : undefined);
    return { put, taken, worker: world.worker({ objects, observe, flow: byContentType(world) }) };
  }

  const keys = Array.from({ length: 20 }, (_, n) => `typed/${String(n).padStart(2, '0')}`);
  const changed = 'typed/03';
  /** In a bucket with versions the one below the rejected one is in force. */
  const inForce = kind === 'with' ? 20 : 19;

  itOfBuckets('the same bytes with another content type between reading and lease are noticed', async ({ world }) => {
    const types = [TSV];
    const { put, taken, worker } = await bucketOf(world, async putAgain => {
      for (const type of types.splice(0)) await putAgain(changed, type);
    });
    for (const key of keys) await put(key, CSV);
    expect(await world.sync(keys, worker)).toMatchObject({ applied: inForce, rejected: [{ key: changed }] });
    expect(await world.people()).toHaveLength(inForce);
    const { HeadObject = 0 } = taken();
    // In one with versions, only what is looked at by itself: that one object, in a round of its own.
    if (kind === 'with') expect(HeadObject).toBeLessThan(5);
  });

  itOfBuckets('the same bytes with another content type after they were applied are noticed', async ({ world }) => {
    const { put, worker } = await bucketOf(world);
    for (const key of keys) await put(key, CSV);
    await world.sync(keys, worker);
    await put(changed, TSV);
    expect(await world.sync(keys, worker)).toMatchObject({ skipped: 19, rejected: [{ key: changed }] });
  });
});
