/** Promise: the graph follows objects that are put, replaced and deleted, whatever their events say. */
import { gzipSync } from 'node:zlib';
import { describe, expect } from 'vitest';
import { ContextKey, flow } from '../../lib/index.ts';
import { resync } from '../../lib/sync/resync.ts';
import type { World } from './world.ts';
import { it, itOfBuckets } from './world-test.ts';

const ada = { id: 'ada', name: 'Ada' };
const bob = { id: 'bob', name: 'Bob' };

describe('the graph follows the bucket', () => {
  it('has the rows of a new object', async ({ world }) => {
    await world.put('people/a.ndjson', [{ ...ada, age: 36 }, bob]);
    await world.put('knows/a.ndjson', [{ from: 'ada', to: 'bob', since: 1840 }]);
    const report = await world.sync(['people/a.ndjson', 'knows/a.ndjson']);
    expect(report).toMatchObject({ objects: 2, applied: 2, rowsDeclared: 3, transactions: 1, rejected: [] });
    expect(await world.graph()).toEqual({
      people: [{ ...ada, age: 36 }, bob],
      notes: [],
      knows: [world.edge('ada', 'bob', { since: 1840 })],
    });
  });

  it('applies the difference when an object is replaced', async ({ world }) => {
    await world.drop('people/a.ndjson', [{ ...ada, age: 36 }, bob, { id: 'cem', name: 'Cem' }]);
    const next = [ada, bob, { id: 'dee', name: 'Dee' }];
    expect(await world.drop('people/a.ndjson', next)).toMatchObject({ nodesUpserted: 2, nodesDeleted: 1 });
    expect(await world.people()).toEqual(next);
  });

  it('loses the rows of a deleted object, and all that is tracked of it', async ({ world }) => {
    await world.drop('people/a.ndjson', [ada, bob]);
    await world.drop('knows/a.ndjson', [{ from: 'ada', to: 'bob' }]);
    await world.remove('knows/a.ndjson');
    expect(await world.graph()).toEqual({ people: [ada, bob], notes: [], knows: [] });
    await world.remove('people/a.ndjson');
    expect(await world.graph()).toEqual({ people: [], notes: [], knows: [] });
    expect(await world.root()).toBe('');
    expect(await world.status('people/a.ndjson')).toMatchObject({ state: 'deleted' });
  });

  it('takes an object without records as one that declares nothing', async ({ world }) => {
    await world.drop('people/a.ndjson', [ada]);
    await world.drop('people/a.ndjson', []);
    expect(await world.people()).toEqual([]);
  });

  it('replaces all properties of a row without a schema', async ({ world }) => {
    await world.drop('notes/a.ndjson', [{ id: 'n', rev: 1, text: 'old', tags: ['x'] }]);
    await world.drop('notes/a.ndjson', [{ id: 'n', rev: 1, title: 'new' }]);
    expect(await world.notes()).toEqual([{ id: 'n', rev: 1, title: 'new' }]);
  });
});

describe('an event is only a reason to look', () => {
  it('does nothing, in Neo4j neither, when the same content is dropped again', async ({ world }) => {
    await world.drop('people/a.ndjson', [ada, bob]);
    const epoch = await world.epoch();
    expect(await world.drop('people/a.ndjson', [ada, bob])).toMatchObject({ objects: 1, skipped: 1, transactions: 0 });
    expect(await world.epoch()).toEqual(epoch);
  });

  it('takes a doubled, a late and a premature event for nothing', async ({ world }) => {
    await world.put('people/a.ndjson', [ada]);
    const report = await world.sync(['people/a.ndjson', 'people/a.ndjson', 'people/never-put.ndjson']);
    expect(report).toMatchObject({ objects: 2, applied: 1, skipped: 1 });
    await world.put('people/a.ndjson', [bob]);
    await world.delete('people/a.ndjson');
    await world.sync(['people/a.ndjson']); // the put's event, after the deletion
    expect(await world.sync(['people/a.ndjson'])).toMatchObject({ skipped: 1, transactions: 0 });
    expect(await world.people()).toEqual([]);
  });

  it('brings an object back that was deleted and put again', async ({ world }) => {
    await world.drop('people/a.ndjson', [ada]);
    await world.remove('people/a.ndjson');
    await world.drop('people/a.ndjson', [ada]);
    expect(await world.people()).toEqual([ada]);
  });

  it('applies what an object is at the end when it changes while it is read', async ({ world }) => {
    await world.put('people/a.ndjson', [ada]);
    const versions = [[bob], [ada, bob]];
    const worker = world.worker({
      observe: async step => {
        const next = step === 'leased' ? versions.shift() : undefined;
        if (next !== undefined) await world.put('people/a.ndjson', next);
      },
    });
    expect(await world.sync(['people/a.ndjson'], worker)).toMatchObject({ applied: 1, transactions: 1, unsettled: [] });
    expect(await world.people()).toEqual([ada, bob]);
  });

  it('leaves an object that never comes to rest to a later look', async ({ world }) => {
    await world.put('people/a.ndjson', [ada]);
    await world.put('people/b.ndjson', [bob]);
    let version = 0;
    const observe = async (step: string) => {
      if (step === 'leased') await world.put('people/a.ndjson', [{ ...ada, age: version++ }]);
    };
    const report = await world.sync(['people/a.ndjson', 'people/b.ndjson'], world.worker({ observe }));
    expect(report).toMatchObject({ applied: 1, unsettled: ['people/a.ndjson'] });
    expect(await world.people()).toEqual([bob]);
  });

  itOfBuckets('ignores hidden and temporary names, and objects that no source matches', async ({ world }) => {
    const keys = ['people/_a.ndjson', 'people/.a.ndjson', 'people/', 'other/a.ndjson', 'people/a.txt'];
    for (const key of keys) await world.put(key, [ada]);
    expect(await world.sync(keys)).toMatchObject({ objects: 5, skipped: 5, transactions: 0, rejected: [] });
  });
});

describe('order does not matter', () => {
  it('makes stubs for edges whose nodes are not there yet', async ({ world }) => {
    await world.drop('knows/a.ndjson', [{ from: 'ada', to: 'bob' }]);
    expect(await world.people()).toEqual([{ id: 'ada' }, { id: 'bob' }]);
    await world.drop('people/a.ndjson', [ada, bob]);
    expect(await world.graph()).toEqual({ people: [ada, bob], notes: [], knows: [world.edge('ada', 'bob')] });
  });

  it('is one row when an object says the same twice, and the last one when it says something else', async ({
    world,
  }) => {
    const report = await world.drop('people/a.ndjson', [ada, bob, ada, { ...bob, name: 'Bobby' }]);
    expect(report).toMatchObject({ rowsDeclared: 2, rowsReplaced: 1 });
    expect(await world.people()).toEqual([ada, { ...bob, name: 'Bobby' }]);
    expect(await world.status('people/a.ndjson')).toMatchObject({ state: 'applied', rows: 2 });
  });
});

describe('names', () => {
  it('may hold whatever S3 allows', async ({ world }) => {
    const odd = ['people/ö +%2F&é=?#\'"<>*.ndjson', 'people/日本 語.ndjson', 'people/..ndjson.ndjson'];
    for (const [age, key] of odd.entries()) await world.put(key, [{ ...ada, age }]);
    expect(await world.sync(odd)).toMatchObject({ applied: 2, skipped: 1, rejected: [] });
    expect(await world.people()).toEqual([{ ...ada, age: 1 }]);
    await world.remove(odd[1] as string); // the runner-up is read by name and version
    expect(await world.people()).toEqual([{ ...ada, age: 0 }]);
    await world.remove(odd[0] as string);
    expect(await world.root()).toBe('');
  });
});

describe('hostile names', () => {
  it('are the same in a listing of the bucket, which is XML', async ({ world }) => {
    const keys = ['people/\u0001.ndjson', 'people/a\rb.ndjson', 'people/a+b c%20&<d>"é😀.ndjson'];
    for (const [n, key] of keys.entries()) await world.put(key, [{ id: n, name: key }]);
    const { outdated } = await resync(world.worker());
    expect([...outdated].sort()).toEqual([...keys].sort());
    await world.sync(outdated);
    expect(await resync(world.worker())).toMatchObject({ listed: 3, tracked: 3, outdated: [], settled: true });
  });

  itOfBuckets('of spaces, newlines, quotes and 1,024 bytes are names like any', async ({ world }) => {
    const long = `people/${'é'.repeat(505)}.ndjson`;
    expect(Buffer.byteLength(long)).toBe(1024);
    const keys = [
      'people/  .ndjson',
      'people/a\nb.ndjson',
      'people/`$(id)` "\'\\.ndjson',
      'people/%00%2e+.ndjson',
      long,
    ];
    for (const [index, key] of keys.entries()) await world.put(key, [{ ...ada, id: `p${index}` }]);
    expect(await world.sync(keys)).toMatchObject({ applied: keys.length, rejected: [] });
    expect(await world.people()).toHaveLength(keys.length);
    for (const key of keys) await world.remove(key);
    expect(await world.root()).toBe('');
  });
});

describe('formats', () => {
  it('reads CSV, plain and packed, and packed NDJSON', async ({ world }) => {
    const files: Record<string, string | Uint8Array> = {
      'data/a.csv': 'id,name\nada,"Ada, Countess"\n',
      'data/b.csv.gz': gzipSync('id,name\nbob,Bob\n'),
      'data/c.ndjson.gz': gzipSync('{"id":"cem","name":"Cem"}\n'),
    };
    for (const [key, content] of Object.entries(files)) await world.put(key, content);
    const worker = world.worker({ flow: anyFormat(world) });
    expect(await world.sync(Object.keys(files), worker)).toMatchObject({ applied: 3, rejected: [] });
    const names = [
      { id: 'ada', name: 'Ada, Countess' },
      { id: 'bob', name: 'Bob' },
      { id: 'cem', name: 'Cem' },
    ];
    expect(await world.people()).toEqual(names);
  });
});

function anyFormat(world: World) {
  return flow(new ContextKey(world.name), graph => {
    const person = graph.nodeTable(world.labels.person);
    graph.source('data/*', {}, record => person.declareRecord(record as Record<string, unknown>));
  });
}
