import { constants } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { ObjectUnreadableError } from '../../files/object-store.ts';
import { isTemporaryFile } from './temporary-file.ts';

/** Errors that say that there is no such file. */
const MISSING = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ERR_INVALID_ARG_VALUE']);

/**
 * Opens the file of a key for reading; null: there is none.
 *
 * @throws ObjectUnreadableError where it may not be read, or is a link out of the folder
 */
export async function openInside(root: string, key: string): Promise<FileHandle | null> {
  if (isTemporaryFile(key)) return null;
  // What no file of the folder has as its path below it names none.
  if (key.split('/').some(part => part === '' || part === '.' || part === '..')) return null;
  const place = join(root, ...key.split('/'));
  try {
    const [folder, target] = await Promise.all([realpath(root), realpath(place)]);
    if (!target.startsWith(folder + sep)) {
      throw new ObjectUnreadableError(
        'denied',
        `${place} is a link to ${target}, outside of ${folder}: copy the file into the folder`,
      );
    }
    // Not blocking: opening a named pipe would wait for its writer.
    const file = await open(target, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    let isFile = false;
    try {
      isFile = (await file.stat()).isFile();
    } finally {
      if (!isFile) await file.close();
    }
    return isFile ? file : null;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (MISSING.has(code)) return null;
    if (code !== 'EACCES' && code !== 'EPERM' && code !== 'ELOOP') throw error;
    throw new ObjectUnreadableError('denied', `${place} can't be read (${code}): see to its permissions`, {
      cause: error,
    });
  }
}
