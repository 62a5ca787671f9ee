/** Threat: a flow says something that can't be meant, and nobody hears of it until files come. */
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  ConnectionFactory,
  ContextKey,
  DefinitionError,
  flow,
  type Graph,
  TableSchema,
  VectorSchema,
} from '../../lib/index.ts';

/** Values of every type. An option is tried with all that it doesn't take. */
const VALUES: readonly unknown[] = [
  null,
  5,
  -1,
  0.5,
  Number.NaN,
  5n,
  'x',
  '',
  true,
  {},
  { a: 1 },
  [],
  [5],
  () => null,
  Symbol('s'),
];

const isText = (value: unknown) => typeof value === 'string';
const isCount = (value: unknown) => value === 5;
const isFunction = (value: unknown) => typeof value === 'function';
const isEmpty = (value: unknown) => JSON.stringify(value) === '{}';
const none = () => false;

const within = (define: (graph: Graph) => unknown) =>
  flow(new ContextKey('k'), graph => {
    define(graph);
  });

const source = (options: object) => within(g => [g.nodeTable('A'), g.source('*', options, () => null)]);
const exported = (options: object) => {
  const define = (g: Graph) => g.source('*', { format: 'apoc', tables: [g.nodeTable('A')], ...options });
  return within(define);
};
const table = (options: object) => within(g => g.nodeTable('A', options));
const edges = (options: object) =>
  within(g => {
    const a = g.nodeTable('A');
    g.relationTable('R', a, a, options);
  });
const index = (options: object) =>
  within(g => g.nodeTable('A').vectorIndex({ field: 'v', dimension: 3, metric: 'cosine', ...options }));
const column = (options: object) => TableSchema.of({ id: { type: 'STRING', ...options } });

type Takes = Readonly<Record<string, (value: unknown) => boolean>>;

const readers: Takes = {
  version: isText,
  onInvalid: none,
  maxInvalidRecords: none,
  format: none,
  compression: none,
  maxRecordBytes: isCount,
  maxRecords: isCount,
  maxDecompressedBytes: isCount,
  maxDepth: isCount,
};
const csv: Takes = {
  header: value => typeof value === 'boolean',
  skipRows: isCount,
  nullValues: none,
  quote: value => value === 'x' || value === '',
  escape: value => value === 'x',
  encoding: none,
  trim: value => value === true,
};
const tables: Takes = {
  primaryKey: value => value === 'x',
  schema: none,
  managedBy: none,
  adopt: value => value === true,
  versionBy: value => value === 'x',
};

const FUNCTIONS: readonly (readonly [string, (options: object) => unknown, Takes])[] = [
  [
    'a source',
    source,
    {
      ...readers,
      record: none,
      maxPageBytes: isCount,
      maxColumns: isCount,
      ...csv,
      delimiter: value => value === 'x',
      columns: none,
      memo: value => [true, 'x', 5, -1, 0.5].includes(value as never) || (typeof value === 'object' && isEmpty(value)),
      concurrency: isCount,
      timeoutMs: isCount,
    },
  ],
  [
    'a source of nodes and relationships',
    exported,
    { ...readers, tables: none, labelsAs: value => value === 'x', keyFrom: none },
  ],
  ['a node table', table, { ...tables, labels: value => Array.isArray(value) && value.length === 0 }],
  ['a relation table', edges, tables],
  [
    'a vector index',
    index,
    {
      field: value => value === 'x',
      dimension: isCount,
      metric: none,
      name: value => value === 'x',
      quantization: value => value === true,
    },
  ],
  ['a column', column, { type: none, nullable: value => value === true, encoder: isFunction }],
];

const TRIED = FUNCTIONS.flatMap(([name, define, options]) =>
  Object.entries(options).flatMap(([option, takes]) =>
    VALUES.map(value => ({ name, option, value, takes: takes(value), define: () => define({ [option]: value }) })),
  ),
);

describe('each option of each public function is checked when it is said', () => {
  test.each(TRIED.filter(({ takes }) => !takes))('$name refuses $option $value', ({ define, option }) => {
    expect(define).toThrow(DefinitionError);
    expect(define).toThrow(option);
  });

  test.each(TRIED.filter(({ takes }) => takes))('$name takes $option $value', ({ define }) => {
    expect(define).not.toThrow();
  });

  test.each(FUNCTIONS)('%s refuses an option that it doesn’t know', (_, define) => {
    expect(() => define({ unheard: 1 })).toThrow(/has no option unheard; it takes/);
  });

  test('what they take is taken', () => {
    const record = z.object({ id: z.string() });
    source({
      record,
      onInvalid: 'skip',
      maxInvalidRecords: 10_000,
      format: 'csv',
      compression: 'zstd',
      columns: ['id'],
      header: ['id'],
      nullValues: ['NULL', ''],
      encoding: 'UTF-16LE',
      skipRows: 0,
    });
    source({ memo: { version: 'v2', dependsOn: ['key', 'size'], days: 3650 } });
    index({ metric: 'euclidean' });
    table({ schema: TableSchema.from(record), managedBy: 'user', adopt: false });
    column({ type: new VectorSchema(2) });
  });
});

test.each([
  { version: true },
  { version: '' },
  { dependsOn: 'key' },
  { dependsOn: ['line'] },
  { days: 0 },
  { days: 3651 },
])('a source refuses the memo %o', memo => {
  expect(() => source({ memo })).toThrow(/source \*: memo is .*: give true, a version/);
});

describe('what is no option is checked too', () => {
  const a = (g: Graph) => g.nodeTable('A');
  test.each<[string, () => unknown]>([
    ...VALUES.filter(value => value !== 'x').map((value): [string, () => unknown] => [
      `a context named ${String(value)}`,
      () => new ContextKey(value as never),
    ]),
    ...VALUES.filter(value => !isText(value)).flatMap((value): [string, () => unknown][] => [
      [`a label ${String(value)}`, () => within(g => g.nodeTable(value as never))],
      [`a type ${String(value)}`, () => within(g => g.relationTable(value as never, a(g), a(g)))],
      [`a glob ${String(value)}`, () => within(g => [a(g), g.source(value as never, {}, () => null)])],
    ]),
    ...VALUES.flatMap((value): [string, () => unknown][] => [
      [`the context ${String(value)}`, () => flow(value as never, a)],
      [`an end ${String(value)}`, () => within(g => g.relationTable('R', value as never, a(g)))],
      [`columns of ${String(value)}`, () => TableSchema.from(value as never)],
      [`the column ${String(value)}`, () => TableSchema.of({ id: value as never })],
      [`a dimension of ${String(value)}`, () => new VectorSchema((value === 5 ? 5.5 : value) as never)],
      [`a connection by ${String(value)}`, () => new ConnectionFactory(value as never)],
      [
        `the database ${String(value)}`,
        () => new ConnectionFactory({ uri: 'bolt://x', database: (value === 'x' ? 5 : value) as never }),
      ],
      [`the uri ${String(value)}`, () => new ConnectionFactory({ uri: value as never })],
    ]),
    ...VALUES.filter(value => !isFunction(value)).flatMap((value): [string, () => unknown][] => [
      [`a flow by ${String(value)}`, () => flow(new ContextKey('k'), value as never)],
      [`a source by ${String(value)}`, () => within(g => [a(g), g.source('*', {}, value as never)])],
    ]),
    ...[null, 5, 'x', true, []].flatMap((value): [string, () => unknown][] => [
      [`options ${String(value)} of a table`, () => within(g => g.nodeTable('A', value as never))],
      [`options ${String(value)} of a source`, () => within(g => [a(g), g.source('*', value as never, () => null)])],
      [`options ${String(value)} of an index`, () => within(g => a(g).vectorIndex(value as never))],
    ]),
    ['an async flow', () => within(async () => {})],
  ])('%s is refused', (_, define) => {
    expect(define).toThrow(DefinitionError);
  });
});
