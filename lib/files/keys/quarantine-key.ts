import { contentHash } from '../../values/hash.ts';

/** What graphdrop itself writes to the bucket is under this prefix, which no source can match and no event comes of. */
export const RESULTS_PREFIX = '_graphdrop/';

/** Folder of the files that list the records a scope left out. @param scope `<context>@<database>` */
export function rejectedPrefix(scope: string): string {
  return `${RESULTS_PREFIX}${scope}/rejected/`;
}

/** Longest key that S3 takes, in UTF-8 bytes. */
const MAX_KEY_BYTES = 1024;

/** Key of the file that lists the records of an object that were left out; one that would be too long is a hash. */
export function rejectedKey(scope: string, key: string): string {
  const plain = `${rejectedPrefix(scope)}${key}.ndjson`;
  return Buffer.byteLength(plain) <= MAX_KEY_BYTES ? plain : `${rejectedPrefix(scope)}${contentHash(key)}.ndjson`;
}
