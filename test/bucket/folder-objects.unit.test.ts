/** Threat: files of a folder change while they are read, lead elsewhere, or aren't data. */
import { link, mkdir, mkdtemp, open, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FolderObjects } from '../../lib/bucket/folder/folder-objects.ts';
import { objectStoreContract } from './object-store-contract.ts';

let base: string;
let root: string;
let objects: FolderObjects;

async function openFolder(): Promise<void> {
  base = await mkdtemp(join(tmpdir(), 'graphdrop-folder-'));
  root = join(base, 'data');
  await mkdir(root);
  objects = new FolderObjects(root);
}

async function put(key: string, body: string | Uint8Array): Promise<void> {
  await mkdir(dirname(join(root, key)), { recursive: true });
  await writeFile(join(root, key), body);
}

beforeEach(openFolder);
afterEach(() => rm(base, { recursive: true }));

objectStoreContract(async () => ({ objects, put, remove: key => rm(join(root, key), { force: true }) }), {
  keeps: 'the present content only',
});

const keysOf = async () => (await objects.list('', 100)).objects.map(({ key }) => key);

it('a file that is written to while it is read is refused, as a replaced object is', async () => {
  await put('a', Buffer.alloc(2_000_000, 'a'));
  const answer = await objects.read('a');
  if (answer === null) throw new Error('not there');
  const chunks = answer.body[Symbol.asyncIterator]();
  await chunks.next();
  const file = await open(join(root, 'a'), 'r+');
  await file.write('b', 1_500_000);
  await file.close();
  const rest = async () => {
    for (let next = await chunks.next(); next.done !== true; next = await chunks.next());
  };
  await expect(rest()).rejects.toMatchObject({ code: 'OBJECT_REPLACED' });
  await expect(objects.readRange('a', answer, 0, 1)).rejects.toMatchObject({ code: 'OBJECT_REPLACED' });
});

it('a file that another is renamed over is read to its end as it was', async () => {
  await put('a', Buffer.alloc(2_000_000, 'a'));
  const answer = await objects.read('a');
  if (answer === null) throw new Error('not there');
  const body = answer.body[Symbol.asyncIterator]();
  const { value: first } = await body.next();
  await put('other', 'short');
  await rename(join(root, 'other'), join(root, 'a'));
  const rest = await buffer({ [Symbol.asyncIterator]: () => body });
  expect(Buffer.concat([first, rest]).equals(Buffer.alloc(2_000_000, 'a'))).toBe(true);
  expect((await objects.head('a'))?.size).toBe(5);
});

it('content of the same size and time is told apart, if it was written shortly before', async () => {
  await put('a', 'one');
  const before = await objects.head('a');
  const { atime, mtime } = await stat(join(root, 'a'));
  await put('a', 'two');
  await utimes(join(root, 'a'), atime, mtime);
  expect((await objects.head('a'))?.etag).not.toBe(before?.etag);
});

it('content of the same size is told apart, however fast it changes: times of files count in steps', async () => {
  for (let n = 100; n < 400; n += 2) {
    await put('a', `${n}`);
    const before = await objects.head('a');
    await put('a', `${n + 1}`);
    expect((await objects.head('a'))?.etag).not.toBe(before?.etag);
  }
});

it('links are followed inside of the folder, and refused where they lead out of it', async () => {
  await put('a', 'a');
  await writeFile(join(base, 'secret'), 'secret');
  await symlink('a', join(root, 'inside'));
  await symlink('../secret', join(root, 'outside'));
  await symlink(base, join(root, 'folder'));
  await symlink('nowhere', join(root, 'dangling'));
  await symlink('loop', join(root, 'loop'));
  await link(join(root, 'a'), join(root, 'hard'));
  expect((await objects.head('inside'))?.etag).toBe((await objects.head('a'))?.etag);
  const denied = { code: 'OBJECT_UNREADABLE', reason: 'denied', message: expect.stringContaining('outside of') };
  await expect(objects.read('outside')).rejects.toMatchObject(denied);
  await expect(objects.head('folder/secret')).rejects.toMatchObject(denied);
  await expect(objects.head('loop')).rejects.toMatchObject({ code: 'OBJECT_UNREADABLE' });
  expect(await objects.head('dangling')).toBeNull();
  expect(await keysOf()).toEqual(['a', 'folder', 'hard', 'inside', 'loop', 'outside']);
});

it.each(['../secret', 'a/../../secret', '/secret', './a', 'a//b', 'a/', '', 'a\0b', 'x'.repeat(5000)])(
  'the key %j names no file',
  async key => {
    await put('a', 'a');
    await writeFile(join(base, 'secret'), 'secret');
    expect(await objects.head(key)).toBeNull();
    expect(await objects.read(key)).toBeNull();
  },
);

it('hidden and temporary files, and what isn’t a file, are no objects', async () => {
  const temporary = ['a.csv~', '.a.csv.swp', 'a.csv.tmp', '#a.csv#', '4913', 'b/~$a.csv', 'a.csv.crdownload', 'a.part'];
  for (const key of ['a.csv', 'b/c.csv', '.git/config', '_tmp/x', '.hidden', ...temporary]) await put(key, key);
  await mkdir(join(root, 'empty'));
  expect(await keysOf()).toEqual(['a.csv', 'b/c.csv']);
  for (const key of ['a.csv~', 'b/~$a.csv', 'empty', 'b']) expect(await objects.head(key)).toBeNull();
});

it('a folder that is gone is an error, not an empty one', async () => {
  await rm(root, { recursive: true });
  await expect(objects.list('', 10)).rejects.toThrow('ENOENT');
});
