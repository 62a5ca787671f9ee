/** Promise: records left out by `onInvalid: 'skip'` are listed, and the list is that of the version in force. */
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, onTestFinished } from 'vitest';
import { z } from 'zod';
import { openScope } from '../../lib/deploy/scope-ownership.ts';
import { rejectedKey } from '../../lib/files/keys/quarantine-key.ts';
import { ContextKey, type Flow, flow, TableSchema } from '../../lib/index.ts';
import type { Scope } from '../../lib/scope.ts';
import { trackedEntries } from '../../lib/state/tracked-entries.ts';
import { noteApplied } from '../../lib/sync/note-status.ts';
import { resync } from '../../lib/sync/resync.ts';
import type { World } from './world.ts';
import { it } from './world-test.ts';

const key = 'people/a.ndjson';
const Person = z.object({ id: z.string(), age: z.int().optional() });

/** People, without the bad ones: at most `most` a file. Nobody may be named `nemo`. */
function lenient(world: World, most = 3, onInvalid: 'skip' | 'reject' = 'skip'): Flow {
  return flow(new ContextKey(world.name), graph => {
    const person = graph.nodeTable<{ id: string }>(world.labels.person);
    const options = onInvalid === 'skip' ? { onInvalid, maxInvalidRecords: most } : {};
    function* declare(row: z.output<typeof Person>) {
      yield person.declareRecord({ id: `${row.id}-shadow` });
      if (row.id === 'nemo') throw new Error('nobody');
      yield person.declareRecord(row);
    }
    graph.source('{people,more}/**', { record: Person, format: 'ndjson', ...options }, declare);
    // Everything else, so that what is never looked at isn't for want of a source.
    graph.source('**', { format: 'bytes' }, () => person.declareRecord({ id: 'stray' }));
  });
}

const lines = (...records: (object | string)[]) =>
  records.map(record => (typeof record === 'string' ? record : JSON.stringify(record))).join('\n');
const bad = lines({ id: 'ada', age: 36 }, 'oops', { id: 'bob', age: 'old' }, { id: 'nemo' });

/** The listed records; null: there is no list. */
async function listed(world: World, of = key): Promise<unknown[] | null> {
  const Key = rejectedKey(world.worker().name, of);
  if (!(await world.keys()).includes(Key)) return null;
  const { Body } = await world.s3.send(new GetObjectCommand({ Bucket: world.name, Key }));
  const text = (await Body?.transformToString()) ?? '';
  return text.split('\n').flatMap(line => (line === '' ? [] : [JSON.parse(line)]));
}

const ids = async (world: World) => (await world.people()).map(({ id }) => id);

async function drop(world: World, content: string, worker = world.worker({ flow: lenient(world) })) {
  await world.put(key, content);
  return await world.sync([key], worker);
}

describe('a source that skips bad records', () => {
  it('leaves each out whole, and lists them with their reasons', async ({ world }) => {
    const report = await drop(world, bad);
    expect(report).toMatchObject({ applied: 1, rejected: [], recordsSkipped: 3 });
    expect(await ids(world)).toEqual(['ada', 'ada-shadow']);
    expect(await listed(world)).toEqual([
      { line: 2, problems: [expect.stringContaining('not one JSON value')], record: 'oops' },
      {
        line: 3,
        problems: ['age: Invalid input, got string "old", expected number'],
        record: { id: 'bob', age: 'old' },
      },
      { line: 4, problems: ["the source's function failed: nobody"], record: { id: 'nemo' } },
    ]);
    const listedIn = `_graphdrop/${world.worker().name}/rejected/${key}.ndjson`;
    expect(await world.status(key)).toMatchObject({ state: 'applied', skipped: { records: 3, listedIn } });
  });

  it('of other formats: rows of Parquet, and of files that fill tables by themselves', async ({ world }) => {
    const label = world.labels.person;
    const worker = world.worker({
      flow: flow(new ContextKey(world.name), graph => {
        const schema = TableSchema.of({ id: { type: 'STRING' }, age: { type: 'INTEGER' }, born: { type: 'DATE' } });
        const person = graph.nodeTable(label, { schema });
        const skip = { onInvalid: 'skip' } as const;
        graph.source('parquet/*', { record: Person, ...skip }, row => person.declareRecord(row));
        for (const format of ['neo4j-admin', 'neptune', 'apoc'] as const)
          graph.source(`${format}/*`, { format, tables: [person], ...skip });
      }),
    });
    const columnData = [
      { name: 'id', data: ['p1', 'p2', 'p3'], type: 'STRING' as const },
      { name: 'age', data: [1, -0.5, 3], type: 'DOUBLE' as const },
    ];
    await world.put('parquet/a.parquet', new Uint8Array(parquetWriteBuffer({ columnData })));
    const admin = [
      ':ID,age:int,born:date,:LABEL',
      'n1,1,2024-02-29,P',
      'n2,x,,P',
      'n3,3,2023-02-29,P',
      'n4,4,,Q',
      'n5,5',
    ];
    await world.put('neo4j-admin/a.csv', lines(...admin).replaceAll(/,P$/gm, `,${label}`));
    await world.put('neptune/a.csv', lines('~id,age:Int,~label', `t1,1,${label}`, `t2,x,${label}`));
    const node = { type: 'node', labels: [label] };
    await world.put('apoc/a.json', lines({ ...node, id: 'a1' }, 'oops', { ...node, type: 'x' }, { ...node, id: 'a4' }));
    const report = await world.sync(await world.keys(), worker);
    expect(report).toMatchObject({ applied: 4, rejected: [], recordsSkipped: 8 });
    expect(await ids(world)).toEqual(['a1', 'a4', 'n1', 'p1', 'p3', 't1']);
    const found = async (of: string) =>
      ((await listed(world, of)) as { line: number; problems: string[] }[]).map(
        ({ line, problems }) => `${line} ${problems}`,
      );
    expect(await found('parquet/a.parquet')).toEqual(['2 age: Invalid input, got number -0.5, expected int']);
    expect(await found('neo4j-admin/a.csv')).toEqual([
      '3 age: got string "x", expected an integer of 32 bits',
      '4 born: got string "2023-02-29", expected a date such as 2026-01-31',
      expect.stringMatching(/^5 Q\.\*: is no node table/),
      '6 the row has 2 cells, the header 4',
    ]);
    expect(await found('neptune/a.csv')).toEqual(['3 age: got string "x", expected an integer of 32 bits']);
    expect(await found('apoc/a.json')).toEqual([
      expect.stringContaining('2 not one JSON value'),
      '3 type is string "x", expected "node" or "relationship"',
    ]);
    await world.put('parquet/a.parquet', new Uint8Array(parquetWriteBuffer({ columnData })).subarray(0, 40));
    expect((await world.sync(['parquet/a.parquet'], worker)).rejected).toMatchObject([{ key: 'parquet/a.parquet' }]);
  });

  it('rejects a file with more of them than it tolerates, and the list stays that of the version in force', async ({
    world,
  }) => {
    await drop(world, bad);
    const report = await drop(world, `${bad}\n${lines({ id: 1 }, { id: 'new' })}`);
    expect(report.rejected[0]).toMatchObject({
      lines: [
        expect.stringMatching(/^people\/a\.ndjson:2 not one JSON value/),
        `${key}:3 age: Invalid input, got string "old", expected number`,
        `${key}:4 the source's function failed: nobody`,
        `${key}:5 id: Invalid input, got number 1, expected string`,
      ],
    });
    expect(report.rejected[0]?.counts).toHaveLength(4);
    expect(await ids(world)).toEqual(['ada', 'ada-shadow']);
    expect(await listed(world)).toHaveLength(3);
    expect(await world.status(key)).toMatchObject({ state: 'rejected', skipped: { records: 3 } });
  });

  it('rejects a file of which two records contradict each other, with its rows in memory as spooled', async ({
    world,
  }) => {
    const edges = flow(new ContextKey(world.name), graph => {
      const person = graph.nodeTable<{ id: string }>(world.labels.person);
      const knows = graph.relationTable(world.labels.knows, person, person);
      const record = z.object({ from: z.string(), to: z.string(), since: z.int() });
      graph.source('knows/*.ndjson', { record, onInvalid: 'skip' }, ({ from, to, since }) =>
        knows.declareRelation({ fromId: from, toId: to, record: { since } }),
      );
    });
    const content = lines(
      { from: 'x', to: 'a', since: 1 },
      { from: 'x', to: 'b', since: 1 },
      { from: 'x', to: 'c', since: 1 },
      { from: 'x', to: 'a', since: 2 },
    );
    const said: unknown[] = [];
    for (const limits of [{}, { maxRowsInMemory: 2 }]) {
      await world.put('knows/a.ndjson', content);
      const { rejected, recordsSkipped } = await world.sync(['knows/a.ndjson'], world.worker({ flow: edges, limits }));
      said.push({ lines: rejected[0]?.lines, counts: rejected[0]?.counts, recordsSkipped });
    }
    expect(said[0]).toMatchObject({
      lines: [expect.stringMatching(/^knows\/a\.ndjson:4 .* in lines 1 and 4: /)],
      counts: [{ kind: 'row', count: 1 }],
      recordsSkipped: 0,
    });
    expect(said[1]).toEqual(said[0]);
  });

  it.for(['is fixed', 'is deleted', 'was rejected and is deleted'])(
    'the list goes when the file %s',
    async (how, { world }) => {
      await drop(world, bad);
      if (how === 'is fixed') await drop(world, lines({ id: 'ada' }));
      else {
        if (how !== 'is deleted') await drop(world, `${bad}\n${bad}`);
        await world.delete(key);
        await world.sync([key], world.worker({ flow: lenient(world) }));
      }
      expect(await listed(world)).toBeNull();
      expect((await world.status(key))?.skipped).toBeUndefined();
    },
  );

  it('is another source with another tolerance: its objects are looked at again', ({ world }) => {
    const fingerprints = [lenient(world), lenient(world, 4), lenient(world, 0, 'reject')].map(
      ({ definition }) => definition.sources[0]?.fingerprint,
    );
    expect(new Set(fingerprints).size).toBe(3);
  });

  it('the graph and its root follow from content and definition, whatever came before', async ({ world }) => {
    await drop(world, bad);
    const root = await world.root();
    await drop(world, lines({ id: 'cem' }));
    expect(await world.root()).not.toBe(root);
    await drop(world, bad);
    expect(await ids(world)).toEqual(['ada', 'ada-shadow']);
    expect(await world.root()).toBe(root);
    expect(await listed(world)).toHaveLength(3);
  });

  it('looks at nothing that it wrote itself, by event or resync', async ({ world }) => {
    await drop(world, bad);
    const worker = world.worker({ flow: lenient(world) });
    const root = await world.root();
    expect(await resync(worker)).toMatchObject({ listed: 1, outdated: [], settled: true });
    expect(await world.sync(await world.keys(), worker)).toMatchObject({ applied: 0, skipped: 2 });
    expect(await world.root()).toBe(root);
  });
});

describe('the list is that of the version in force', () => {
  it('also when a worker died after its commit, and nothing changed since', async ({ world }) => {
    class Death extends Error {}
    const die = world.worker({ flow: lenient(world) });
    // Dies when it would write the list, or delete it.
    const send = world.s3.send.bind(world.s3);
    let dying = true;
    world.s3.send = (async (command: { input: { Key?: string } }) => {
      if (dying && command.input.Key?.startsWith('_graphdrop/')) throw new Death('dead');
      return await send(command as never);
    }) as never;
    onTestFinished(() => {
      dying = false;
    });
    await expect(drop(world, bad, die)).rejects.toThrow(Death);
    expect(await ids(world)).toEqual(['ada', 'ada-shadow']);
    dying = false;
    expect(await listed(world)).toBeNull();
    const again = world.worker({ flow: lenient(world) });
    expect(await world.sync([key], again)).toMatchObject({ applied: 0, skipped: 1 });
    expect(await listed(world)).toHaveLength(3);

    dying = true;
    await world.delete(key);
    await expect(world.sync([key], die)).rejects.toThrow(Death);
    dying = false;
    expect(await listed(world)).toHaveLength(3);
    await world.sync([key], again);
    expect(await listed(world)).toBeNull();
  });

  it('also when a slow worker writes that of an older version last', async ({ world }) => {
    const slow = world.worker({ flow: lenient(world) });
    await drop(world, bad);
    const before = await entryOf(slow);
    await drop(world, lines({ id: 'ada' }, 'one bad line'));
    // It had committed the older version, and only now notes that it did.
    await noteApplied(slow, key, before ?? null);
    expect(await listed(world)).toEqual([expect.objectContaining({ line: 2, record: 'one bad line' })]);
  });

  it('goes when the source skips no more, while another one does', async ({ world }) => {
    await drop(world, bad);
    await world.s3.send(new PutObjectCommand({ Bucket: world.name, Key: key, Body: lines({ id: 'ada' }) }));
    const strict = flow(new ContextKey(world.name), graph => {
      const person = graph.nodeTable<{ id: string }>(world.labels.person);
      graph.source('people/**', { record: Person }, row => person.declareRecord(row));
      graph.source('more/**', { record: Person, onInvalid: 'skip' }, row => person.declareRecord(row));
    });
    await world.sync([key], await deploy(world, strict));
    expect(await ids(world)).toEqual(['ada']);
    expect(await listed(world)).toBeNull();
  });
});

/** Puts a definition in force, as a deploy does. */
async function deploy(world: World, next: Flow): Promise<Scope> {
  const worker = world.worker({ flow: next });
  const { state, name: scope, connection, definition } = worker;
  await openScope({ state, scope, graph: connection.graph, definition });
  return worker;
}

async function entryOf(worker: Scope) {
  const head = await worker.head.read();
  return (await trackedEntries(worker, head?.root ?? '', [key])).get(key);
}
