import type { RangedFile } from '../files/file-format.ts';
import type { ObjectHead, ObjectStore } from '../files/object-store.ts';

/**
 * The bytes of one version of an object, by ranges. Every request names its ETag: parts of two versions never come
 * together. @throws ObjectReplacedError
 */
export function rangesOf(objects: ObjectStore, key: string, version: ObjectHead): RangedFile {
  return {
    size: version.size,
    read: async (start, end) => {
      // A copy has memory of its own.
      return end <= start ? new Uint8Array(0) : Uint8Array.from(await objects.readRange(key, version, start, end));
    },
  };
}

/** The whole of that version, asked for when the first byte is. @throws ObjectReplacedError */
export async function* wholeOf(objects: ObjectStore, key: string, version: ObjectHead): AsyncGenerator<Uint8Array> {
  const answer = await objects.read(key, version);
  if (answer !== null) yield* answer.body;
}
