import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { type FSWatcher, watch } from 'chokidar';
import { isTemporaryFile } from '../../bucket/folder/temporary-file.ts';
import { isIgnoredKey } from '../../files/keys/ignored-key.ts';
import { lakeTableOf } from '../../files/keys/lake-table.ts';
import type { Changes } from './changes.ts';

/** A file counts as written when its size hasn't changed for so many milliseconds: half of a file would be rejected. */
const WRITTEN = { stabilityThreshold: 150, pollInterval: 50 };

/** Milliseconds after which what a watcher may have missed is looked for: longer than a file takes to count as written. */
const MISSED_MS = 1_000;

/**
 * Watches the files of a folder. What is missed is found by the next look at all of them, or sooner: a file that is gone again before it counted
 * as written, and the first files of a new folder. Resolves when it watches.
 */
export async function watchFolder(folder: string, changes: Changes): Promise<FSWatcher> {
  const keyOf = (path: string): string => relative(folder, path).split(sep).join('/');
  const ignored = (path: string): boolean => {
    const key = keyOf(path);
    // A table's log decides about the files beside it.
    return key !== '' && lakeTableOf(`${key}/x`) === null && (isIgnoredKey(key) || isTemporaryFile(key));
  };
  /** Not of a file that is being written: its end is seen. */
  const addFilesOf = async (path: string): Promise<void> => {
    const names = await readdir(path, { withFileTypes: true }).catch(() => []);
    for (const file of names.filter(name => name.isFile()).map(({ name }) => join(path, name))) {
      const written = await stat(file).catch(() => null);
      if (written === null || ignored(file)) continue;
      if (Date.now() - written.mtimeMs < WRITTEN.stabilityThreshold) return lookAgain(() => void addFilesOf(path));
      changes.add(keyOf(file));
    }
  };
  const watcher = watch(folder, { ignored, ignoreInitial: true, followSymlinks: false, awaitWriteFinish: WRITTEN });
  for (const event of ['add', 'change', 'unlink'] as const) watcher.on(event, path => changes.add(keyOf(path)));
  watcher.on('unlink', path => lookAgain(() => existsSync(path) || changes.add(keyOf(path))));
  watcher.on('addDir', path => lookAgain(() => void addFilesOf(path)));
  watcher.on('unlinkDir', path => path === folder && changes.addAll());
  watcher.on('error', () => changes.addAll());
  await new Promise<void>(resolve => watcher.once('ready', () => resolve()));
  return watcher;
}

function lookAgain(look: () => unknown): void {
  setTimeout(look, MISSED_MS).unref();
}

/** Watches the files of a flow: their folders, for editors put a new file in the place of the old one. */
export function watchFlow(files: readonly string[], changes: Changes): FSWatcher {
  const names = new Set(files.map(file => basename(file)));
  const watcher = watch([...files], { ignoreInitial: true, awaitWriteFinish: WRITTEN, atomic: true });
  return watcher.on('all', (_, path) => {
    if (names.has(basename(path))) changes.addFlow();
  });
}
