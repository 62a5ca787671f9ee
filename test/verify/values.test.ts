/** Threat: a value reads back otherwise than it was fingerprinted, or changes so little that it seems equal. */
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { ContextKey, type Flow, flow, TableSchema, VectorSchema } from '../../lib/index.ts';
import { anyRow, anyValue, columnOf, DIMENSION } from '../neo4j/any-value.ts';
import { transport } from '../support/connection.ts';
import type { World } from '../sync/world.ts';
import { it } from '../sync/world-test.ts';
import { differences, repairAll, verifyAll } from './verified.ts';

const COLUMNS = {
  id: { type: 'INTEGER' },
  int: { type: 'INTEGER' },
  float: { type: 'FLOAT' },
  text: { type: 'STRING' },
  yes: { type: 'BOOLEAN' },
  at: { type: 'ZONED DATETIME' },
  bytes: { type: 'BYTES' },
  json: { type: 'JSON' },
  any: { type: 'ANY' },
  ints: { type: 'LIST<INTEGER>' },
  floats: { type: 'LIST<FLOAT>' },
  texts: { type: 'LIST<STRING>' },
  vector: { type: 'LIST<FLOAT>' },
} as const;

/** tx/commit has no form for bytes. */
const TYPES = Object.keys(anyValue).filter(type => type !== 'BYTES' || transport !== 'tx-commit');

const VECTOR = String(new VectorSchema(DIMENSION));

const base = { id: 0, int: 0, float: 0, text: '', yes: false };

/** Rows by id. */
const rows: readonly object[] = [
  { ...base },
  { ...base, int: 1, float: 1, text: 'Ünïcödé 🦉 \u0000 "', yes: true },
  { ...base, int: 2n ** 63n - 1n, float: -0, text: 'a\nb' },
  { ...base, int: -(2n ** 63n), float: 5e-324 },
  { ...base, int: 2n ** 53n + 1n, float: 0.1 },
  { ...base, float: Number.POSITIVE_INFINITY, any: 1.5 },
  { ...base, float: Number.NaN, any: 'x' },
  { ...base, at: new Date(0), any: new Date('1969-12-31T23:59:59.999Z') },
  { ...base, at: new Date('9999-12-31T23:59:59.999Z'), any: [1, 2] },
  { ...base, bytes: Uint8Array.of(0, 127, 128, 255), any: [1, 0.5] },
  { ...base, json: { b: [1, null, { c: 2 ** 53 }], a: 'é' }, any: { z: 1 } },
  { ...base, ints: [1n, 2n ** 60n], floats: [1, -0, 0.1], texts: ['a', ''] },
  { ...base, ints: [], floats: [], texts: [] },
  // Lists of numbers that a vector may be: one by its index, one by its own type, one that is none.
  { ...base, vector: [0.5, 0.1], any: Float32Array.of(0.1, 3), floats: [0.5, 1] },
].map((row, id) => ({ ...row, id, ...(transport === 'tx-commit' && { bytes: undefined }) }));

function valuesFlow(world: World): Flow {
  return flow(new ContextKey(world.name), graph => {
    const node = graph.nodeTable(world.labels.person, { schema: TableSchema.of(COLUMNS) });
    node.vectorIndex({ field: 'vector', dimension: 2, metric: 'cosine' });
    const bare = graph.nodeTable<{ id: number }>(world.labels.note, { versionBy: 'int' as never });
    const edge = graph.relationTable(world.labels.knows, node, node);
    graph.source('rows/*.ndjson', {}, record => {
      const row = rows[(record as { row: number }).row] as { id: number };
      const { vector: _, ...given } = row as { id: number; vector?: unknown };
      const properties = { ...given, id: undefined, any: undefined, bytes: undefined };
      return [
        node.declareRecord(row as never),
        bare.declareRecord(given),
        edge.declareRelation({ fromId: row.id, toId: 0, record: properties }),
      ];
    });
  });
}

/** Edits, and what a verification says of each. */
const edits: readonly [string, string, Readonly<Record<string, readonly [string]>>][] = [
  ['the next float', `MATCH (n:$person {id: 4}) SET n.float = 0.10000000000000002`, { 'people altered': ['i4 float'] }],
  ['an integer for a float', `MATCH (n:$person {id: 1}) SET n.float = 1`, { 'people altered': ['i1 float'] }],
  ['a float for an integer', `MATCH (n:$person {id: 1}) SET n.int = 1.0`, { 'people altered': ['i1 int'] }],
  ['2^53 for 2^53 + 1', `MATCH (n:$note {id: 4}) SET n.int = 9007199254740992`, { 'notes altered': ['i4 int'] }],
  ['null for an empty list', `MATCH (n:$person {id: 12}) SET n.ints = null`, { 'people altered': ['i12 ints'] }],
  ['an empty list for null', `MATCH (n:$note {id: 0}) SET n.ints = []`, { 'notes altered': ['i0 ints'] }],
  ['a text for a number', `MATCH (n:$person {id: 5}) SET n.any = '1.5'`, { 'people altered': ['i5 any'] }],
  ['floats for integers', `MATCH (n:$note {id: 8}) SET n.any = [1.0, 2.0]`, { 'notes altered': ['i8 any'] }],
  [
    'another zone, and a nanosecond more',
    `MATCH (n:$person {id: 7}) SET n.at = datetime('1970-01-01T01:00:00+01:00'), n.any = n.any + duration({nanoseconds: 1})`,
    { 'people altered': ['i7 any,at'] },
  ],
  ['a local time', `MATCH (n:$person {id: 7}) SET n.at = localdatetime(n.at)`, { 'people altered': ['i7 at'] }],
  [
    'a number of a vector',
    `MATCH (n:$person {id: 13}) SET n.vector = [0.5, 0.2]`,
    { 'people altered': ['i13 vector'] },
  ],
  ['of one without index', `MATCH (n:$person {id: 13}) SET n.any = [0.5, 3.0]`, { 'people altered': ['i13 any'] }],
  ['white space in JSON', `MATCH (n:$note {id: 10}) SET n.json = n.json + ' '`, { 'notes altered': ['i10 json'] }],
  ['a version', `MATCH (n:$note {id: 2}) SET n.int = 7`, { 'notes altered': ['i2 int'] }],
  [
    'a value of an edge',
    `MATCH (:$person {id: 11})-[e:$knows]->() SET e.floats = [1.0, 0.0, 0.1]`,
    { 'knows altered': ['i11 > i0 floats'] },
  ],
];

/** Divides edits so that each row is edited once a round, and each change is told by itself. */
function roundsOf(all: typeof edits): (typeof edits)[] {
  const byRow = Map.groupBy(all, ([, , finds]) => JSON.stringify(finds).split(' ', 2).join(' '));
  const most = Math.max(...[...byRow.values()].map(({ length }) => length));
  return Array.from({ length: most }, (_, n) => [...byRow.values()].flatMap(of => of.slice(n, n + 1)));
}

/** Rows of every column type, those of them as lists, and vectors. */
function typedFlow(world: World, rowsOf: readonly Record<string, unknown>[]): Flow {
  const columns = Object.fromEntries(TYPES.map(type => [columnOf(type), { type }]));
  return flow(new ContextKey(world.name), graph => {
    const id = { type: 'INTEGER', nullable: false } as const;
    const node = graph.nodeTable<{ id: number }>(world.labels.person, { schema: TableSchema.of({ ...columns, id }) });
    const bare = graph.nodeTable<{ id: number }>(world.labels.note);
    const edge = graph.relationTable(world.labels.knows, node, node, { schema: TableSchema.of(columns) });
    graph.source('rows/*.ndjson', {}, record => {
      const { row: id } = record as { row: number };
      const given = rowsOf[id] ?? {};
      const declared = node.declareRecord({ id, ...given });
      // As the driver's own values, by which a table without a schema tells the type.
      return [
        declared,
        bare.declareRecord({ ...declared.values, id }),
        edge.declareRelation({ fromId: id, toId: id, record: given }),
      ];
    });
  });
}

describe('values of every kind', () => {
  it('of every column type read back as they were fingerprinted, and a change of each is found and repaired', async ({
    world,
  }) => {
    const columns = TYPES.map(columnOf);
    const some = fc
      .sample(anyRow, { numRuns: 100, seed: 11 })
      .map(row => Object.fromEntries(columns.map(column => [column, row[column]])));
    const worker = world.worker({ flow: typedFlow(world, some) });
    await world.put(
      'rows/a.ndjson',
      some.map((_, row) => ({ row })),
    );
    expect(await world.sync(['rows/a.ndjson'], worker)).toMatchObject({ applied: 1, rejected: [] });
    expect(differences(world, (await verifyAll(worker)).report)).toEqual({});
    const right = await world.graph();
    const { person } = world.labels;
    const changes: Readonly<Record<string, string>> = {
      DATE: 'v + duration({days: 1})',
      'LOCAL TIME': 'v + duration({nanoseconds: 1})',
      'ZONED TIME': 'v + duration({nanoseconds: 1})',
      'LOCAL DATETIME': 'v + duration({nanoseconds: 1})',
      'ZONED DATETIME': 'v + duration({nanoseconds: 1})',
      DURATION: 'v + duration({nanoseconds: 1})',
      POINT: 'point({x: 0.25, y: v.y})',
      'LIST<POINT>': '[point({x: 0.25, y: 1})]',
      [VECTOR]: '[x IN v | x + 0.125]',
    };
    const expected = [];
    for (const [type, change] of Object.entries(changes)) {
      const column = columnOf(type);
      const text = `MATCH (n:${person}) WHERE n.${column} IS NOT NULL WITH n, n.${column} AS v ORDER BY n.id LIMIT 1 SET n.${column} = ${change} RETURN n.id AS id`;
      const [changed] = await world.query(text);
      expected.push({ id: changed?.id, column });
    }
    const byId = Map.groupBy(expected, ({ id }) => id);
    const altered = [...byId].map(([id, list]) => `i${id} ${list.map(({ column }) => column).sort()}`);
    const found = differences(world, (await verifyAll(worker)).report) as Record<string, string[]>;
    expect([...(found['people altered'] ?? [])].sort()).toEqual(altered.sort());
    await repairAll(world, worker);
    expect(await world.graph()).toEqual(right);
    expect(await verifyAll(worker)).toMatchObject({ clean: true });
  });

  it('at the limits of their types read back as they were fingerprinted, and each change is found and repaired', async ({
    world,
  }) => {
    const worker = world.worker({ flow: valuesFlow(world) });
    await world.put(
      'rows/a.ndjson',
      rows.map((_, row) => ({ row })),
    );
    expect(await world.sync(['rows/a.ndjson'], worker)).toMatchObject({ applied: 1, rejected: [] });
    expect(differences(world, (await verifyAll(worker)).report)).toEqual({});
    expect(await verifyAll(worker, { samples: 0 })).toMatchObject({ clean: true }); // by fingerprints alone
    const right = await world.graph();
    const { person, note, knows } = world.labels;
    for (const round of roundsOf(edits)) {
      for (const [, edit] of round)
        await world.query(edit.replace('$person', person).replace('$note', note).replace('$knows', knows));
      const expected: Record<string, string[]> = {};
      for (const [kind, [told]] of round.flatMap(([, , finds]) => Object.entries(finds)))
        expected[kind] = [...(expected[kind] ?? []), told].sort();
      expect(differences(world, (await verifyAll(worker)).report)).toEqual(expected);
      await repairAll(world, worker);
      expect(await world.graph()).toEqual(right);
    }
    expect(await verifyAll(worker)).toMatchObject({ clean: true });
    // Equal to the server, which doesn't write one over the other: it is found and put back all the same.
    await world.query(`MATCH (n:${person} {id: 2}) SET n.float = 1.0 SET n.float = 0.0`);
    expect(differences(world, (await verifyAll(worker)).report)).toEqual({ 'people altered': ['i2 float'] });
    await repairAll(world, worker);
    expect(await world.graph()).toEqual(right);
  });
});
