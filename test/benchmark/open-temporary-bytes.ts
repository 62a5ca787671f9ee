import { readdirSync, readlinkSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';

/** Returns the bytes of temporary files that this process has open. Those without a name count, as a spool has none. Linux only: else 0. */
export function openTemporaryBytes(): number {
  return openFiles().reduce((sum, file) => sum + bytesOf(file), 0);
}

function openFiles(): string[] {
  try {
    return readdirSync('/proc/self/fd').map(fd => `/proc/self/fd/${fd}`);
  } catch {
    return [];
  }
}

function bytesOf(file: string): number {
  try {
    return readlinkSync(file).startsWith(`${tmpdir()}/`) ? statSync(file).size : 0;
  } catch {
    return 0; // closed meanwhile
  }
}
