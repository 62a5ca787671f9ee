/** The folder of downloads that local services need, filled once and shared by every run. */
import { randomBytes } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where downloads are kept: `GRAPHDROP_CACHE`, else a folder of the user's cache. Deleting it is safe: what is needed comes back. */
export function cacheDir(): string {
  const { GRAPHDROP_CACHE, XDG_CACHE_HOME } = process.env;
  return GRAPHDROP_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'graphdrop');
}

/**
 * Returns the folder `name` of the cache; fills it first if it isn't complete.
 *
 * `fill` writes to a temporary folder beside it, which is renamed when `fill` is done, so a folder under its own name
 * is always whole. Two processes may fill the same one at once: the first rename wins, the other's work is dropped.
 */
export async function cached(name: string, fill: (dir: string) => Promise<void>): Promise<string> {
  const dir = join(cacheDir(), name);
  const isComplete = (): boolean => existsSync(join(dir, 'complete'));
  if (isComplete()) return dir;

  const draft = join(cacheDir(), `${name}.${randomBytes(6).toString('hex')}.tmp`);
  const clear = () => rmSync(draft, { recursive: true, force: true });
  // A person may end the process while it downloads.
  process.once('exit', clear);
  try {
    await mkdir(draft, { recursive: true });
    await fill(draft);
    await writeFile(join(draft, 'complete'), '');
    await rename(draft, dir).catch(error => {
      if (!isComplete()) throw error;
    });
  } finally {
    process.off('exit', clear);
    await rm(draft, { recursive: true, force: true });
  }
  return dir;
}
