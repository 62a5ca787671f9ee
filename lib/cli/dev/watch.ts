import { basename, relative, sep } from 'node:path';
import { type FSWatcher, watch } from 'chokidar';
import { isTemporaryFile } from '../../bucket/folder/temporary-file.ts';
import { isIgnoredKey } from '../../files/keys/ignored-key.ts';
import { lakeTableOf } from '../../files/keys/lake-table.ts';
import type { Changes } from './changes.ts';

/** A file counts as written when its size hasn't changed for so many milliseconds: half of a file would be rejected. */
const WRITTEN = { stabilityThreshold: 150, pollInterval: 50 };

/** Watches the files of a folder. What is missed is found by the next look at all of them. Resolves when it watches. */
export async function watchFolder(folder: string, changes: Changes): Promise<FSWatcher> {
  const keyOf = (path: string): string => relative(folder, path).split(sep).join('/');
  const ignored = (path: string): boolean => {
    const key = keyOf(path);
    // A table's log decides about the files beside it.
    return key !== '' && lakeTableOf(`${key}/x`) === null && (isIgnoredKey(key) || isTemporaryFile(key));
  };
  const watcher = watch(folder, { ignored, ignoreInitial: true, followSymlinks: false, awaitWriteFinish: WRITTEN });
  for (const event of ['add', 'change', 'unlink'] as const) watcher.on(event, path => changes.add(keyOf(path)));
  watcher.on('error', () => changes.addAll());
  await new Promise<void>(resolve => watcher.once('ready', () => resolve()));
  return watcher;
}

/** Watches the files of a flow: their folders, for editors put a new file in the place of the old one. */
export function watchFlow(files: readonly string[], changes: Changes): FSWatcher {
  const names = new Set(files.map(file => basename(file)));
  const watcher = watch([...files], { ignoreInitial: true, awaitWriteFinish: WRITTEN, atomic: true });
  return watcher.on('all', (_, path) => {
    if (names.has(basename(path))) changes.addFlow();
  });
}
