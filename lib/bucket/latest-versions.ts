import type { LatestVersion } from '../files/object-store.ts';

/** Versions on a page: S3 lists no more. */
const PAGE = 1_000;

/** Keys for which a listing is worth its price: S3 charges as much for it as for twelve or thirteen looks. */
const FEWEST = 16;

/**
 * Versions that a listing may show for each key that is asked for: pages come one after the other, while looks are made side by side, and
 * parsing more would take longer, too.
 */
const SHOWN_A_KEY = 10;

/** Where a page of versions begins, and what it holds. */
export interface PageOfVersions {
  /** What all keys begin with. */
  readonly prefix: string;
  /** The key after which it begins; empty: with the first. */
  readonly after: string;
  readonly limit: number;
}

/** What a page of versions shows. */
export interface ShownVersions {
  readonly latest: ReadonlyMap<string, LatestVersion | null>;
  /** Versions and delete markers on it, old ones too. */
  readonly count: number;
  /** The last key on it; null: nothing comes after the page. */
  readonly last: string | null;
}

/**
 * Finds the latest versions of many keys by listing a bucket's versions, a page at a time. From where keys lie too far apart, or have
 * too many old versions, they are left out.
 *
 * @param list lists keys in the order of their UTF-8 bytes, and the latest version of a key first
 */
export async function* latestOf(
  keys: readonly string[],
  list: (page: PageOfVersions) => Promise<ShownVersions>,
): AsyncGenerator<ReadonlyMap<string, LatestVersion | null>> {
  // Not every store encodes the names that it lists, and plain XML makes one line break of another.
  const asked = inOrder([...new Set(keys)].filter(key => !/[\r\n]/.test(key)));
  const prefix = sharedStart(asked[0] ?? '', asked.at(-1) ?? '');
  let end = '';
  for (let next = 0; asked.length - next >= FEWEST; ) {
    const limit = Math.min(PAGE, SHOWN_A_KEY * (asked.length - next));
    const near = before(asked[next] as string, prefix);
    const { latest, count, last } = await list({ prefix, after: order(near, end) > 0 ? near : end, limit });
    const wanted = new Set(asked.slice(next));
    const found = new Map([...latest].filter(([key]) => wanted.has(key)));
    yield found;
    if (last === null || found.size === 0 || found.size * SHOWN_A_KEY < count) return;
    // A page may end among the versions of a key: its latest was the first of them.
    const following = asked.findIndex((key, index) => index >= next && order(key, last) > 0);
    if (following <= next) return;
    [next, end] = [following, last];
  }
}

function inOrder(keys: readonly string[]): string[] {
  const bytes = keys.map(key => [key, Buffer.from(key)] as const);
  return bytes.sort(([, a], [, b]) => Buffer.compare(a, b)).map(([key]) => key);
}

function order(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function sharedStart(one: string, other: string): string {
  const [characters, others] = [[...one], [...other]];
  const end = characters.findIndex((character, index) => character !== others[index]);
  return end === -1 ? one : characters.slice(0, end).join('');
}

/**
 * Returns a key that comes just before another: a listing begins after the key that it is given. It may be a key that is there, and
 * of those in between there are few.
 */
function before(key: string, prefix: string): string {
  if (key === prefix) return '';
  const start = [...key].slice(0, -1).join('');
  const last = key.slice(start.length);
  return /^[!-~]$/.test(last) ? `${start}${String.fromCharCode(last.charCodeAt(0) - 1)}~` : start;
}
