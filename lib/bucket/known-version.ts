import type { Source } from '../definition/flow.ts';
import { memoOf } from '../definition/memo-options.ts';
import { detectFormat } from '../files/detect-format.ts';
import type { ObjectHead } from '../files/object-store.ts';
import type { Scope } from '../scope.ts';
import type { ObjectEntry } from '../state/object-entry.ts';
import type { BlockList, BlockLists } from './block-list.ts';
import { trackedEntry } from './tracked-entry.ts';

/** Blocks of a file, about, up to the longest that they are; those of huge files are longer, for their lists to stay small. */
const BLOCKS = 128;
const SHORTEST = 64;
const LONGEST = 8 * 1024;
const LONGEST_OF_HUGE = 64 * 1024;
const HUGE = 256 * 1024 * 1024;

/** CSV is compared up to so many times `bytesReadByBlocks`: it has no blocks, so all of both versions is in memory. */
const MOST_OF_CSV = 8;

/** Average of an object that is not cut. */
export const ONE_BLOCK = 0;

/** Days after which an object is read whole once: half of these, as of those that results are kept. */
const DAYS = 60;

const DAY_MS = 86_400_000;

/** With what a version is compared: with what tracked state has, now or a moment ago, or with nothing. */
export type Compared = ObjectEntry | 'tracked' | 'nothing';

/** What is known of the version that tracked state has. */
export interface Known {
  readonly entry: ObjectEntry;
  readonly list: BlockList;
}

/** How lines are records: each of `json` is one or several, each of `csv` is one unless a quoted cell goes on in the next. */
export type LineFormat = 'json' | 'csv';

/** Returns how long blocks are on average, in bytes. */
export function averageOf({ limits }: Scope, size: number, format: LineFormat): number {
  if (size < limits.bytesReadByBlocks || format === 'csv') return ONE_BLOCK;
  if (size >= HUGE) return LONGEST_OF_HUGE;
  return Math.min(LONGEST, Math.max(SHORTEST, Math.round(size / BLOCKS)));
}

/** Tells how lines of an object are records; null: they aren't, or it is too small or too large to be compared, or the bucket has no versions. */
export function lineFormatOf(
  { limits }: Scope,
  { options }: Source,
  object: ObjectHead & { readonly key: string },
): LineFormat | null {
  const { size, versionId } = object;
  if (size < limits.bytesReadByLines || versionId === undefined || options.maxShrink !== undefined) return null;
  try {
    const { format, compression, contentEncoding } = detectFormat(object, options);
    if (compression !== 'none' || contentEncoding !== 'none') return null;
    if (format === 'ndjson') return 'json';
    if (format !== 'csv' && format !== 'tsv') return null;
    const { quote, escape: escaping, encoding, skipRows = 0 } = options;
    const isUsual = quote === undefined && escaping === undefined && encoding === undefined && skipRows === 0;
    return isUsual && size <= MOST_OF_CSV * limits.bytesReadByBlocks ? 'csv' : null;
  } catch {
    return null; // told where it is read
  }
}

/** Finds what is known of the version that tracked state has; null: too little to compare with it. */
export async function knownOf(
  scope: Scope,
  source: Source,
  object: ObjectHead & { readonly key: string },
  format: LineFormat,
  lists: BlockLists,
  compareWith: Exclude<Compared, 'nothing'>,
): Promise<Known | null> {
  const list = await lists.find(object.key);
  if (list === null) return null;
  const entry = compareWith === 'tracked' ? await trackedEntry(scope, object.key) : compareWith;
  const days = memoOf(source.options.memo)?.days ?? DAYS;
  const average = averageOf(scope, object.size, format);
  const isSame =
    // Results that are kept live by being used, and what changes with no sign of it is found in time.
    Date.now() - list.wholeAt < (days / 2) * DAY_MS &&
    (average === list.average || Math.max(average, list.average) < 4 * Math.min(average, list.average)) &&
    entry !== undefined &&
    entry.etag === list.etag &&
    entry.source === source.fingerprint &&
    entry.rows === list.declarations &&
    entry.contentType === object.contentType &&
    entry.contentEncoding === object.contentEncoding;
  return isSame ? { entry, list } : null;
}
