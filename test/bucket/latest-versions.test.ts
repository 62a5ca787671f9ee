/** Promise: what a listing of a bucket's versions says of many objects is what a look at each says. */
import { randomUUID } from 'node:crypto';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import pMap from 'p-map';
import { expect, inject, it, onTestFinished } from 'vitest';
import { S3Objects } from '../../lib/bucket/s3-objects.ts';
import type { LatestVersion } from '../../lib/files/object-store.ts';
import { clientConfig } from '../support/aws-address.ts';

/** A bucket, and what its client lists of it. */
class Bucket {
  readonly objects: S3Objects;
  readonly listed: { readonly KeyMarker?: string; readonly MaxKeys?: number }[] = [];
  /** Versions on a page. */
  most = 1_000;
  isDenied = false;
  readonly #name = `latest-${randomUUID()}`;
  readonly #s3 = new S3Client({ ...clientConfig(inject('services').miniStack), forcePathStyle: true });

  constructor() {
    this.objects = new S3Objects(this.#s3, this.#name);
    this.#s3.middlewareStack.add(
      (next, { commandName }) =>
        async args => {
          if (commandName !== 'ListObjectVersionsCommand') return await next(args);
          const input = args.input as { KeyMarker?: string; MaxKeys: number };
          this.listed.push(input);
          if (this.isDenied) throw denied();
          return await next({ ...args, input: { ...input, MaxKeys: Math.min(input.MaxKeys, this.most) } as never });
        },
      { step: 'initialize' },
    );
    onTestFinished(() => this.#s3.destroy());
  }

  static async create(hasVersions = true): Promise<Bucket> {
    const bucket = new Bucket();
    await bucket.#s3.send(new CreateBucketCommand({ Bucket: bucket.#name }));
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    if (hasVersions)
      await bucket.#s3.send(new PutBucketVersioningCommand({ Bucket: bucket.#name, VersioningConfiguration }));
    return bucket;
  }

  async put(keys: readonly string[], content = (key: string) => key): Promise<void> {
    const put = async (Key: string) =>
      await this.#s3.send(new PutObjectCommand({ Bucket: this.#name, Key, Body: content(Key) }));
    await pMap(keys, put, { concurrency: 8 });
  }

  async remove(keys: readonly string[]): Promise<void> {
    for (const Key of keys) await this.#s3.send(new DeleteObjectCommand({ Bucket: this.#name, Key }));
  }

  /** Lists the latest versions, and compares each with a look at it. */
  async latest(keys: readonly string[]): Promise<Map<string, LatestVersion | null>> {
    const all = new Map<string, LatestVersion | null>();
    for await (const page of this.objects.latest(keys)) for (const [key, version] of page) all.set(key, version);
    for (const [key, version] of all) {
      const head = await this.objects.head(key);
      if (version === null) expect(head, key).toBeNull();
      else expect(head, key).toMatchObject(version);
    }
    return all;
  }
}

function denied(): S3ServiceException {
  const $metadata = { httpStatusCode: 403 };
  return new S3ServiceException({ name: 'AccessDenied', message: 'Access Denied', $fault: 'client', $metadata });
}

const numbered = (start: string, count: number): string[] =>
  Array.from({ length: count }, (_, n) => `${start}${String(n).padStart(3, '0')}.json`);

const ODD = [
  ...['a', 'a/', 'a/b', 'a b', 'a b+c%20', 'a%', 'a+', 'a=1&b=2', 'a"<>', 'a\tb', 'A', '~', '~~', '!', ' ', '  '],
  ...['é', 'e\u0301', '\u{FB01}', '\u{FFEE}', '\u{1F600}', '\u{1F600}/x', '\u{1F601}', '中', '中文', 'zz', '\u007f'],
];

it('of keys of any characters, and of some that others begin with', async () => {
  const bucket = await Bucket.create();
  const keys = [...ODD, ...numbered('x ', 20)];
  await bucket.put([...keys, ...keys.map(key => `${key}!beside`)]);
  expect([...(await bucket.latest(keys)).keys()].sort()).toEqual([...keys].sort());
  expect(bucket.listed).toHaveLength(1);
});

it('where pages break anywhere, among the versions of a key too', async () => {
  const bucket = await Bucket.create();
  const keys = [...ODD, ...numbered('n/', 20)];
  for (const round of ['first', 'second', 'third']) await bucket.put(keys, key => `${round} ${key}`);
  bucket.most = 7;
  const found = await bucket.latest(keys);
  expect(keys.length - found.size).toBeLessThan(16);
  expect(bucket.listed.length).toBeGreaterThan(5);
});

it('one whose latest version is a delete marker is gone, and one that was put again is not', async () => {
  const bucket = await Bucket.create();
  const keys = numbered('', 30);
  await bucket.put(keys);
  await bucket.remove(keys.slice(0, 10));
  await bucket.put(keys.slice(5, 10), key => `again ${key}`);
  const found = await bucket.latest([...keys, 'never-put']);
  expect(found.size).toBe(30);
  expect([...found].filter(([, version]) => version === null).map(([key]) => key)).toEqual(keys.slice(0, 5));
});

it('in a bucket without versions, no version has an id and nothing is said of what was deleted', async () => {
  const bucket = await Bucket.create(false);
  const keys = numbered('', 30);
  await bucket.put(keys);
  await bucket.remove(keys.slice(0, 5));
  const found = await bucket.latest(keys);
  expect([...found.keys()].sort()).toEqual(keys.slice(5));
  expect([...found.values()].every(version => version?.versionId === undefined)).toBe(true);
});

it('of keys that lie far apart nothing, after one page', async () => {
  const bucket = await Bucket.create();
  const keys = numbered('', 400);
  await bucket.put(keys);
  expect(await bucket.latest(keys.slice(0, 15))).toEqual(new Map());
  expect(bucket.listed).toEqual([]);
  bucket.most = 60;
  const found = await bucket.latest(keys.filter((_, n) => n % 24 === 0));
  expect(found.size).toBeLessThan(4);
  expect(bucket.listed).toHaveLength(1);
});

it('nothing where the listing is not allowed, and it is not tried again', async () => {
  const bucket = await Bucket.create();
  const keys = numbered('', 20);
  await bucket.put(keys);
  bucket.isDenied = true;
  expect(await bucket.latest(keys)).toEqual(new Map());
  bucket.isDenied = false;
  expect(await bucket.latest(keys)).toEqual(new Map());
  expect(bucket.listed).toHaveLength(1);
});
