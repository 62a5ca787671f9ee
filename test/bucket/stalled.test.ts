/** Threat: S3 answers, and then nothing more comes; or it doesn't answer at all. */
import { randomUUID } from 'node:crypto';
import { type AddressInfo, connect, createServer } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateBucketCommand, PutObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { expect, inject, it, onTestFinished } from 'vitest';
import { S3Objects } from '../../lib/bucket/s3-objects.ts';
import { clientConfig } from '../support/aws-address.ts';

const BYTES = 4_000_000;

/** Stands before S3 and passes on so many bytes of each connection's answers, then none. */
async function stallingAfter(bytes: number): Promise<string> {
  const { hostname, port } = new URL(inject('services').miniStack.endpoint);
  const server = createServer(client => {
    const target = connect({ host: hostname, port: Number(port) });
    let left = bytes;
    client.pipe(target);
    target.on('data', chunk => {
      if (left > 0) client.write(chunk.subarray(0, left));
      left -= chunk.length;
    });
    for (const socket of [client, target]) socket.on('error', () => socket.destroy());
    client.on('close', () => target.destroy());
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A bucket with one object, and how it looks through a connection that stalls. */
async function objectBehind(bytes: number): Promise<{ readonly direct: S3Objects; readonly stalling: S3Objects }> {
  const config = { ...clientConfig(inject('services').miniStack), forcePathStyle: true };
  const s3 = new S3Client(config);
  const bucket = `stalled-${randomUUID()}`;
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'a', Body: Buffer.alloc(BYTES) }));
  const client = new S3Client({ ...config, endpoint: await stallingAfter(bytes), maxAttempts: 1 });
  onTestFinished(() => client.destroy());
  return { direct: new S3Objects(s3, bucket, 200), stalling: new S3Objects(client, bucket, 500) };
}

it('an object whose bytes stop coming is told as unreadable, and not for ever waited for', async () => {
  const { stalling } = await objectBehind(1_000_000);
  const answer = await stalling.read('a');
  if (answer === null) throw new Error('not there');
  const stalled = { code: 'OBJECT_UNREADABLE', reason: 'stalled', retryable: true };
  await expect(buffer(answer.body)).rejects.toMatchObject(stalled);
  await expect(stalling.readRange('a', answer, 0, BYTES)).rejects.toMatchObject(stalled);
});

it('a store that gives no answer is unavailable, whatever was asked', async () => {
  const { stalling } = await objectBehind(0);
  const unavailable = { code: 'STORE_UNAVAILABLE', retryable: true };
  await expect(stalling.head('a')).rejects.toMatchObject(unavailable);
  await expect(stalling.read('a')).rejects.toMatchObject(unavailable);
  await expect(stalling.list('', 10)).rejects.toMatchObject(unavailable);
});

it('a consumer may take its time, and may leave early', async () => {
  const { direct } = await objectBehind(0);
  const answer = await direct.read('a');
  let size = 0;
  for await (const chunk of answer?.body ?? []) {
    if (size === 0) await new Promise(resolve => setTimeout(resolve, 600));
    size += chunk.length;
  }
  expect(size).toBe(BYTES);
  for await (const _ of (await direct.read('a'))?.body ?? []) break;
  expect(await direct.head('a')).toMatchObject({ size: BYTES });
});

it.each([
  ['InvalidObjectState', 403, { code: 'OBJECT_UNREADABLE', reason: 'archived', retryable: false }],
  ['AccessDenied', 403, { code: 'OBJECT_UNREADABLE', reason: 'denied', retryable: false }],
  ['PreconditionFailed', 412, { code: 'OBJECT_REPLACED', retryable: true }],
  ['InternalError', 500, { code: 'STORE_UNAVAILABLE', retryable: true }],
  ['NoSuchBucket', 404, { name: 'NoSuchBucket' }],
])('S3’s %s is told by what it means', async (name, httpStatusCode, told) => {
  const client = new S3Client({ ...clientConfig(inject('services').miniStack), forcePathStyle: true });
  client.middlewareStack.add(
    () => async () => {
      const $fault = httpStatusCode < 500 ? 'client' : 'server';
      throw new S3ServiceException({ name, message: 'as S3 says it', $fault, $metadata: { httpStatusCode } });
    },
    { step: 'initialize' },
  );
  await expect(new S3Objects(client, 'bucket').read('a')).rejects.toMatchObject(told);
});

it('an answer that comes when nobody waits for it any more ends nothing else', async () => {
  const { direct } = await objectBehind(BYTES);
  const client = new S3Client({ ...clientConfig(inject('services').miniStack), forcePathStyle: true });
  onTestFinished(() => client.destroy());
  client.middlewareStack.add(
    next => async args => {
      const answer = await next(args);
      await sleep(400);
      return answer;
    },
    { step: 'initialize', name: 'late' },
  );
  const unheard: unknown[] = [];
  const hear = (error: unknown) => unheard.push(error);
  process.on('uncaughtException', hear);
  onTestFinished(() => void process.off('uncaughtException', hear));
  const unavailable = { code: 'STORE_UNAVAILABLE', retryable: true };
  await expect(new S3Objects(client, direct.bucket, 200).read('a')).rejects.toMatchObject(unavailable);
  await sleep(600);
  expect(unheard).toEqual([]);
});
