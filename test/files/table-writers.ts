import { parquetWriteBuffer } from 'hyparquet-writer';
import type { GraphElement } from '../../lib/files/graph/graph-element.ts';
import type { ReadOptions } from '../../lib/files/read-records.ts';

/** Types of columns that tables of tests have. */
export type Type =
  | 'STRING'
  | 'BOOLEAN'
  | 'INTEGER'
  | 'FLOAT'
  | 'BYTES'
  | 'DATE'
  | 'LOCAL TIME'
  | 'LOCAL DATETIME'
  | 'ZONED DATETIME'
  | 'DURATION'
  | 'POINT'
  | 'LIST<INTEGER>'
  | 'LIST<STRING>'
  | 'LIST<FLOAT>';

export type Cell = string | boolean | bigint | number | Uint8Array | object | null;

/** A table: each row has an `id` and a cell of each column. Temporal values are ISO texts, points `{ srid, x, y }`. */
export interface Table {
  readonly columns: readonly { readonly name: string; readonly type: Type }[];
  readonly rows: readonly (readonly Cell[])[];
}

/** A format as some program writes it: how a table becomes a file, and how the file is read. */
export interface Writer {
  readonly key: string;
  readonly options: ReadOptions;
  /** Whether it has no NaN and no infinities. */
  readonly finite?: true;
  /** Types that it has no form for, and what it can't tell from an absent value. */
  readonly lacks: readonly Type[];
  /** Whether its values have their types without a table's schema. */
  readonly typed?: readonly Type[];
  write(table: Table): string | Uint8Array;
  /** Makes a row of what is read; left out: it is one. */
  row?(value: unknown): object;
}

function json(type: Type, cell: Cell): string {
  if (Array.isArray(cell)) return `[${cell.map(item => json(type, item as Cell)).join()}]`;
  if (typeof cell === 'bigint') return String(cell);
  if (typeof cell === 'number') return Object.is(cell, -0) ? '-0.0' : String(cell);
  return JSON.stringify(cell);
}

const jsonLines = (
  { columns, rows }: Table,
  value: (type: Type, cell: Cell) => string,
  id: (index: number) => string,
) =>
  rows.map((row, index) => {
    const cells = columns.map(({ name, type }, place) => `${JSON.stringify(name)}:${value(type, row[place] ?? null)}`);
    return `{${[`"id":${id(index)}`, ...cells].join()}}`;
  });

function extended(type: Type, cell: Cell): string {
  if (cell === null) return 'null';
  if (Array.isArray(cell)) return `[${cell.map(item => extended(type, item as Cell)).join()}]`;
  if (cell instanceof Uint8Array)
    return JSON.stringify({ $binary: { base64: Buffer.from(cell).toString('base64'), subType: '00' } });
  if (typeof cell === 'bigint') return JSON.stringify({ $numberLong: String(cell) });
  if (typeof cell === 'number') return JSON.stringify({ $numberDouble: Object.is(cell, -0) ? '-0.0' : String(cell) });
  if (type === 'ZONED DATETIME')
    return JSON.stringify({ $date: { $numberLong: String(new Date(String(cell)).getTime()) } });
  if (typeof cell === 'object')
    return `{${Object.entries(cell).map(([name, field]) => `"${name}":${json(type, field)}`)}}`;
  return JSON.stringify(cell);
}

function attribute(cell: Cell): object {
  if (cell === null) return { NULL: true };
  if (Array.isArray(cell)) return { L: cell.map(item => attribute(item as Cell)) };
  if (cell instanceof Uint8Array) return { B: Buffer.from(cell).toString('base64') };
  if (typeof cell === 'bigint' || typeof cell === 'number') return { N: String(cell) };
  if (typeof cell === 'boolean') return { BOOL: cell };
  if (typeof cell === 'string') return { S: cell };
  return { M: Object.fromEntries(Object.entries(cell).map(([name, field]) => [name, attribute(field as Cell)])) };
}

const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;

function cellText(cell: Cell): string {
  if (cell === null) return '';
  if (Array.isArray(cell)) return cell.map(item => cellText(item as Cell)).join(';');
  if (typeof cell === 'object' && !(cell instanceof Uint8Array))
    return `{${Object.entries(cell).map(([name, field]) => `${name}: ${cellText(field)}`)}}`;
  return Object.is(cell, -0) ? '-0.0' : String(cell);
}

const HEADERS: Readonly<Record<Type, string>> = {
  STRING: 'string',
  BOOLEAN: 'boolean',
  INTEGER: 'long',
  FLOAT: 'double',
  BYTES: '',
  DATE: 'date',
  'LOCAL TIME': 'localtime',
  'LOCAL DATETIME': 'localdatetime',
  'ZONED DATETIME': 'datetime',
  DURATION: 'duration',
  POINT: 'point',
  'LIST<INTEGER>': 'long[]',
  'LIST<STRING>': 'string[]',
  'LIST<FLOAT>': 'double[]',
};

const csvRows = ({ columns, rows }: Table, header: string[], separator = ',') =>
  [header, ...rows.map((row, index) => [String(index), ...columns.map((_, place) => cellText(row[place] ?? null))])]
    .map(cells => `${cells.map(quoted).join(separator)}\n`)
    .join('');

const graphRow = (value: unknown) => {
  const { id, properties } = value as GraphElement;
  return { ...properties, id: BigInt(id ?? -1) };
};

const TEXTS: readonly Type[] = ['STRING', 'DATE', 'LOCAL TIME', 'LOCAL DATETIME', 'ZONED DATETIME', 'DURATION'];
const ALL = Object.keys(HEADERS) as Type[];
const GREMLIN: readonly Type[] = [
  'STRING',
  'BOOLEAN',
  'INTEGER',
  'FLOAT',
  'ZONED DATETIME',
  'LIST<INTEGER>',
  'LIST<STRING>',
  'LIST<FLOAT>',
];
const GRAPH: readonly Type[] = ALL.filter(type => type !== 'BYTES');

const TYPES_OF_PARQUET: Partial<Readonly<Record<Type, string>>> = {
  INTEGER: 'INT64',
  FLOAT: 'DOUBLE',
  BOOLEAN: 'BOOLEAN',
  BYTES: 'BYTE_ARRAY',
  POINT: 'JSON',
  'LIST<FLOAT>': 'JSON',
};

/** Formats by a name, as far as a test can write them. */
export const WRITERS: Readonly<Record<string, Writer>> = {
  ndjson: {
    key: 'a.ndjson',
    options: { allowNonNumericNumbers: true },
    lacks: ['BYTES'],
    write: table => `${jsonLines(table, json, String).join('\n')}\n`,
  },
  json: {
    key: 'a.json',
    options: { allowNonNumericNumbers: true },
    lacks: ['BYTES'],
    write: table => `[${jsonLines(table, json, String).join(',\n')}]`,
  },
  'extended JSON': {
    key: 'a.ndjson',
    options: { extendedJson: true },
    lacks: [],
    typed: [
      'STRING',
      'BOOLEAN',
      'INTEGER',
      'FLOAT',
      'BYTES',
      'ZONED DATETIME',
      'LIST<INTEGER>',
      'LIST<STRING>',
      'LIST<FLOAT>',
    ],
    write: table => `${jsonLines(table, extended, index => `{"$numberInt":"${index}"}`).join('\n')}\n`,
  },
  dynamodb: {
    key: 'a.json',
    options: { format: 'dynamodb' },
    finite: true,
    lacks: [],
    typed: ['STRING', 'BOOLEAN', 'INTEGER', 'BYTES', 'LIST<INTEGER>', 'LIST<STRING>'],
    write: table =>
      jsonLines(
        table,
        (_, cell) => JSON.stringify(attribute(cell)),
        index => `{"N":"${index}"}`,
      )
        .map(item => `{"Item":${item}}\n`)
        .join(''),
  },
  csv: {
    key: 'a.csv',
    options: {},
    lacks: ALL.filter(type => !TEXTS.includes(type)),
    write: table => csvRows(table, ['id', ...table.columns.map(({ name }) => name)]),
    row: value => ({ ...(value as object), id: BigInt((value as { id: string }).id) }),
  },
  'tsv in UTF-16': {
    key: 'a.tsv',
    options: { encoding: 'utf-16le' },
    lacks: ALL.filter(type => !TEXTS.includes(type)),
    write: table =>
      new Uint8Array(Buffer.from(csvRows(table, ['id', ...table.columns.map(({ name }) => name)], '\t'), 'utf16le')),
    row: value => ({ ...(value as object), id: BigInt((value as { id: string }).id) }),
  },
  'neo4j-admin': {
    key: 'a.csv',
    options: { format: 'neo4j-admin' },
    lacks: ['BYTES'],
    typed: GRAPH,
    write: table => csvRows(table, [':ID', ...table.columns.map(({ name, type }) => `${name}:${HEADERS[type]}`)]),
    row: graphRow,
  },
  'Neptune’s openCypher': {
    key: 'a.csv',
    options: { format: 'neptune' },
    lacks: ['BYTES', 'DATE'],
    typed: GRAPH.filter(type => type !== 'DATE'),
    write: table => csvRows(table, [':ID', ...table.columns.map(({ name, type }) => `${name}:${HEADERS[type]}`)]),
    row: graphRow,
  },
  'Neptune’s Gremlin': {
    key: 'a.csv',
    options: { format: 'neptune' },
    lacks: ALL.filter(type => !GREMLIN.includes(type)),
    typed: GREMLIN,
    write: table => csvRows(table, ['~id', ...table.columns.map(({ name, type }) => `${name}:${HEADERS[type]}`)]),
    row: graphRow,
  },
  parquet: {
    key: 'a.parquet',
    options: {},
    lacks: ['LIST<INTEGER>', 'LIST<STRING>', 'LIST<FLOAT>'],
    typed: ['STRING', 'BOOLEAN', 'INTEGER', 'FLOAT', 'BYTES'],
    write: ({ columns, rows }) =>
      new Uint8Array(
        parquetWriteBuffer({
          columnData: [
            { name: 'id', data: rows.map((_, index) => BigInt(index)), type: 'INT64' },
            ...columns.map(({ name, type }, place) => ({
              name,
              data: rows.map(row => row[place] ?? null),
              type: (TYPES_OF_PARQUET[type] ?? 'STRING') as 'STRING',
              nullable: true,
              // Its dictionaries hold 0 and -0 for one value.
              ...(type === 'FLOAT' && { encoding: 'PLAIN' as const }),
            })),
          ],
        }),
      ),
  },
};
