import { ContentError } from '../content-error.ts';
import type { OwnFormat } from '../file-format.ts';
import { DEFAULT_MAX_RECORD_BYTES } from '../limits.ts';
import { withoutBom } from '../utf8.ts';
import { collect } from './collect.ts';

/**
 * The whole object as one record `{ text }`, also an empty one. UTF-8, strictly; a byte order mark at the start is
 * skipped. Only for sources that say so: no name and no content type means it. At most `maxRecordBytes` (16 MiB).
 */
export const text: OwnFormat<{ readonly text: string }> = {
  extensions: [],
  contentTypes: [],
  options: {},
  async *read(bytes, { maxRecordBytes = DEFAULT_MAX_RECORD_BYTES }) {
    const whole = await collect(withoutBom(bytes, true), maxRecordBytes, 'maxRecordBytes');
    yield [{ line: 1, value: { text: decoded(whole) } }];
  },
};

function decoded(whole: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(whole);
  } catch (cause) {
    if (cause instanceof TypeError) throw new ContentError('the object is not valid UTF-8', undefined, { cause });
    throw cause;
  }
}
