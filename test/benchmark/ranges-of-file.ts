import { statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { RangedFile } from '../../lib/files/file-format.ts';

/** A file on the disk, by ranges. */
export function rangesOfFile(path: string): RangedFile {
  const handle = open(path);
  return {
    size: statSync(path).size,
    read: async (start, end) => {
      const bytes = new Uint8Array(end - start);
      await (await handle).read(bytes, 0, bytes.length, start);
      return bytes;
    },
  };
}
