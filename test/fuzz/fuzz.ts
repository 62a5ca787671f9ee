import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { ReadOptions } from '../../lib/files/read-records.ts';
import { readRecords } from '../../lib/files/read-records.ts';
import { RejectedObjectError } from '../../lib/graph/errors.ts';
import { chunked } from '../files/chunked.ts';

/** A good file to damage, and how it is read. */
interface Seed {
  readonly key: string;
  readonly bytes: Buffer;
  readonly options: ReadOptions;
}

/** Small, so that a file that slips past a limit shows. */
const LIMITS: ReadOptions = { maxDecompressedBytes: 4e6, maxPageBytes: 4e6, maxRecordBytes: 1e5, maxRecords: 1e5 };

const corpus = new URL('../corpus/', import.meta.url);
const fromCorpus = (name: string, options: ReadOptions = {}): Seed => ({
  key: name,
  bytes: readFileSync(new URL(name, corpus)),
  options,
});
const written = (key: string, text: string, options: ReadOptions = {}): Seed => ({
  key,
  bytes: Buffer.from(text),
  options,
});
const NDJSON = '{"id":1,"name":"Ann","big":12345678901234567890,"tags":["a","é"],"deep":[[{"a":null}]]}\n'.repeat(5);
const NEO4J = ':ID(P),name,n:int,f:float[],at:datetime,p:point{crs:wgs-84},"v:vector{dimensions:2}",:LABEL,x:IGNORE\n';
const NEO4J_ROW = '1,"A ""n"" n",7,1.5;2e3,2026-01-31T12:00:00Z,"{x: 1, y: 2}",0.1;0.2,P;Q,-\n';

const SEEDS: readonly Seed[] = [
  written('a.ndjson', NDJSON),
  written('a.json', `[${NDJSON.trim().split('\n').join(',\n')}]`),
  written('a.csv', 'id,name,note\r\n1,"Ann, B","two\nlines"\r\n2,"""q""",\n3,é,x\n'),
  written('a.tsv', 'id\tname\n1\tAnn\n2\t"B\tc"\n'),
  written('a.txt', 'héllo', { format: 'text' }),
  written('a.bin', 'bytes', { format: 'bytes' }),
  written('neo4j.csv', `${NEO4J}${NEO4J_ROW.repeat(3)}`, { format: 'neo4j-admin' }),
  fromCorpus('neo4j-admin-roles.csv', { format: 'neo4j-admin' }),
  fromCorpus('apoc-all.jsonl', { format: 'apoc' }),
  fromCorpus('neptune-vertices.csv', { format: 'neptune' }),
  fromCorpus('neptune-edges.csv', { format: 'neptune' }),
  { key: 'a.ndjson.gz', bytes: gzipSync(NDJSON), options: {} },
  { key: 'a.csv.zst', bytes: zstdCompressSync('id,name\n1,Ann\n'.repeat(20)), options: {} },
  ...readdirSync(corpus)
    .filter(name => name.endsWith('.parquet'))
    .map(name => fromCorpus(name)),
];

/** Parquet has most to get wrong, and is tried as often as all others together. */
const PARQUET_SEEDS = SEEDS.filter(({ key }) => key.endsWith('.parquet'));
const TEXT_SEEDS = SEEDS.filter(({ key }) => !key.endsWith('.parquet'));

export interface FuzzTally {
  runs: number;
  read: number;
  rejected: number;
  /** Longest time that a file took, in milliseconds, and the run. */
  slowest: { ms: number; run: number; key: string };
}

/**
 * Reads damaged files: each must give records or a RejectedObjectError.
 *
 * @param from number of the first run; a run is the same with the same seed and number
 * @throws Error that names the run and what came instead
 */
export async function fuzz(seed: number, from: number, to: number, tally = newTally()): Promise<FuzzTally> {
  for (let run = from; run < to; run += 1) {
    const random = generator(seed * 1_000_003 + run);
    const { key, bytes, options } = pick(random, run % 2 === 0 ? PARQUET_SEEDS : TEXT_SEEDS);
    const damaged = damage(random, bytes);
    const body = chunked(damaged, [random(), random()]);
    const began = performance.now();
    tally.runs += 1;
    try {
      for await (const _records of readRecords({ key, body }, { ...LIMITS, ...options }));
      tally.read += 1;
    } catch (error) {
      if (!(error instanceof RejectedObjectError)) {
        const cause = error instanceof Error ? error.stack : String(error);
        throw new Error(`seed ${seed}, run ${run}, ${key}: ${cause}`, { cause: error });
      }
      tally.rejected += 1;
    }
    const ms = performance.now() - began;
    if (ms > tally.slowest.ms) tally.slowest = { ms: Math.round(ms), run, key };
  }
  return tally;
}

export function newTally(): FuzzTally {
  return { runs: 0, read: 0, rejected: 0, slowest: { ms: 0, run: 0, key: '' } };
}

type Random = () => number;

/** mulberry32: numbers from 0 to 1, the same for the same seed. */
function generator(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function pick<T>(random: Random, items: readonly T[]): T {
  return items[Math.floor(random() * items.length)] as T;
}

/** Numbers that lengths and counts are trusted to be. */
const VARINTS = ['00', '01', '7f', 'ffffffff0f', 'ffffffff07', 'ffffffffffffffffff01', '808080808000', 'feffffff0f'];
const TOKENS = ['"', ',', '\n', '\r', '{', '[', ']', '\\', ':', ';', '__proto__', '\0', '\ufeff', '1e999', '\\u0000'];

function damage(random: Random, bytes: Buffer): Buffer {
  let damaged = Buffer.from(bytes);
  for (let times = 1 + Math.floor(random() * 4); times > 0 && damaged.length > 0; times -= 1) {
    // Half of the time near the end, where Parquet's footer is.
    const share = random() < 0.5 ? random() : 1 - random() ** 3;
    const at = Math.floor(share * damaged.length);
    const cut = (start: number, end: number, between = '') =>
      Buffer.concat([damaged.subarray(0, start), Buffer.from(between, 'hex'), damaged.subarray(end)]);
    switch (Math.floor(random() * 8)) {
      case 0:
        damaged[at] = Math.floor(random() * 256);
        break;
      case 1:
        damaged[at] = (damaged[at] ?? 0) ^ (1 << Math.floor(random() * 8));
        break;
      case 2:
        damaged = cut(at, at + 1 + Math.floor(random() * 8));
        break;
      case 3:
        damaged = cut(at, at, Buffer.from(pick(random, TOKENS)).toString('hex'));
        break;
      case 4:
        damaged = cut(at, at + 1, pick(random, VARINTS));
        break;
      case 5: {
        const from = Math.floor(random() * damaged.length);
        damaged = cut(at, at, damaged.toString('hex', from, from + Math.floor(random() * 64)));
        break;
      }
      case 6:
        damaged.fill(random() < 0.5 ? 0xff : 0, at, Math.min(damaged.length, at + 1 + Math.floor(random() * 16)));
        break;
      default:
        if (random() < 0.2) damaged = damaged.subarray(0, at);
        else if (damaged.length > 4)
          damaged.writeUInt32LE(Math.floor(random() * 2 ** 32), Math.min(at, damaged.length - 4));
    }
  }
  return damaged;
}
