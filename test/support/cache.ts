/** Where this project is, and its git-ignored folder of downloads: filled once, shared by every run. */
import { join, resolve } from 'node:path';

/** The folder of this project. */
export const projectDir = resolve(import.meta.dirname, '..', '..');

/** Where downloads are kept. Deleting it is safe: what is needed comes back. */
export const cacheDir = join(projectDir, '.cache');

// What lib/cli/server fetches goes there, too.
process.env.GRAPHDROP_CACHE ??= cacheDir;
