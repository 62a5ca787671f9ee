/** Files of many rows, written without holding them: the content of one object. */
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { fileWriter, parquetWriteRows } from 'hyparquet-writer';
import { type Item, item } from '../bench/data/rows.ts';

/** By the ending of the object's name. */
export const FORMATS = ['ndjson', 'ndjson.gz', 'csv', 'parquet'] as const;

export type Format = (typeof FORMATS)[number];

/** What changed rows begin with, in their gloss. */
export const EDITION = '2nd: ';

/** Rows by their numbers, some of them changed, which lie as far apart as they can. */
export interface Rows {
  readonly count: number;
  readonly changed: number;
}

/** Lines that are written at once. */
const LINES = 1_000;

/** Rows of a row group of Parquet: so many are in memory. */
const GROUP = 50_000;

const COLUMNS = ['id', 'pos', 'lemma', 'gloss'] as const;

export async function writeRows(path: string, format: Format, rows: Rows): Promise<void> {
  if (format === 'parquet') {
    const columns = COLUMNS.map(name => ({ name, type: 'STRING' as const }));
    parquetWriteRows({ writer: fileWriter(path), rows: itemsOf(rows), columns, rowGroupSize: GROUP });
    return;
  }
  const lines = Readable.from(format === 'csv' ? csvOf(rows) : ndjsonOf(rows));
  if (format === 'ndjson.gz') await pipeline(lines, createGzip(), createWriteStream(path));
  else await pipeline(lines, createWriteStream(path));
}

/** Returns the numbers of the changed rows. */
export function changedNumbers({ count, changed }: Rows): number[] {
  return Array.from({ length: changed }, (_, i) => Math.floor((i * count) / changed));
}

function* itemsOf(rows: Rows): Generator<Item> {
  const changed = new Set(changedNumbers(rows));
  for (let number = 0; number < rows.count; number += 1) yield item(number, changed.has(number) ? EDITION : '');
}

function* ndjsonOf(rows: Rows): Generator<string> {
  yield* together(rows, row => JSON.stringify(row));
}

function* csvOf(rows: Rows): Generator<string> {
  yield `${COLUMNS.join()}\n`;
  yield* together(rows, row => COLUMNS.map(name => `"${row[name]}"`).join());
}

function* together(rows: Rows, lineOf: (row: Item) => string): Generator<string> {
  let lines = '';
  let waiting = 0;
  for (const row of itemsOf(rows)) {
    lines += `${lineOf(row)}\n`;
    waiting += 1;
    if (waiting < LINES) continue;
    yield lines;
    [lines, waiting] = ['', 0];
  }
  yield lines;
}
