import { buffer } from 'node:stream/consumers';
import { beforeEach, describe, expect, it } from 'vitest';
import { type ListedVersion, ObjectReplacedError, type ObjectStore } from '../../lib/files/object-store.ts';

/** A store, and what people do to its objects. */
export interface ObjectsUnderTest {
  readonly objects: ObjectStore;
  put(key: string, body: string, headers?: { contentType?: string; contentEncoding?: string }): Promise<void>;
  /** Deletes an object; where it isn't there, leaves a delete marker nevertheless. */
  remove(key: string): Promise<void>;
}

/** Lists all versions of an object. */
export async function listedVersions(objects: ObjectStore, key: string, after?: string): Promise<ListedVersion[]> {
  const all: ListedVersion[] = [];
  for await (const version of objects.versions(key, after)) all.push(version);
  return all;
}

/** What a store has that not every one has. */
interface StoreTraits {
  /** Whether it keeps versions, and what it was told of an object's content. */
  readonly keeps: 'versions and headers' | 'the present content only';
}

/** What every store of objects must do, as its interface says. @param open gives an empty store */
export function objectStoreContract(
  open: () => Promise<ObjectsUnderTest>,
  { keeps }: StoreTraits = { keeps: 'versions and headers' },
): void {
  const keepsAll = keeps === 'versions and headers';
  let store: ObjectsUnderTest;
  let objects: ObjectStore;
  beforeEach(async () => {
    store = await open();
    objects = store.objects;
  });

  const text = async (key: string, version?: { versionId?: string; etag?: string }) => {
    const answer = await objects.read(key, version);
    return answer && (await buffer(answer.body)).toString();
  };

  const versionsOf = async (key: string, after?: string) => await listedVersions(objects, key, after);

  it('lists present objects in the order of keys, whatever is in a key, a page at a time', async () => {
    const keys = ['a b+c%20', 'a/1', 'a/10', 'a/2', 'a0', 'line\nend\r', 'z', 'é', '\u{FB01}', '\u{1F600}'];
    for (const key of [...keys].reverse()) await store.put(key, key);
    await store.put('gone', '');
    await store.remove('gone');
    const listed: string[] = [];
    const pages: number[] = [];
    for (let after: string | null = ''; after !== null; ) {
      const page = await objects.list(after, 3);
      listed.push(...page.objects.map(({ key }) => key));
      pages.push(page.objects.length);
      after = page.next;
    }
    expect(listed).toEqual(keys);
    expect(pages).toEqual([3, 3, 3, 1]);
    const below = async (after: string, limit: number, prefix: string) => {
      const page = await objects.list(after, limit, prefix);
      return [page.objects.map(({ key }) => key), page.next];
    };
    expect(await below('', 2, 'a/1')).toEqual([['a/1', 'a/10'], null]);
    expect(await below('', 1, 'a/1')).toEqual([['a/1'], 'a/1']);
    expect(await below('a/1', 3, 'a/1')).toEqual([['a/10'], null]);
    expect(await below('', 3, 'nothing')).toEqual([[], null]);
    await store.put('t/_log/0.json', 'of a folder that holds no data, asked for by name');
    expect(await below('', 1, 't/_log/')).toEqual([['t/_log/0.json'], null]);
    const [first] = (await objects.list('', 1)).objects;
    expect(first?.etag).toBe((await objects.head(first?.key ?? ''))?.etag);
  });

  it('tells what an object is without its content, and null where there is none', async () => {
    await store.put('a', 'text', { contentType: 'text/csv', contentEncoding: 'gzip' });
    const head = await objects.head('a');
    const headers = keepsAll
      ? { contentType: 'text/csv', contentEncoding: 'gzip' }
      : { contentType: '', contentEncoding: '' };
    expect(head).toMatchObject({ size: 4, ...headers });
    expect(await objects.read('a')).toMatchObject(head ?? {});
    expect(await objects.head('none')).toBeNull();
    expect(await objects.read('none')).toBeNull();
    await store.remove('a');
    expect(await objects.head('a')).toBeNull();
  });

  it('reads the present content, whole or a range, and no other in its place', async () => {
    await store.put('a', 'first version');
    const first = await objects.head('a');
    expect(await text('a')).toBe('first version');
    await store.put('a', 'other version');
    const second = await objects.head('a');
    if (first === null || second === null) throw new Error('not there');
    expect(second.etag).not.toBe(first.etag);
    expect(await text('a', { etag: second.etag })).toBe('other version');
    expect(Buffer.from(await objects.readRange('a', second, 2, 6)).toString()).toBe('her ');
    await expect(objects.read('a', { etag: first.etag })).rejects.toThrow(ObjectReplacedError);
    await expect(objects.readRange('a', { ...first, versionId: undefined }, 0, 1)).rejects.toThrow(ObjectReplacedError);
    await store.remove('a');
    await expect(objects.readRange('a', { ...second, versionId: undefined }, 0, 1)).rejects.toThrow(
      ObjectReplacedError,
    );
  });

  it('gives equal content the same ETag, wherever and whenever it is put', async () => {
    await store.put('a', 'content');
    const before = await objects.head('a');
    await store.put('a', 'other');
    await store.put('a', 'content');
    await store.put('b', 'content');
    expect((await objects.head('a'))?.etag).toBe(before?.etag);
    expect((await objects.head('b'))?.etag).toBe(before?.etag);
  });

  it.runIf(keepsAll)('reads an older version, whole or a range', async () => {
    await store.put('a', 'first version');
    const first = await objects.head('a');
    await store.put('a', 'second one');
    const second = await objects.head('a');
    if (first === null || second === null) throw new Error('not there');
    expect(first.etag).not.toBe(second.etag);
    expect(await text('a')).toBe('second one');
    const { versionId = '', etag } = first;
    expect(await text('a', { versionId })).toBe('first version');
    expect(await objects.head('a', versionId)).toEqual(first);
    expect(Buffer.from(await objects.readRange('a', second, 2, 6)).toString()).toBe('cond');
    expect(Buffer.from(await objects.readRange('a', first, 2, 6)).toString()).toBe('rst ');
    await expect(objects.read('a', { etag })).rejects.toThrow(ObjectReplacedError);
    await expect(objects.readRange('a', { etag, versionId: undefined }, 0, 1)).rejects.toThrow(ObjectReplacedError);
  });

  it.runIf(!keepsAll)('lists one version of an object, without an id', async () => {
    await store.put('a', '1');
    await store.put('a', '2');
    const head = await objects.head('a');
    expect(await versionsOf('a')).toEqual([{ etag: head?.etag, versionId: undefined, deleted: false }]);
    expect(await versionsOf('a', 'gone')).toEqual([]);
    expect(await objects.head('a', 'gone')).toBeNull();
    expect(await objects.read('a', { versionId: 'gone' })).toBeNull();
  });

  describe.runIf(keepsAll)('the versions of an object', () => {
    it('are listed newest first, with delete markers in their place among them', async () => {
      for (const content of ['1', '2', null, null, '3', null, '2', '4']) {
        if (content === null) await store.remove('a');
        else await store.put('a', content);
      }
      const all = await versionsOf('a');
      const contents = await Promise.all(
        all.map(async ({ versionId = '', deleted }) => (deleted ? null : await text('a', { versionId }))),
      );
      expect(contents).toEqual(['4', '2', null, '3', null, null, '2', '1']);
      expect(all.map(({ etag }) => etag !== '')).toEqual(contents.map(content => content !== null));
      expect(all[1]?.etag).toBe(all[6]?.etag);
      for (const [index, { versionId }] of all.entries())
        expect(await versionsOf('a', versionId)).toEqual(all.slice(index + 1));
    });

    it('are that object’s only, not of others whose keys begin with its key', async () => {
      await store.put('a', '1');
      await store.put('a/b', '2');
      await store.put('ab', '3');
      await store.put('a\n', '4');
      expect(await versionsOf('a')).toHaveLength(1);
      expect(await versionsOf('none')).toEqual([]);
    });
  });

  it('writes and deletes, and a delete of what isn’t there leaves nothing', async () => {
    await objects.write('_graphdrop/list', '{}\n', 'application/x-ndjson');
    const contentType = keepsAll ? 'application/x-ndjson' : '';
    expect(await objects.head('_graphdrop/list')).toMatchObject({ contentType, size: 3 });
    await objects.delete('_graphdrop/list');
    await objects.delete('_graphdrop/list');
    expect(await objects.head('_graphdrop/list')).toBeNull();
    expect(await versionsOf('_graphdrop/list')).toHaveLength(keepsAll ? 2 : 0);
  });
}
