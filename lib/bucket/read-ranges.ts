import { ObjectReplacedError, type ObjectStore, type VersionName } from '../files/object-store.ts';

/** Bytes of a version, the end not included. */
export type ByteRange = readonly [start: number, end: number];

/** Bytes between two ranges that are read as well, rather than asked for apart. */
const GAP = 64 * 1024;

/** Bytes that come in the time that a request takes: so much of what isn't wanted may be read along for each that is saved. */
const BYTES_OF_REQUEST = 1024 * 1024;

/**
 * Reads ranges of a version, in their order: near ones at once, and all of the version where they are many, or where all comes anyway.
 *
 * @param size bytes of the version
 * @param ranges in order, none within another
 * @throws ObjectReplacedError if the version is gone
 */
export async function* readRanges(
  objects: ObjectStore,
  key: string,
  version: VersionName,
  size: number,
  ranges: readonly ByteRange[],
): AsyncGenerator<Uint8Array> {
  const requests = joined(ranges);
  const isMany = requests.length * BYTES_OF_REQUEST > size;
  for (const [start, end] of requests) {
    const rest = ranges.filter(([from]) => from >= start);
    if (isMany || objects.givesWhole === true) return yield* cut(await whole(objects, key, version), 0, rest);
    yield* cut(
      [await objects.readRange(key, version, start, end)],
      start,
      rest.filter(([, to]) => to <= end),
    );
  }
}

/** Bytes of a request: they are in memory at once. */
const MOST_BYTES = 8 * 1024 * 1024;

/** Joins ranges that are near each other. */
function joined(ranges: readonly ByteRange[]): ByteRange[] {
  const requests: [start: number, end: number][] = [];
  for (const [start, end] of ranges) {
    const last = requests.at(-1);
    if (last !== undefined && start - last[1] < GAP && end - last[0] <= MOST_BYTES) last[1] = end;
    else requests.push([start, end]);
  }
  return requests;
}

async function whole(objects: ObjectStore, key: string, version: VersionName): Promise<AsyncIterable<Uint8Array>> {
  const answer = await objects.read(key, version);
  if (answer === null)
    throw new ObjectReplacedError(`${objects.bucket}/${key} has no version ${version.versionId} any more`);
  return answer.body;
}

/** Returns ranges of what comes in parts, and reads no further. @param at place of the first byte */
export async function* cut(
  parts: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  at: number,
  ranges: readonly ByteRange[],
): AsyncGenerator<Uint8Array> {
  let next = 0;
  let start = at;
  for await (const part of parts) {
    const end = start + part.length;
    for (; next < ranges.length; next += 1) {
      const [from, to] = ranges[next] as ByteRange;
      if (from >= end) break;
      yield part.subarray(Math.max(from, start) - start, Math.min(to, end) - start);
      if (to > end) break;
    }
    if (next === ranges.length) return;
    start = end;
  }
}
