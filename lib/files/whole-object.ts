import { ContentError, DEFAULT_MAX_RECORD_BYTES, type FileFormat } from '../graph/record-reader.ts';
import { withoutBom } from './utf8.ts';

/**
 * The whole object as one record `{ text }`, also an empty one. UTF-8, strictly; a byte order mark at the start is
 * skipped. Only for sources that say so: no name and no content type means it. At most `maxRecordBytes` (16 MiB).
 */
export const text: FileFormat = {
  extensions: [],
  contentTypes: [],
  async *read(bytes, { maxRecordBytes = DEFAULT_MAX_RECORD_BYTES }) {
    const whole = await collected(withoutBom(bytes), maxRecordBytes, 'maxRecordBytes');
    yield [{ line: 1, value: { text: decoded(whole) } }];
  },
};

/**
 * The whole object as one record `{ bytes }`, a `Uint8Array`, also an empty one. Only for sources that say so. It is
 * unpacked if its name or headers say that it is compressed, unless the source says `compression: 'none'`. At most
 * `maxRecordBytes` (16 MiB).
 */
export const bytes: FileFormat = {
  extensions: [],
  contentTypes: [],
  binary: true,
  async *read(body, { maxRecordBytes = DEFAULT_MAX_RECORD_BYTES }) {
    yield [{ line: 1, value: { bytes: await collected(body, maxRecordBytes, 'maxRecordBytes') } }];
  },
};

/** All bytes in one piece. @param option that limits them, for the message */
export async function collected(
  body: AsyncIterable<Uint8Array>,
  limit: number,
  option: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > limit) throw new ContentError(`the object is longer than ${limit} bytes (${option})`);
    chunks.push(chunk);
  }
  const whole = new Uint8Array(length);
  let place = 0;
  for (const chunk of chunks) {
    whole.set(chunk, place);
    place += chunk.length;
  }
  return whole;
}

function decoded(whole: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(whole);
  } catch (cause) {
    if (cause instanceof TypeError) throw new ContentError('the object is not valid UTF-8', undefined, { cause });
    throw cause;
  }
}
