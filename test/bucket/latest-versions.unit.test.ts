/** Promise: the latest versions of many keys are found in few pages, and a listing that shows little else than other keys ends. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { latestOf, type PageOfVersions, type ShownVersions } from '../../lib/bucket/latest-versions.ts';
import type { LatestVersion } from '../../lib/files/object-store.ts';

/** Lists versions as S3 does. @param versions of each key how many there are @param most versions on a page */
function listing(versions: ReadonlyMap<string, number>, most = 1_000) {
  const keys = [...versions.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const all = keys.flatMap(key => Array.from({ length: versions.get(key) ?? 0 }, (_, old) => ({ key, old })));
  const pages: PageOfVersions[] = [];
  const list = async (page: PageOfVersions): Promise<ShownVersions> => {
    pages.push(page);
    const { prefix, after, limit } = page;
    // No call takes half of a surrogate pair, and not every store one key that doesn't begin as all must.
    expect(after.isWellFormed() && (after === '' || after.startsWith(prefix))).toBe(true);
    const isIn = (key: string) => key.startsWith(prefix) && Buffer.compare(Buffer.from(key), Buffer.from(after)) > 0;
    const rest = all.filter(({ key }) => isIn(key));
    const shown = rest.slice(0, Math.min(limit, most));
    return {
      latest: new Map(shown.filter(({ old }) => old === 0).map(({ key }) => [key, latest(key)])),
      count: shown.length,
      last: shown.length < rest.length ? (shown.at(-1)?.key ?? null) : null,
    };
  };
  return { pages, list };
}

const latest = (key: string): LatestVersion => ({ etag: `"${key}"`, versionId: `of ${key}`, size: 1 });

async function found(keys: readonly string[], { list }: ReturnType<typeof listing>): Promise<string[]> {
  const all: string[] = [];
  for await (const page of latestOf(keys, list)) {
    for (const [key, version] of page) {
      expect(version).toEqual(latest(key));
      all.push(key);
    }
  }
  return all;
}

const numbered = (start: string, count: number): string[] =>
  Array.from({ length: count }, (_, n) => `${start}${String(n).padStart(5, '0')}.json`);

const once = (keys: readonly string[]) => new Map(keys.map(key => [key, 1]));

it('keys side by side are found a thousand a page, in whichever order they are asked for', async () => {
  const keys = numbered('a/', 2_500);
  const bucket = listing(once([...numbered('A/', 50), ...keys, ...numbered('b/', 50)]));
  expect((await found([...keys].reverse(), bucket)).sort()).toEqual(keys);
  expect(bucket.pages).toHaveLength(3);
  expect(bucket.pages[0]).toMatchObject({ prefix: 'a/0' });
});

it('keys are in the order of their bytes, which is not that of texts', async () => {
  const keys = ['\u{FFEE}', '\u{1F600}'].flatMap(start => numbered(start, 20));
  expect(await found(keys, listing(once(keys)))).toEqual(keys);
  const signs = Array.from({ length: 30 }, (_, n) => `a/${String.fromCodePoint(0x1f600 + n)}`);
  expect(await found(signs, listing(once(signs)))).toEqual(signs);
});

it('the first key may be what all begin with', async () => {
  const keys = ['a', ...numbered('a', 20)];
  expect(await found(keys, listing(once(keys)))).toEqual(keys);
});

it('a page begins at the next key that is asked for, not where the last one ended', async () => {
  const far = [...numbered('a/', 300), ...numbered('z/', 300)];
  const bucket = listing(once([...far, ...numbered('m/', 20_000)]));
  expect(await found(far, bucket)).toEqual(far);
  expect(bucket.pages).toHaveLength(2);
});

it('few keys, and sparse ones, are not listed to the end', async () => {
  const many = numbered('a/', 20_000);
  const few = listing(once(many));
  expect(await found(many.slice(0, 15), few)).toEqual([]);
  expect(few.pages).toEqual([]);
  const sparse = listing(once(many));
  await found(
    many.filter((_, n) => n % 25 === 0),
    sparse,
  );
  expect(sparse.pages).toHaveLength(1);
});

it('keys with many old versions are not listed to the end', async () => {
  const keys = numbered('a/', 100);
  const bucket = listing(new Map(keys.map(key => [key, 500])));
  expect(await found(keys, bucket)).toEqual(keys.slice(0, 2));
  expect(bucket.pages).toHaveLength(1);
});

it('of 16 keys a page shows no more than 160', async () => {
  const keys = numbered('a/', 1_000);
  const bucket = listing(once(keys));
  await found(keys.slice(0, 16), bucket);
  expect(bucket.pages).toMatchObject([{ limit: 160 }]);
});

it('whatever keys there are and wherever pages break, what is found was asked for and each is found once', async () => {
  const character = fc.constantFrom(
    '!',
    '0',
    '1',
    '9',
    '/',
    'a',
    'b',
    '~',
    ' ',
    '%',
    '+',
    'é',
    '\u{FFEE}',
    '\u{1F600}',
  );
  const key = fc.array(character, { minLength: 1, maxLength: 5 }).map(characters => characters.join(''));
  const bucket = fc.array(fc.tuple(key, fc.integer({ min: 1, max: 4 })), { minLength: 40, maxLength: 300 });
  await fc.assert(
    fc.asyncProperty(bucket, fc.integer({ min: 5, max: 60 }), fc.nat(2), async (versions, most, left) => {
      const all = new Map(versions);
      const asked = [...all.keys()].filter((_, n) => left === 0 || n % 3 !== left);
      const bucketOf = listing(all, most);
      const got = await found([...asked, 'never put'], bucketOf);
      expect(new Set(got).size).toBe(got.length);
      expect(asked).toEqual(expect.arrayContaining(got));
      // Four versions of a key are not many, so where all are asked for the listing goes on until few are left.
      if (left === 0) expect(asked.length - got.length).toBeLessThan(16);
    }),
  );
});
