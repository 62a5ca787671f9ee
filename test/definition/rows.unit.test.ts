/** Promise: a row has one encoding and one fingerprint; what a flow can’t mean fails when it is defined. */
import neo4j from 'neo4j-driver';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Declaration } from '../../lib/definition/declaration.ts';
import { ContextKey, Flow, flow, type Graph, RowError, TableSchema } from '../../lib/index.ts';

function inFlow<T>(use: (graph: Graph) => T): T {
  let result: T | undefined;
  new Flow(new ContextKey('k'), graph => {
    result = use(graph);
  });
  return result as T;
}

const Everything = z.object({
  id: z.string(),
  count: z.int(),
  big: z.bigint().nullish(),
  ratio: z.number().optional(),
  yes: z.boolean().optional(),
  at: z.date().optional(),
  kind: z.enum(['a', 'b']).optional(),
  tags: z.array(z.string()).optional(),
  nested: z.object({ b: z.number(), a: z.number() }).optional(),
});

describe('a row with a schema', () => {
  const table = inFlow(graph => graph.nodeTable('Thing', { schema: TableSchema.from(Everything) }));
  const values = (row: object): Declaration['values'] => table.declareRecord(row as never).values;

  it('is stored by the types of its columns, absent ones as null', () => {
    const at = new Date(5);
    expect(values({ id: 'x', count: 2, ratio: 2, yes: true, at, kind: 'a', tags: ['t'] })).toEqual({
      id: 'x',
      count: 2n,
      big: null,
      ratio: 2,
      yes: true,
      at: new neo4j.types.DateTime(1970, 1, 1, 0, 0, 0, 5_000_000, 0),
      kind: 'a',
      tags: ['t'],
      nested: null,
    });
    expect(values({ id: 'x', count: 1, big: 2n ** 60n, nested: { b: 1, a: 2 } })).toMatchObject({
      big: 2n ** 60n,
      nested: '{"a":2,"b":1}',
    });
  });

  it.each<[object, string]>([
    [{ count: 1 }, 'Thing.id: got undefined, expected a string, a number or a boolean as key'],
    [{ id: 'x' }, 'Thing.count: got undefined, expected a value: the column is not nullable'],
    [{ id: 'x', count: 1.5 }, 'Thing.count: got number 1.5, expected an integer'],
    [{ id: 'x', count: '1' }, 'Thing.count: got string "1", expected an integer'],
    [{ id: 'x', count: 1, tags: ['a', null] }, 'Thing.tags: got null at 1, which no list can hold'],
    [{ id: 'x', count: 1, at: new Date(Number.NaN) }, 'Thing.at: got object Date, expected a valid Date'],
    [{ id: 'x', count: 1, other: 1 }, 'Thing.other: no such column; the schema has at, big, count, id'],
    [{ id: 'x', count: 1, big: 2n ** 63n }, 'Thing.big: got 9223372036854775808, expected a 64-bit integer'],
  ])('is refused: %s', (row, message) => {
    expect(() => values(row)).toThrow(RowError);
    expect(() => values(row)).toThrow(message);
  });

  it('has the same fingerprint whatever the order of its columns, and another for another value', () => {
    const print = (row: object) => table.declareRecord(row as never).fingerprint;
    expect(print({ id: 'x', count: 1, ratio: 1 })).toBe(print({ ratio: 1, count: 1, id: 'x', big: null }));
    expect(print({ id: 'x', count: 1 })).not.toBe(print({ id: 'x', count: 2 }));
    expect(print({ id: 'x', count: 1 })).not.toBe(print({ id: 'x', count: 1, ratio: 1 }));
  });
});

describe('a row without a schema', () => {
  const table = inFlow(graph => graph.nodeTable('Loose'));
  it('is stored by its values', () => {
    const row = { id: 1, whole: 2, part: 2.5, list: [1, 2.5], text: ['a'], deep: { b: [1], a: null } };
    expect(table.declareRecord(row).values).toEqual({
      id: 1n,
      whole: 2n,
      part: 2.5,
      list: [1, 2.5],
      text: ['a'],
      deep: '{"a":null,"b":[1]}',
    });
  });

  it.each([
    [{ id: 1, ' not a name': 1 }, /" not a name" is not usable/],
    [{ id: 1, 'new\nline': 1 }, /not usable/],
    [{ id: 1, 'x`y': 1 }, /not usable/],
    [JSON.parse('{"id": 1, "__proto__": 1}') as { id: number }, /"__proto__" is not usable/],
    [{ id: 1, mixed: [1, 'a'] }, /got a list of INTEGER and STRING, expected one type/],
    [{ id: 1, fn: () => 1 }, /expected a value that Neo4j can store/],
  ])('is refused: %s', (row, message) => {
    expect(() => table.declareRecord(row)).toThrow(message);
  });
});

describe('vectors and edges', () => {
  const { person, knows } = inFlow(graph => {
    const node = graph.nodeTable<{ id: string; v: number[] }>('P');
    node.vectorIndex({ field: 'v', dimension: 2, metric: 'cosine' });
    return { person: node, knows: graph.relationTable('KNOWS', node, node) };
  });

  it('a vector is float32, finite, and of its dimension', () => {
    expect(person.declareRecord({ id: 'a', v: [1, 0.1] }).values.v).toEqual(new Float32Array([1, 0.1]));
    expect(() => person.declareRecord({ id: 'a', v: [1] })).toThrow('P.v: got a vector of 1 numbers, expected 2');
    expect(() => person.declareRecord({ id: 'a', v: [1, Number.NaN] })).toThrow('expected a finite float32 number');
    expect(() => person.declareRecord({ id: 'a', v: [1, 1e300] })).toThrow('expected a finite float32 number');
  });

  it('an edge without a key has the derived one, and is the same row if it is given', () => {
    const derived = knows.declareRelation({ fromId: 'a', toId: 'b' });
    expect(derived.key).toBe('P_a_P_b');
    const given = knows.declareRelation({ fromId: 'a', toId: 'b', record: { id: 'P_a_P_b' } });
    expect(given).toEqual(derived);
    expect(knows.declareRelation({ fromId: 'a', toId: 'b', record: { id: 'own' } }).row).not.toBe(derived.row);
  });
});

/** Does something twice with a table, each time with another name. */
function twice<Table>(table: Table, use: (table: Table, name: string) => unknown): void {
  for (const name of ['x', 'y']) use(table, name);
}

describe('a flow that can’t be meant fails at once', () => {
  const key = new ContextKey('k');
  it.each<[string, () => unknown, RegExp]>([
    ['a bad label', () => flow(key, g => g.nodeTable('Bad`Label')), /node table label "Bad`Label" is not usable/],
    [
      'an unknown option',
      () => flow(key, g => g.nodeTable('A', { primarykey: 'x' } as never)),
      /has no option primarykey; it takes primaryKey/,
    ],
    [
      'a key that is no column',
      () => flow(key, g => g.nodeTable('A', { primaryKey: 'no', schema: TableSchema.from(Everything) })),
      /primaryKey no is no column of the schema/,
    ],
    [
      'a table twice',
      () => flow(key, g => [g.nodeTable('A'), g.nodeTable('A', { primaryKey: 'b' })]),
      /\(:A\) is declared twice/,
    ],
    [
      'a relation twice, by another key',
      () => flow(key, g => twice(g.nodeTable('A'), (a, primaryKey) => g.relationTable('R', a, a, { primaryKey }))),
      /\(:A\)-\[:R\]->\(:A\) is declared twice/,
    ],
    [
      'two vector indexes on one column',
      () =>
        flow(key, g =>
          twice(g.nodeTable('A'), (a, name) => a.vectorIndex({ field: 'v', dimension: 2, metric: 'cosine', name })),
        ),
      /v has the vector index x already, and Neo4j allows one a property/,
    ],
    [
      'a foreign table',
      () =>
        flow(key, g =>
          g.relationTable(
            'R',
            inFlow(other => other.nodeTable('A')),
            g.nodeTable('B'),
          ),
        ),
      /A is a table of another flow/,
    ],
    ['a bad context', () => new ContextKey('a b'), /ContextKey name "a b" is not usable/],
    ['no table', () => flow(key, () => {}), /declares no table/],
    [
      'a bad metric',
      () => flow(key, g => g.nodeTable('A').vectorIndex({ field: 'v', dimension: 2, metric: 'dot' as never })),
      /metric is "dot": give 'cosine' or 'euclidean'/,
    ],
    [
      'a bad dimension',
      () => flow(key, g => g.nodeTable('A').vectorIndex({ field: 'v', dimension: 0, metric: 'cosine' })),
      /dimension is 0: give an integer from 1 to 4096/,
    ],
    [
      'versionBy that is no column',
      () => flow(key, g => g.nodeTable('A', { schema: TableSchema.from(Everything), versionBy: 'no' as never })),
      /versionBy no is no column/,
    ],
    ['graphdrop’s own label', () => flow(key, g => g.nodeTable('_Graphdrop')), /choose another/],
    ...[
      { maxRecordBytes: 0 },
      { maxRecords: 0.5 },
      { maxDecompressedBytes: Number.NaN },
      { maxPageBytes: -1 },
      { maxColumns: '9' as never },
      { maxDepth: 1001 },
      ...['', ',,', '"', '\n', '\r'].map(delimiter => ({ delimiter })),
      { columns: [] },
      { columns: 'id' as never },
    ].map((options): [string, () => unknown, RegExp] => [
      `a source with ${JSON.stringify(options)}`,
      () => flow(key, g => [g.nodeTable('A'), g.source('*', options, () => null)]),
      new RegExp(`source \\*: ${Object.keys(options)[0]} is .*give`),
    ]),
    [
      'an unknown format',
      () => flow(key, g => g.source('*', { format: 'xml' as never }, () => null)),
      /format is "xml": give ndjson, .*neptune, a FileFormat/,
    ],
    [
      'a format that reads nothing',
      () => flow(key, g => g.source('*', { format: { extensions: [] } as never }, () => null)),
      /a FileFormat/,
    ],
    [
      'an option that only graph sources have',
      () => flow(key, g => g.source('*', { tables: [] } as never, () => null)),
      /has no option tables/,
    ],
    ['a source without function', () => flow(key, g => g.source('*', {} as never)), /needs a function/],
    ['an unknown column type', () => TableSchema.of({ id: { type: 'TEXT' } }), /column type "TEXT" is not known/],
  ])('%s', (_, define, message) => {
    expect(define).toThrow(message);
  });
});

describe('a source', () => {
  const options = {
    version: '2',
    format: 'csv',
    compression: 'gzip',
    delimiter: ';',
    maxRecordBytes: 1,
    maxRecords: 1,
    maxDecompressedBytes: 1,
    maxPageBytes: 1,
    maxColumns: 1,
    maxDepth: 1000,
    columns: ['id'],
  } as const;
  const sourcesOf = (define: (graph: Graph) => void) =>
    flow(new ContextKey('k'), g => {
      g.nodeTable('A');
      define(g);
    }).sources;

  it('takes every option of its readers', () => {
    expect(sourcesOf(g => g.source('*', options, () => null))[0]?.options).toEqual(options);
  });

  it('has another fingerprint with another option: its objects are looked at again', () => {
    const fingerprints = Object.entries(options).map(
      ([name, value]) => sourcesOf(g => g.source('*', { [name]: value }, () => null))[0]?.fingerprint,
    );
    expect(new Set(fingerprints).size).toBe(Object.keys(options).length);
  });

  it('may have a format of its own', () => {
    const format = { extensions: ['.log'], contentTypes: [], read: async function* () {} };
    expect(sourcesOf(g => g.source('*', { format }, () => null))[0]?.options.format).toBe(format);
  });
});
