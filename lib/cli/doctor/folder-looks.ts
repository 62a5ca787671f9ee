/** Looks at what only a folder has: the disk of this machine. */
import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { type Found, type Look, ok, wrong } from './finding.ts';

/** Bytes that state, server and temporary files may need at any moment. */
const LEAST_FREE = 1_000_000_000;

export const FOLDER_LOOKS: readonly Look[] = [['disk', lookAtDisk]];

/** State and server are in the workspace, rows of large files on their way in the temporary folder. */
async function lookAtDisk(): Promise<Found> {
  const free = await Promise.all([process.cwd(), tmpdir()].map(freeBytes));
  const text = `${inGigabytes(free[0])} free here, ${inGigabytes(free[1])} in ${tmpdir()}`;
  return free.every(bytes => bytes >= LEAST_FREE)
    ? ok(text)
    : wrong(text, 'Make room: state, the server and large files on their way need a gigabyte at least.');
}

async function freeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}

function inGigabytes(bytes = 0): string {
  return `${(bytes / 1_000_000_000).toFixed(1)} GB`;
}
