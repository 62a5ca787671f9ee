/** Promise: explain names every object that declares a row, with the line, the winner and the reason, and every row of an object. */
import { describe, expect, it } from 'vitest';
import { ContextKey, flow } from '../../lib/index.ts';
import { UnknownTableError } from '../../lib/insight/asked-row.ts';
import { graphDiff } from '../../lib/insight/diff.ts';
import { explainObject } from '../../lib/insight/explain-object.ts';
import { explainRow } from '../../lib/insight/explain-row.ts';
import { TrackedWorld } from './tracked-world.ts';

const graph = false; // The database's part is in explain.test.ts.

describe('a row', () => {
  it('is told with its lines; the greatest key wins, and the next takes over', async () => {
    const world = new TrackedWorld();
    await world.drop('people/a.ndjson', [
      { id: 'x', name: 'X' },
      { id: 'ada', name: 'Ada', age: 36 },
    ]);
    await world.drop('people/b.ndjson', [
      { id: 'ada', name: 'A' },
      { id: 'y', name: 'Y' },
      { id: 'ada', name: 'Countess' },
    ]);
    const root = (await world.scope.head.read())?.root;
    await world.drop('people/c.ndjson', [{ id: 'z', name: 'Z' }]);
    const [ada, ...others] = await explainRow(world.scope, { name: 'Person_w', key: 'ada' }, { graph });
    expect(others).toEqual([]);
    expect(ada).toMatchObject({ table: '(:Person_w)', key: 'ada', owners: 2, reason: 'its key is the greatest' });
    expect(ada?.declaredBy).toMatchObject([
      { object: 'people/b.ndjson', lines: [1, 3], values: { name: '"Countess"' }, versionId: 'v2' },
      { object: 'people/a.ndjson', lines: [2], values: { name: '"Ada"', age: '36' }, versionId: 'v1' },
    ]);
    expect(ada?.declaredBy[0]?.applied).toMatch(/^\d{4}-/);
    expect(ada?.since?.root).toBe(root);
    await world.remove('people/b.ndjson');
    const [after] = await explainRow(world.scope, { name: 'Person_w', key: 'ada' }, { graph });
    expect(after).toMatchObject({ owners: 1, reason: 'no other object declares it' });
    expect(after?.declaredBy.map(({ object }) => object)).toEqual(['people/a.ndjson']);
  });

  it('with versions: the highest wins, and the reason has both', async () => {
    const world = new TrackedWorld();
    await world.drop('notes/a.ndjson', [{ id: 'n', rev: 10 }]);
    await world.drop('notes/b.ndjson', [{ id: 'n', rev: 9 }]);
    await world.drop('notes/c.ndjson', [{ id: 'n', rev: 10 }]);
    const [note] = await explainRow(world.scope, { name: 'Note_w', key: 'n' }, { graph });
    expect(note?.declaredBy.map(({ object, version }) => [object, version])).toEqual([
      ['notes/c.ndjson', '10'],
      ['notes/a.ndjson', '10'],
      ['notes/b.ndjson', '9'],
    ]);
    expect(note?.reason).toBe('its key is the greatest of those with the highest rev');
    await world.remove('notes/c.ndjson');
    const [before] = await explainRow(world.scope, { name: 'Note_w', key: 'n' }, { graph });
    expect(before?.reason).toBe('its rev is the highest: 10, before 9');
  });

  it('of more owners than are told is told with their number', async () => {
    const world = new TrackedWorld();
    const keys = Array.from({ length: 40 }, (_, n) => `people/${String(n).padStart(2, '0')}.ndjson`);
    for (const key of keys) world.put(key, [{ id: 'hub', name: key }]);
    await world.apply(keys);
    const [hub] = await explainRow(world.scope, { name: 'Person_w', key: 'hub' }, { graph, owners: 2 });
    expect(hub?.owners).toBe(40);
    expect(hub?.declaredBy.map(({ object }) => object)).toEqual(['people/39.ndjson', 'people/38.ndjson']);
  });

  it('is found by a key that spells a number, as number and as text', async () => {
    const world = new TrackedWorld();
    await world.drop('people/a.ndjson', [
      { id: 7, name: 'seven' },
      { id: '7', name: 'text' },
    ]);
    const found = await explainRow(world.scope, { name: 'Person_w', key: '7' }, { graph });
    expect(found.map(({ key }) => key)).toEqual([7n, '7']);
    expect(found.map(({ declaredBy }) => declaredBy[0]?.lines)).toEqual([[1], [2]]);
  });

  it('that is an edge is found by its ends, or by its own key', async () => {
    const world = new TrackedWorld();
    await world.drop('knows/k.ndjson', [
      { from: 'a', to: 1 },
      { from: 'a', to: 'b', id: 'own', since: 1815 },
    ]);
    const [derived] = await explainRow(world.scope, { name: 'KNOWS_w', ends: { from: 'a', to: '1' } }, { graph });
    expect(derived).toMatchObject({ ends: { from: 'a', to: 1n }, owners: 1, declaredBy: [{ lines: [1] }] });
    const [own] = await explainRow(world.scope, { name: 'KNOWS_w', key: 'own' }, { graph });
    expect(own).toMatchObject({ key: 'own', ends: { from: 'a', to: 'b' }, declaredBy: [{ lines: [2] }] });
  });

  it('that its winner declares absent is told as such, by plan and object as well', async () => {
    const world = new TrackedWorld(
      flow(new ContextKey('w'), graph => {
        const item = graph.nodeTable<{ id: string; rev: number }>('Item', { versionBy: 'rev' });
        graph.source('items/*.ndjson', {}, record => {
          const { id, rev, gone } = record as { id: string; rev: number; gone?: boolean };
          return gone ? item.declareAbsent({ id, rev }) : item.declareRecord({ id, rev });
        });
      }),
    );
    await world.drop('items/a.ndjson', [{ id: 'x', rev: 1 }]);
    const before = (await world.scope.head.read())?.root ?? '';
    await world.drop('items/b.ndjson', [{ id: 'x', rev: 2, gone: true }]);
    const [item] = await explainRow(world.scope, { name: 'Item', key: 'x' }, { graph });
    expect(item).toMatchObject({ owners: 2, isAbsent: true, reason: 'its rev is the highest: 2, before 1' });
    expect(item?.declaredBy[0]).toMatchObject({ object: 'items/b.ndjson', lines: [1], version: '2' });
    const { declared } = await explainObject(world.scope, 'items/a.ndjson');
    expect(declared).toMatchObject([{ key: 'x', winner: 'items/b.ndjson', isAbsent: true }]);
    expect((await graphDiff(world.scope, before)).tables['(:Item)']).toMatchObject({
      out: { count: 1 },
      in: { count: 0 },
    });
  });

  it('that no object declares is told as such', async () => {
    const world = new TrackedWorld();
    await world.drop('people/a.ndjson', [{ id: 'a', name: 'A' }]);
    expect(await explainRow(world.scope, { name: 'Person_w', key: 'nobody' }, { graph })).toMatchObject([
      { owners: 0, declaredBy: [], reason: null, since: null },
    ]);
    await expect(explainRow(world.scope, { name: 'Nothing', key: 'a' }, { graph })).rejects.toThrow(UnknownTableError);
    await expect(explainRow(world.scope, { name: 'KNOWS_w' }, { graph })).rejects.toThrow(/say which KNOWS_w/);
  });

  it('says why its lines are not known: time, a version that is gone', async () => {
    const world = new TrackedWorld();
    await world.drop('people/a.ndjson', [{ id: 'a', name: 'A' }]);
    const asked = { name: 'Person_w', key: 'a' };
    const [late] = await explainRow(world.scope, asked, { graph, deadline: 0 });
    expect(late).toMatchObject({ since: null, declaredBy: [{ lines: 'there was no time to read the file' }] });
    world.objects.versions = async function* () {};
    const [gone] = await explainRow(world.scope, asked, { graph });
    expect(gone?.declaredBy[0]?.lines).toBe('the version that is in force is no longer in the bucket');
  });
});

describe('an object', () => {
  it('is told with all its rows, a part at a time, their lines, and who wins them', async () => {
    const world = new TrackedWorld();
    await world.drop(
      'people/a.ndjson',
      ['a', 'b', 'c'].map(id => ({ id, name: id })),
    );
    await world.drop('people/z.ndjson', [{ id: 'b', name: 'other' }]);
    const all = await explainObject(world.scope, 'people/a.ndjson');
    expect(all).toMatchObject({ source: 'people/*.ndjson', status: { state: 'applied' }, rows: 3, next: null });
    const sorted = [...all.declared].sort((a, b) => (a.key < b.key ? -1 : 1));
    expect(sorted.map(({ key, lines, winner }) => [key, lines, winner])).toEqual([
      ['a', [1], 'people/a.ndjson'],
      ['b', [2], 'people/z.ndjson'],
      ['c', [3], 'people/a.ndjson'],
    ]);
    const first = await explainObject(world.scope, 'people/a.ndjson', { limit: 2 });
    const rest = await explainObject(world.scope, 'people/a.ndjson', { limit: 2, after: first.next ?? '' });
    expect([...first.declared, ...rest.declared]).toEqual(all.declared);
    expect(rest.next).toBeNull();
  });

  it('that was rejected, or never seen, has no rows and says why', async () => {
    const world = new TrackedWorld();
    await world.drop('people/bad.ndjson', '{"id":1}\n');
    const bad = await explainObject(world.scope, 'people/bad.ndjson');
    expect(bad).toMatchObject({ rows: null, declared: [], status: { state: 'rejected' } });
    expect(await explainObject(world.scope, 'elsewhere.txt')).toMatchObject({ source: null, status: null, rows: null });
  });
});
