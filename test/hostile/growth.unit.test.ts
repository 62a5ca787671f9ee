/** Threat: a file, a key, a message or an answer whose reading takes time that grows faster than its size. */
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { CollectedRows } from '../../lib/bucket/collected-rows.ts';
import { Duplicates } from '../../lib/bucket/duplicates.ts';
import type { Declaration } from '../../lib/definition/declaration.ts';
import { type GraphDefinition, tableId } from '../../lib/definition/definition.ts';
import { matchGlob } from '../../lib/files/keys/glob.ts';
import { Notes } from '../../lib/files/notes.ts';
import { InvalidRecords } from '../../lib/files/problems.ts';
import { type CheckedOptions, readRecords } from '../../lib/files/read-records.ts';
import { RejectedObjectError } from '../../lib/files/rejection.ts';
import { ContextKey, flow } from '../../lib/index.ts';
import { parseMessageBody } from '../../lib/lambda/s3-event.ts';
import { QueryApi } from '../../lib/neo4j/transport/query-api.ts';
import { TxCommit } from '../../lib/neo4j/transport/tx-commit.ts';
import { readStatements } from '../../lib/query/read-statements.ts';
import { StatementError } from '../../lib/query/statement-error.ts';
import { metaJson } from '../../lib/query/value-json.ts';
import { clientThatGets, isRefusedAnswer } from '../support/answered.ts';

/** Size of the smallest input, in repetitions of what a shape repeats. */
const N = 20_000;
const CHUNK_BYTES = 4096;
/** Below this the clock and the collection of garbage count for more than the work. */
const LEAST_MS = 10;
/** Of four times the input: 4 is linear, 16 is quadratic. */
const MOST_GROWTH = 8;
const TRIES = 4;

type Work = (n: number) => () => unknown;

const repeated = (text: string, n: number) => text.repeat(n);

async function* cut(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES) yield bytes.subarray(start, start + CHUNK_BYTES);
}

/** Reads a whole file, to its records or its rejection. */
async function readAll(key: string, bytes: Uint8Array, options: CheckedOptions = {}): Promise<void> {
  const body = cut(bytes);
  try {
    for await (const _records of readRecords(
      { key, body },
      { record: z.looseObject({}), ...options },
      new InvalidRecords(1e6),
    ));
  } catch (error) {
    if (!(error instanceof RejectedObjectError)) throw error;
  }
}

const file = (key: string, content: (n: number) => string | Uint8Array, options?: CheckedOptions): Work => {
  return n => {
    const whole = content(n);
    const bytes = typeof whole === 'string' ? Buffer.from(whole) : whole;
    return () => readAll(key, bytes, options);
  };
};
const cell = (type: string, content: (n: number) => string) =>
  file('a.csv', n => `:ID,c:${type}\n1,"${content(n)}"\n`, { format: 'neo4j-admin' });
const neptuneCell = (type: string, content: (n: number) => string) =>
  file('a.csv', n => `~id,c:${type}\n1,"${content(n)}"\n`, { format: 'neptune' });
const glob = (pattern: string, key: (n: number) => string): Work => {
  const matches = matchGlob(pattern);
  return n => {
    const text = key(n);
    return () => matches(text);
  };
};
const parquet = (
  columns: (n: number) => { name: string; data: unknown[]; type: 'STRING' | 'INT32' }[],
  rowGroupSize = 1e6,
) => file('a.parquet', n => new Uint8Array(parquetWriteBuffer({ columnData: columns(n) as never, rowGroupSize })));
const answer = (Endpoint: typeof QueryApi | typeof TxCommit, body: (n: number) => string): Work => {
  return n => {
    const bytes = Buffer.from(body(n));
    return async () => {
      const response = new Response(ReadableStream.from(cut(bytes)));
      const endpoint = new Endpoint(clientThatGets(response), '/');
      await endpoint.run({ text: 'RETURN 1', parameters: {} }, 1000).catch((error: unknown) => {
        if (!isRefusedAnswer(error)) throw error;
      });
    };
  };
};
const request = (body: (n: number) => string): Work => {
  return n => {
    const bytes = Buffer.from(body(n));
    return () => {
      try {
        return [...readStatements(bytes)];
      } catch (error) {
        if (!(error instanceof StatementError)) throw error;
        return error;
      }
    };
  };
};
const deep = (depth: number, value: unknown): unknown => {
  let nested = value;
  for (let level = 0; level < depth; level += 1) nested = [nested];
  return nested;
};
const list = <Item>(n: number, item: (index: number) => Item) => Array.from({ length: n }, (_, index) => item(index));

const SHAPES: Readonly<Record<string, Work>> = {
  'NDJSON: many lines': file('a.ndjson', n => repeated('{"a":1}\n', n)),
  'NDJSON: blank lines': file('a.ndjson', n => repeated('\n', 8 * n)),
  'NDJSON: one long text': file('a.ndjson', n => `{"a":"${repeated('ab\\u0041', n)}"}\n`),
  'NDJSON: one long integer': file('a.ndjson', n => `{"a":${repeated('7', 8 * n)}}\n`),
  'NDJSON: one long fraction': file('a.ndjson', n => `{"a":0.${repeated('7', 8 * n)}}\n`),
  'NDJSON: one long exponent': file('a.ndjson', n => `{"a":1e${repeated('7', 8 * n)}}\n`),
  'NDJSON: many integers beyond 2^53': file('a.ndjson', n => `[${repeated('12345678901234567,', n)}1]\n`),
  'NDJSON: brackets in a text': file('a.ndjson', n => `{"a":"${repeated('[{', 4 * n)}"}\n`),
  'NDJSON: brackets that close': file('a.ndjson', n => `[${repeated('[],', n)}[]]\n`),
  'NDJSON: brackets that do not close': file('a.ndjson', n => repeated('[', 8 * n)),
  'NDJSON: lines that are no JSON': file('a.ndjson', n => repeated('x\n', n / 20)),
  'NDJSON: values on one line': file('a.ndjson', n => repeated('{"a":1}', n)),
  'NDJSON: bytes that are no UTF-8': file('a.ndjson', n => Buffer.from(repeated('\xff\n', n / 20), 'latin1')),
  'NDJSON: many keys': file('a.ndjson', n => `{${list(n, index => `"k${index}":1`).join()}}\n`),
  'NDJSON: names that the schema has not': file('a.ndjson', n => `{${list(n, index => `"k${index}":1`).join()}}\n`, {
    record: z.object({ id: z.number().optional() }),
  }),
  'NDJSON: names that are not the one that is missing': file(
    'a.ndjson',
    n => `{${list(n / 4, index => `"identifiers of ${index}":1`).join()}}\n`,
    { record: z.object({ identifier: z.number() }) },
  ),
  'NDJSON: escaped keys': file('a.ndjson', n => `{${list(n / 4, index => `"k${index}\\\\":1`).join()}}\n`),
  'NDJSON: an escaped key beside names of graphdrop’s own': file(
    'a.ndjson',
    n => `{"a\\\\b":1,"c":"${list(n, index => `key${index}.`).join('')}"}\n`,
  ),
  'NDJSON: NaN beside numbers of graphdrop’s own': file(
    'a.ndjson',
    n => `{"a":NaN,"c":"${list(n, index => `0e${1000 + index} `).join('')}"}\n`,
    { allowNonNumericNumbers: true },
  ),
  'NDJSON: texts that are no numbers': file('a.ndjson', n => `{"a":[${repeated('NaN,-Infinity,', n)}x]}\n`),
  'JSON: many elements': file('a.json', n => `[${repeated('1,', n / 2)}1]`),
  'JSON: one long element': file('a.json', n => `[{"a":"${repeated('\\"', 4 * n)}"}]`),
  'JSON: values without a comma': file('a.json', n => repeated('{"a":1}', n)),
  'JSON: white space': file('a.json', n => `[${repeated(' \n', 4 * n)}1]`),
  'JSON: never closed': file('a.json', n => `[{"a":"${repeated('x', 8 * n)}`),
  'CSV: many rows': file('a.csv', n => `a,b\n${repeated('1,2\n', n)}`),
  'CSV: one long cell': file('a.csv', n => `a\n${repeated('x', 8 * n)}\n`),
  'CSV: one long quoted cell': file('a.csv', n => `a\n"${repeated('""\n', 4 * n)}"\n`),
  'CSV: many cells in lines of one row': file('a.csv', n => `a\n${repeated('"x\r\n"\n', n)}`),
  'CSV: blank lines': file('a.csv', n => `a\n${repeated('\n', 8 * n)}1\n`),
  'CSV: a quote that never ends': file('a.csv', n => `a\n"${repeated('x,\n', 4 * n)}`),
  'CSV: many columns': file('a.csv', n => `${list(n, index => `c${index}`).join()}\n${repeated(',', n - 1)}\n`, {
    maxColumns: 1e6,
  }),
  'CSV: rows with too many cells': file('a.csv', n => `a\n${repeated('1,2\n', n / 20)}`),
  'CSV: bytes that are no UTF-8': file('a.csv', n => Buffer.from(`a\n${repeated('\xff\n', n)}`, 'latin1')),
  'text: long': file('a', n => repeated('é', 8 * n), { format: 'text' }),
  'bytes: long': file('a', n => repeated('x', 8 * n), { format: 'bytes' }),
  'gzip: many members': file('a.ndjson.gz', n => Buffer.concat(list(n / 10, () => gzipSync('1\n')))),
  'zstd: many frames': file('a.ndjson.zst', n => Buffer.concat(list(n / 100, () => zstdCompressSync('1\n')))),
  'APOC: many labels': file('a', n => `{"type":"node","id":"1","labels":[${repeated('"A",', n)}"B"]}\n`, {
    format: 'apoc',
  }),
  'APOC: no elements': file('a', n => repeated('{"type":"x"}\n', n / 20), { format: 'apoc' }),
  'neo4j-admin: digits': cell('double', n => `${repeated('7', 4 * n)}x`),
  'neo4j-admin: a long number': cell('double', n => repeated('7', 8 * n)),
  'neo4j-admin: digits of an integer': cell('long', n => repeated('7', 8 * n)),
  'neo4j-admin: a list of digits': cell('double[]', n => repeated('7;', 4 * n)),
  'neo4j-admin: blanks around a number': cell('double', n => `${repeated(' ', 4 * n)}x${repeated(' ', 4 * n)}`),
  'neo4j-admin: a point of blanks': cell('point', n => `{x${repeated(' ', 4 * n)}: y${repeated(' ', 4 * n)}'}`),
  'neo4j-admin: a point of entries': cell('point', n => `{${repeated('x: 1,', n)}}`),
  'neo4j-admin: a point of colons': cell('point', n => `{${repeated('x:', 4 * n)}}`),
  'neo4j-admin: a point of quotes': cell('point', n => `{x: ${repeated("'", 8 * n)}}`),
  'neo4j-admin: a date': cell('datetime', n => `2026-01-31T12:00:00.${repeated('0', 8 * n)}`),
  'neo4j-admin: a duration': cell('duration', n => `P${repeated('7', 8 * n)}`),
  'neo4j-admin: a vector': cell('vector{dimensions:3}', n => repeated('7;', 4 * n)),
  'neo4j-admin: many columns': file(
    'a',
    n => `:ID,${list(n, index => `c${index}:int`).join()}\n1${repeated(',', n)}\n`,
    { format: 'neo4j-admin', maxColumns: 1e6 },
  ),
  'neo4j-admin: columns of colons': file(
    'a',
    n => `:ID,${list(n / 200, index => `c${index}${repeated(':a{:a(', 150)}`).join()}\n`,
    { format: 'neo4j-admin', maxColumns: 1e6 },
  ),
  'neo4j-admin: many labels': file('a', n => `:ID,:LABEL\n1,${repeated('A;', 4 * n)}\n`, { format: 'neo4j-admin' }),
  'Neptune: a list of escapes': neptuneCell('String[]', n => repeated('\\;', 4 * n)),
  'Neptune: a list of delimiters': neptuneCell('String[]', n => repeated('a;', 4 * n)),
  'Neptune: a list of odd values': neptuneCell('Bool[]', n => repeated('x;', 4 * n)),
  'Neptune: digits': neptuneCell('Double', n => `${repeated('7', 4 * n)}x`),
  'Neptune: a date': neptuneCell('Date', n => repeated('2026-', 2 * n)),
  'Neptune: many columns': file('a', n => `~id,${list(n, index => `c${index}:Int`).join()}\n1${repeated(',', n)}\n`, {
    format: 'neptune',
    maxColumns: 1e6,
  }),
  'Neptune: columns of escapes': file(
    'a',
    n => `~id,${list(n / 200, index => `c${index}${repeated('\\:', 400)}`).join()}\n`,
    { format: 'neptune', maxColumns: 1e6 },
  ),
  'Parquet: many rows': parquet(n => [{ name: 'a', data: list(n, String), type: 'STRING' }]),
  'Parquet: one long text': parquet(n => [{ name: 'a', data: [repeated('x', 8 * n)], type: 'STRING' }]),
  'Parquet: many row groups': parquet(n => [{ name: 'a', data: list(n / 50, index => index), type: 'INT32' }], 1),
  'Parquet: many columns': parquet(n =>
    list(n / 10, index => ({ name: `c${index}`, data: [1], type: 'INT32' as const })),
  ),
  'a key against stars': glob('data/*_*_*_*_*_*.csv', n => `data/${repeated('_', n)}x`),
  'a key against folders': glob('**/a/**/a/**/*.csv', n => repeated('a/', n / 4)),
  'a key against alternatives': glob('+(a|aa|aaa)b', n => repeated('a', n)),
  'a key against what it must not be': glob('!(*a*a*a)b*', n => repeated('a', n / 4)),
  'a message of many keys': n => {
    const text = JSON.stringify({ bucket: 'b', keys: list(n, index => `k${index}`) });
    return () => parseMessageBody(text);
  },
  'the Query API: many lists of rows': answer(QueryApi, n => `{"data":{${repeated('"values":[],', n)}"fields":[]}}`),
  'the Query API: many lists that are none of rows': answer(QueryApi, n => `{"data":{${repeated('"a":[],', n)}"b":1}}`),
  'the Query API: many rows': answer(
    QueryApi,
    n => `{"data":{"fields":["a"],"values":[${repeated('[{"$type":"Null","_value":null}],', n)}[null]]}}`,
  ),
  'the Query API: one deep row': answer(QueryApi, n => `{"data":{"fields":["a"],"values":[${repeated('[', 4 * n)}`),
  'the Query API: one long text': answer(QueryApi, n => `{"data":{"fields":["${repeated('\\"', 4 * n)}`),
  'tx/commit: many lines': answer(TxCommit, n =>
    repeated('{"header":{"fields":["a"]}}\n{"data":[{"Z":"1"}]}\n', n / 2),
  ),
  'tx/commit: one line without end': answer(TxCommit, n => `{"data":[${repeated('{"Z":"1"},', n)}`),
  'tx/commit: empty lines': answer(TxCommit, n => repeated('\n', 8 * n)),
  'a request: many statements': request(n => `{"statements":[${repeated('{"statement":"RETURN 1"},', n / 4)}{}]}`),
  'a request: one key twice and more': request(
    n => `{"statements":[{${repeated('"statement":"RETURN 1",', n)}"a":1}]}`,
  ),
  'a request: lists that are no statements': request(
    n => `${repeated('[', n / 100)}${repeated('1,', n)}1${repeated(']', n / 100)}`,
  ),
  'a request: its first field': request(n => `{"${repeated('\\"', 4 * n)}":[`),
  'a request: white space': request(n => `${repeated(' \n', 4 * n)}{`),
  'a result: a long list in lists': n => {
    const value = deep(
      n / 100,
      list(n, index => index),
    );
    return () => metaJson(value, () => false);
  },
  'rows that one record declares': n => {
    let rows: readonly Declaration[] = [];
    const { definition } = flow(new ContextKey('growth'), graph => {
      const person = graph.nodeTable<{ id: number }>('Person');
      rows = list(n / 4, id => person.declareRecord({ id }));
    });
    return collecting(definition, rows);
  },
  'one edge that a record declares again and again': n => {
    let rows: readonly Declaration[] = [];
    const { definition } = flow(new ContextKey('growth'), graph => {
      const person = graph.nodeTable<{ id: number }>('Person');
      const knows = graph.relationTable('KNOWS', person, person);
      rows = list(n / 4, () => knows.declareRelation({ fromId: 1, toId: 2 }));
    });
    return collecting(definition, rows);
  },
  'one edge in as many versions': n => {
    let rows: readonly Declaration[] = [];
    const { definition } = flow(new ContextKey('growth'), graph => {
      const person = graph.nodeTable<{ id: number }>('Person');
      const knows = graph.relationTable('KNOWS', person, person, { versionBy: 'v' as never });
      rows = list(n / 4, v => knows.declareRelation({ fromId: 1, toId: 2, record: { v } as never }));
    });
    return collecting(definition, rows);
  },
};

function collecting(definition: GraphDefinition, rows: readonly Declaration[]): () => void {
  const tables = new Map(definition.tables.map(table => [tableId(table), table]));
  return () => new CollectedRows(Number.POSITIVE_INFINITY, new Duplicates(tables, new Notes())).add(rows, 1);
}

/** CPU milliseconds that the work takes; the least of several, for what else happens only adds to it. */
async function cost(work: () => unknown, times: number): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let time = 0; time < times; time += 1) {
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}

describe('work grows no faster than its input', () => {
  test.each(Object.entries(SHAPES))('%s', { timeout: 300_000 }, async (_, work) => {
    const [small, middle, large] = [work(N), work(2 * N), work(4 * N)];
    await small();
    let growth = Number.POSITIVE_INFINITY;
    for (let times = 2; growth > MOST_GROWTH && times <= 2 * TRIES; times += 2) {
      const [few, some, many] = [await cost(small, times), await cost(middle, times), await cost(large, times)];
      growth = Math.max(many / Math.max(few, LEAST_MS), (2 * many) / (3 * Math.max(some, LEAST_MS)));
    }
    expect(growth).toBeLessThanOrEqual(MOST_GROWTH);
  });
});
