/** Prints rows a second and peak memory of every format, each read in a process of its own: `npm run benchmark`. */
import { execFileSync } from 'node:child_process';
import { createReadStream, createWriteStream, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip, createZstdCompress } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { type ReadOptions, readRecords } from '../../lib/files/read-records.ts';
import { rangesOfFile } from './ranges-of-file.ts';

const ROWS = Number(process.env.GRAPHDROP_BENCHMARK_ROWS ?? 200_000);
const COLUMNS = ['id', 'name', 'city', 'score', 'active', 'note'];
const [task, path, optionsText = '{}'] = process.argv.slice(2);

if (task === 'read' && path !== undefined) await measure(path, JSON.parse(optionsText) as ReadOptions);
else await all();

/** The child: reads one file, prints rows, seconds and peak megabytes. */
async function measure(file: string, options: ReadOptions): Promise<void> {
  const ranges = file.endsWith('.parquet') ? { ranges: rangesOfFile(file) } : {};
  const idle = process.resourceUsage().maxRSS;
  const began = performance.now();
  let rows = 0;
  for await (const batch of readRecords({ key: basename(file), body: createReadStream(file), ...ranges }, options))
    rows += batch.length;
  const seconds = (performance.now() - began) / 1000;
  const peak = process.resourceUsage().maxRSS;
  console.log(JSON.stringify({ rows, seconds, peak: peak / 1024, more: (peak - idle) / 1024 }));
}

async function all(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'graphdrop-benchmark-'));
  try {
    const print = (...cells: unknown[]) =>
      console.log(
        cells.map((cell, index) => (index === 0 ? String(cell).padEnd(24) : String(cell).padStart(12))).join(''),
      );
    console.log(`${ROWS} rows of six columns, Node ${process.version}`);
    print('format', 'MB', 'rows/s', 'MB/s', 'peak MB', 'of it read');
    for await (const { name, file, options } of files(folder)) {
      const argument = [import.meta.filename, 'read', file, JSON.stringify(options)];
      const { rows, seconds, peak, more } = JSON.parse(execFileSync(process.execPath, argument, { encoding: 'utf8' }));
      const megabytes = statSync(file).size / 1e6;
      const rate = Math.round(rows / seconds);
      print(name, megabytes.toFixed(1), rate, (megabytes / seconds).toFixed(1), Math.round(peak), Math.round(more));
      rmSync(file);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface Row {
  readonly id: number;
  readonly name: string;
  readonly city: string;
  readonly score: number;
  readonly active: boolean;
  readonly note: string;
}

function* rowsOf(): Generator<Row> {
  for (let id = 0; id < ROWS; id += 1) {
    const mixed = (id * 2654435761) % 2 ** 32;
    yield {
      id,
      name: `Person ${mixed}`,
      city: `City ${mixed % 1000}`,
      score: mixed / 1000,
      active: mixed % 2 === 0,
      note: `${mixed.toString(36)} said "so", and more`,
    };
  }
}

async function* files(folder: string): AsyncGenerator<{ name: string; file: string; options: ReadOptions }> {
  const written = async (file: string, lines: Iterable<string>) => {
    await pipeline(Readable.from(lines), createWriteStream(join(folder, file)));
    return join(folder, file);
  };
  const packed = async (file: string, lines: Iterable<string>, packer: NodeJS.ReadWriteStream) => {
    await pipeline(Readable.from(lines), packer, createWriteStream(join(folder, file)));
    return join(folder, file);
  };
  const text = (line: (row: Row) => string, first = '', last = '') =>
    (function* () {
      yield first;
      for (const row of rowsOf()) yield line(row);
      yield last;
    })();
  const ndjson = () => text(row => `${JSON.stringify(row)}\n`);
  const cells = (row: Row, between: string) =>
    [row.id, row.name, row.city, row.score, row.active, `"${row.note.replaceAll('"', '""')}"`].join(between);
  const csv = (between = ',') => text(row => `${cells(row, between)}\n`, `${COLUMNS.join(between)}\n`);
  yield { name: 'ndjson', file: await written('a.ndjson', ndjson()), options: {} };
  yield { name: 'ndjson.gz', file: await packed('a.ndjson.gz', ndjson(), createGzip()), options: {} };
  yield { name: 'ndjson.zst', file: await packed('a.ndjson.zst', ndjson(), createZstdCompress()), options: {} };
  const json = text(row => `${row.id === 0 ? '' : ','}${JSON.stringify(row)}`, '[', ']');
  yield { name: 'json', file: await written('a.json', json), options: {} };
  yield { name: 'csv', file: await written('a.csv', csv()), options: {} };
  yield { name: 'csv.gz', file: await packed('a.csv.gz', csv(), createGzip()), options: {} };
  yield { name: 'tsv', file: await written('a.tsv', csv('\t')), options: {} };
  const neo4j = text(row => `${cells(row, ',')}\n`, 'id:ID,name,city,score:double,active:boolean,note\n');
  yield { name: 'neo4j-admin', file: await written('n.csv', neo4j), options: { format: 'neo4j-admin' } };
  const neptune = text(
    row => `${cells(row, ',')}\n`,
    '~id,name:String,city:String,score:Double,active:Bool,note:String\n',
  );
  yield { name: 'neptune', file: await written('p.csv', neptune), options: { format: 'neptune' } };
  const apoc = text(
    ({ id, ...properties }) => `${JSON.stringify({ type: 'node', id: String(id), labels: ['P'], properties })}\n`,
  );
  yield { name: 'apoc', file: await written('a.jsonl', apoc), options: { format: 'apoc' } };
  for (const codec of ['UNCOMPRESSED', 'SNAPPY'] as const) {
    const rows = [...rowsOf()];
    const columnData = [
      { name: 'id', data: rows.map(row => BigInt(row.id)), type: 'INT64' as const },
      { name: 'name', data: rows.map(row => row.name), type: 'STRING' as const },
      { name: 'city', data: rows.map(row => row.city), type: 'STRING' as const },
      { name: 'score', data: rows.map(row => row.score), type: 'DOUBLE' as const },
      { name: 'active', data: rows.map(row => row.active), type: 'BOOLEAN' as const },
      { name: 'note', data: rows.map(row => row.note), type: 'STRING' as const },
    ];
    const file = join(folder, 'a.parquet');
    writeFileSync(file, new Uint8Array(parquetWriteBuffer({ columnData, codec })));
    const name = `parquet, ${codec.toLowerCase()}`;
    if (codec === 'SNAPPY') {
      const again = join(folder, 'two.parquet');
      writeFileSync(again, new Uint8Array(parquetWriteBuffer({ columnData, codec })));
      yield { name: 'parquet, 2 of 6 columns', file: again, options: { columns: ['id', 'city'] } };
    }
    yield { name, file, options: {} };
  }
  const blob = text(row => `${row.note}\n`);
  const options = { maxRecordBytes: 1e9 };
  yield { name: 'text (1 row)', file: await written('a.txt', blob), options: { format: 'text', ...options } };
}
