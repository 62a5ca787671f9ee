import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isIgnoredKey } from '../../files/keys/ignored-key.ts';
import { isTemporaryFile } from './temporary-file.ts';

/**
 * Lists the keys of a folder's files in the order of their UTF-8 bytes, as a bucket does, leaving out what is no data by its name, unless
 * that is asked for by name. Doesn't go into linked folders.
 *
 * @param after the key after which to begin; empty: the first
 * @param prefix what the keys begin with
 */
export async function* walk(root: string, after: string, prefix: string): AsyncGenerator<string> {
  const start = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  for await (const key of below(root, '', Buffer.from(after), start)) if (key.startsWith(prefix)) yield key;
}

interface Entry {
  /** Of a folder: with `/` at its end, by which its files are in order with files beside it. */
  readonly key: string;
  readonly bytes: Buffer;
  readonly isFolder: boolean;
}

/** @param start the folder that was asked for: others aren't gone into */
async function* below(root: string, prefix: string, after: Buffer, start: string): AsyncGenerator<string> {
  const entries = (await entriesOf(join(root, prefix), prefix, start)).filter(({ bytes, isFolder }) => {
    // A folder may have keys after it if it is after it, or what it is in.
    const isAfter = Buffer.compare(bytes, after) > 0;
    return isAfter || (isFolder && after.subarray(0, bytes.length).equals(bytes));
  });
  entries.sort((a, b) => Buffer.compare(a.bytes, b.bytes));
  for (const { key, isFolder } of entries) {
    if (isFolder) yield* below(root, key, after, start);
    else yield key;
  }
}

async function entriesOf(folder: string, prefix: string, start: string): Promise<Entry[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(error => {
    // Gone meanwhile; but the folder itself must be there: an unmounted disk isn't an empty one.
    if (prefix !== '' && error.code === 'ENOENT') return [] as Dirent[];
    throw error;
  });
  return entries.flatMap(entry => {
    const isFolder = entry.isDirectory();
    if (!isFolder && !entry.isFile() && !entry.isSymbolicLink()) return [];
    const key = `${prefix}${entry.name}${isFolder ? '/' : ''}`;
    if (isFolder && start.startsWith(key)) return [{ key, bytes: Buffer.from(key), isFolder }];
    if (!key.startsWith(start)) return [];
    const name = key.slice(start.length);
    // Asked with a file's name: a folder by itself is no key.
    if (isFolder ? isIgnoredKey(`${name}file`) : isIgnoredKey(name) || isTemporaryFile(name)) return [];
    return [{ key, bytes: Buffer.from(key), isFolder }];
  });
}
