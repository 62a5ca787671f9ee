import type { OwnFormat } from '../file-format.ts';
import { DEFAULT_MAX_RECORD_BYTES } from '../limits.ts';
import { collect } from './collect.ts';

/**
 * The whole object as one record `{ bytes }`, a `Uint8Array`, also an empty one. Only for sources that say so. It is
 * unpacked if its name or headers say that it is compressed, unless the source says `compression: 'none'`. At most
 * `maxRecordBytes` (16 MiB).
 */
export const bytes: OwnFormat<{ readonly bytes: Uint8Array<ArrayBuffer> }> = {
  extensions: [],
  contentTypes: [],
  options: {},
  binary: true,
  async *read(body, { maxRecordBytes = DEFAULT_MAX_RECORD_BYTES }) {
    yield [{ line: 1, value: { bytes: await collect(body, maxRecordBytes, 'maxRecordBytes') } }];
  },
};
