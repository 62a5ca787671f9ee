/** Threat: a file of a folder stays open after its reader has ended early, failed, or was given up. */
import { mkdtempSync, readdirSync, readlinkSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { FolderObjects } from '../../lib/bucket/folder/folder-objects.ts';
import { readObject } from '../../lib/bucket/objects.ts';
import { ContextKey, type Declared, flow, type NodeTable, type SourceOptions } from '../../lib/index.ts';
import { ConnectionFactory } from '../../lib/neo4j/transport/connection-factory.ts';
import { Scope } from '../../lib/scope.ts';
import { sqliteState } from '../../lib/state/sqlite/sqlite-state.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'graphdrop-open-'));
});
afterEach(() => rm(root, { recursive: true }));

/** Lists the files of the folder that this process has open. */
function openFiles(): string[] {
  const targets = readdirSync('/proc/self/fd').flatMap(fd => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      return [];
    }
  });
  return targets.filter(target => target.startsWith(join(root, 'objects')));
}

type Row = { readonly id: number };
type Declare = (row: Row, table: NodeTable<Row>) => Declared | Promise<Declared>;

/** Reads a file of the folder by a source. @returns how that ended */
async function read(
  key: string,
  body: string | Uint8Array,
  options: SourceOptions<never> = {},
  declare: Declare = ({ id }, table) => table.declareRecord({ id }),
  signal?: AbortSignal,
): Promise<string> {
  const folder = join(root, 'objects');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, key), body);
  const state = sqliteState(join(root, 'state.sqlite'));
  const scope = new Scope({
    flow: flow(new ContextKey('open'), graph => {
      const table = graph.nodeTable<Row>('Thing');
      graph.source('*', options, record => declare(record as unknown as Row, table));
    }),
    connection: new ConnectionFactory({ uri: 'bolt://127.0.0.1:1', auth: { username: 'neo4j', password: '' } }),
    objects: new FolderObjects(folder),
    state,
  });
  try {
    await readObject(scope, key, { signal });
    return 'read';
  } catch (error) {
    return (error as Error).message;
  } finally {
    state.close();
  }
}

/** A million bytes and more that no compression makes smaller, in lines. */
const noise = Array.from({ length: 20_000 }, (_, id) => JSON.stringify({ id, noise: Math.random() }));
const lines = `${noise.join('\n')}\n`;
const gzip = gzipSync(lines);
const zstd = zstdCompressSync(lines);
const damaged = (bytes: Buffer) =>
  Buffer.concat([bytes.subarray(0, 300_000), Buffer.from('damage'), bytes.subarray(300_000)]);
const again = () => {
  throw Object.assign(new Error('try again'), { retryable: true });
};

it.each<[how: string, ends: RegExp, ...Parameters<typeof read>]>([
  ['to its end', /^read$/, 'a.ndjson', lines],
  ['up to a fault', /not one JSON value/, 'a.ndjson', `{bad\n${lines}`],
  ['up to the limit of records', /more than 5 records/, 'a.ndjson', lines, { maxRecords: 5 }],
  ['up to a record that is too long', /longer than 9 bytes/, 'a.ndjson', lines, { maxRecordBytes: 9 }],
  ['up to a header with a fault', /same name as column 1/, 'a.csv', `id,id\n${'1,2\n'.repeat(300_000)}`],
  ['up to a page in the place of a file', /is a web page/, 'a.json', `<html>${' '.repeat(1_000_000)}`],
  ['up to another encoding', /UTF-16LE/, 'a.csv', Buffer.concat([Buffer.from([0xff, 0xfe]), gzip])],
  [
    'up to a fault of its function',
    /the source's function failed: try/,
    'a.ndjson',
    lines,
    {},
    () => {
      throw new Error('try it');
    },
  ],
  ['up to trouble of its function', /^try again$/, 'a.ndjson', lines, {}, again],
  ['up to trouble of its async function', /^try again$/, 'a.ndjson', lines, {}, async () => again()],
  [
    'up to a call that takes too long',
    /took longer/,
    'a.ndjson',
    lines,
    { timeoutMs: 20 },
    () => new Promise(() => {}),
  ],
  ['until it is given up', /given up/, 'a.ndjson', lines, {}, undefined, AbortSignal.abort()],
  ['not at all: no format has its name', /./, 'a.other', lines],
  ['packed, to its end', /^read$/, 'a.ndjson.gz', gzip],
  ['packed, up to trouble of its function', /^try again$/, 'a.ndjson.gz', gzip, {}, again],
  ['packed, up to damage', /gzip/, 'a.ndjson.gz', damaged(gzip)],
  [
    'packed, up to other bytes',
    /gzip/,
    'a.ndjson.gz',
    Buffer.concat([gzipSync('{"id":1}\n'), Buffer.alloc(1_000_000)]),
  ],
  ['packed, up to the limit', /unpacks to more/, 'a.ndjson.gz', gzip, { maxDecompressedBytes: 100_000 }],
  ['as zstd, up to damage', /zstd/, 'a.ndjson.zst', damaged(zstd)],
  ['as zstd, up to the limit', /unpacks to more/, 'a.ndjson.zst', zstd, { maxDecompressedBytes: 100_000 }],
  ['up to bytes that aren’t packed', /is said to be gzip/, 'a.ndjson.gz', lines],
  ['by ranges, up to a fault', /no Parquet file/, 'a.parquet', lines],
])('a file that is read %s is closed', async (_, ends, ...reading) => {
  expect(await read(...reading)).toMatch(ends);
  // Streams close what is behind them a moment after their reader has gone.
  await vi.waitFor(() => expect(openFiles()).toEqual([]));
});

it('a file whose reader never comes back is closed, and not by Node with a warning', async () => {
  const warnings: Error[] = [];
  const warned = (warning: Error) => void warnings.push(warning);
  process.on('warning', warned);
  await mkdir(join(root, 'objects'));
  await writeFile(join(root, 'objects', 'a'), Buffer.alloc(1_000_000));
  const objects = new FolderObjects(join(root, 'objects'));
  await (async () => {
    const body = (await objects.read('a'))?.body[Symbol.asyncIterator]();
    await body?.next();
  })();
  expect(openFiles()).toHaveLength(1);
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  await vi.waitFor(() => {
    collect();
    expect(openFiles()).toEqual([]);
  });
  // Node warns in a later turn.
  await turn();
  await turn();
  process.off('warning', warned);
  expect(warnings).toEqual([]);
});
