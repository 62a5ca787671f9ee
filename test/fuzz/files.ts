import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { z } from 'zod';
import { type CheckedOptions, readRecords } from '../../lib/files/read-records.ts';
import { RejectedObjectError } from '../../lib/files/rejection.ts';
import { chunked } from '../files/chunked.ts';
import type { Seed, Target } from './target.ts';

export interface FileSeed extends Seed {
  readonly options: CheckedOptions;
}

/** Small, so that a file that slips past a limit shows. */
const LIMITS: CheckedOptions = { maxDecompressedBytes: 4e6, maxPageBytes: 4e6, maxRecordBytes: 1e5, maxRecords: 1e5 };

const corpus = new URL('../corpus/', import.meta.url);
const fromCorpus = (name: string, options: CheckedOptions = {}): FileSeed => ({
  name,
  bytes: readFileSync(new URL(name, corpus)),
  options,
});
const written = (key: string, text: string, options: CheckedOptions = {}): FileSeed => ({
  name: key,
  bytes: Buffer.from(text),
  options,
});
const NDJSON = '{"id":1,"name":"Ann","big":12345678901234567890,"tags":["a","é"],"deep":[[{"a":null}]]}\n'.repeat(5);
const NEO4J = ':ID(P),name,n:int,f:float[],at:datetime,p:point{crs:wgs-84},"v:vector{dimensions:2}",:LABEL,x:IGNORE\n';
const NEO4J_ROW = '1,"A ""n"" n",7,1.5;2e3,2026-01-31T12:00:00Z,"{x: 1, y: 2}",0.1;0.2,P;Q,-\n';

/** A header and a row with each type that a typed format has. */
const ADMIN_TYPES = [
  ['i:int', '-7'],
  ['l:long', '9223372036854775807'],
  ['f:float', '1e-3'],
  ['d:double[]', '1.5;NaN;-0.0'],
  ['b:boolean[]', 'true;FALSE'],
  ['y:byte', '127'],
  ['s:short', '5'],
  ['c:char', 'ä'],
  ['t:string[]', 'a;b'],
  ['dt:date', '2026-01-31'],
  ['lt:localtime', '12:00:00.5'],
  ['ti:time{timezone:+02:00}', '12:00'],
  ['ld:localdatetime', '2026-01-31T12:00:00.000000001'],
  ['dz:datetime{timezone:Europe/Berlin}', '2026-10-25T02:30:00'],
  ['du:duration', 'P1Y2M3DT4H5.6S'],
  ['p:point{crs:wgs-84-3d}', '"{latitude: 1.5, longitude: -2, height: 3}"'],
] as const;
const NEPTUNE_TYPES = [
  ['b:Byte', '1'],
  ['s:Short', '-1'],
  ['i:Int', '7'],
  ['l:Long[]', '1;2'],
  ['f:Float(single)', '1.5'],
  ['d:Double[]', '1e3;2'],
  ['t:String(set)', 'a;b'],
  ['o:Bool', 'true'],
  ['at:Date', '2026-01-31T12:00Z'],
] as const;
const csvOf = (first: readonly string[], cells: readonly string[], types: readonly (readonly [string, string])[]) =>
  `${[...first, ...types.map(([name]) => name)].join()}\n${`${[...cells, ...types.map(([, cell]) => cell)].join()}\n`.repeat(3)}`;
const DYNAMODB =
  '{"Item":{"id":{"S":"a"},"n":{"N":"1.50"},"b":{"B":"YQ=="},"ok":{"BOOL":true},"no":{"NULL":true},"l":{"L":[{"N":"1"}]},"m":{"M":{"x":{"S":"y"}}},"ss":{"SS":["a","b"]},"ns":{"NS":["1","2"]}}}\n';
const MONGODB =
  '{"_id":{"$oid":"507f1f77bcf86cd799439011"},"n":{"$numberLong":"7"},"d":{"$date":"2026-01-31T12:00:00Z"},"x":{"$numberDouble":"NaN"}}\n';

const MONGODB_TYPES = JSON.stringify({
  n: [{ $numberDouble: '-Infinity' }, { $numberDecimal: '1.5' }, { $numberInt: '7' }],
  at: { $date: { $numberLong: '1565546054692' } },
  bytes: { $binary: { base64: 'zwDyCMEPSFuOzYNs2lTjEQ==', subType: '04' } },
  deep: { a: { $regularExpression: { pattern: '^a', options: 'i' } }, b: { $timestamp: { t: 1, i: 2 } } },
});
const DYNAMODB_CHANGES =
  '{"Metadata":{"WriteTimestampMicros":{"N":"1"}},"Keys":{"a":{"S":"x"}},"NewImage":{"s":{"BS":["/w=="]}},"OldImage":null}\n' +
  '{"eventName":"REMOVE","dynamodb":{"Keys":{"a":{"BOOL":true}}}}\n{"dataFileS3Key":"a"}\n';

const SEEDS: readonly FileSeed[] = [
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
  written('typed.csv', csvOf(['id:ID', ':LABEL'], ['1', 'P;Q'], ADMIN_TYPES), { format: 'neo4j-admin' }),
  written('typed-edges.csv', csvOf([':START_ID', ':END_ID', ':TYPE'], ['1', '2', 'T'], ADMIN_TYPES), {
    format: 'neo4j-admin',
  }),
  written('gremlin.csv', csvOf(['~id', '~label'], ['v1', 'P'], NEPTUNE_TYPES), { format: 'neptune' }),
  written('opencypher.csv', csvOf([':ID', ':LABEL'], ['v1', 'P'], NEPTUNE_TYPES), { format: 'neptune' }),
  written('dynamodb.json', DYNAMODB.repeat(3), { format: 'dynamodb' }),
  written('mongodb.ndjson', MONGODB.repeat(3), { extendedJson: true }),
  written('mongodb.json', `[${MONGODB_TYPES},${MONGODB_TYPES}]`, { extendedJson: true, allowNonNumericNumbers: true }),
  written('nan.ndjson', '{"a":NaN,"b":[-Infinity,"NaN"],"c":12345678901234567890}\n'.repeat(3), {
    allowNonNumericNumbers: true,
  }),
  written('changes.json', DYNAMODB_CHANGES, { format: 'dynamodb' }),
  written('quotes.csv', "a|b\n'x''y'|NULL\n| \\N \n", {
    delimiter: '|',
    quote: "'",
    nullValues: ['NULL', '\\N'],
    trim: true,
  }),
  written('escape.csv', 'skip "me\nid,name,\n1,"a \\"b\\"",\n2,\n', { escape: '\\', skipRows: 1 }),
  written('headless.csv', '1,Ann,\n2,"B",\n', { header: ['id', 'name', 'more'] }),
  written('numbered.csv', '1,Ann\n2,Bo\n', { header: false, quote: '' }),
  { name: 'wide.tsv', bytes: Buffer.from('id\tname\n1\tZoë\n', 'utf16le'), options: { encoding: 'utf-16le' } },
  { name: 'latin.csv', bytes: Buffer.from('id,name\n1,Zoë\n', 'latin1'), options: { encoding: 'windows-1252' } },
  written(
    'lists.csv',
    ':ID,v:date[],"w:vector{coordinateType:float,dimensions:2}",p:point[]\n1,20260131|2026-02-01,0.1;2,"{x:1,y:2}|{longitude:1,latitude:2}"\n',
    {
      format: 'neo4j-admin',
      arrayDelimiter: '|',
    },
  ),
  written('day=1/at=a%2Fb/a.ndjson', NDJSON, { partitions: true }),
  written('checked.csv', 'id,ok,n,name,at,other\n1,true,2,,2026-01-31,x\n2,yes,0,a,01/02/2026,\n', {
    record: z.object({
      id: z.coerce.number(),
      ok: z.coerce.boolean(),
      n: z.coerce.bigint().optional(),
      name: z.coerce.string().nullish(),
      at: z.coerce.date(),
    }),
  }),
  written('checked.ndjson', '{"id":1,"deep":{"a":[{"b":1,"B":2}]},"Name":"x"}\n'.repeat(3), {
    record: z.object({
      id: z.number(),
      deep: z.object({ a: z.array(z.object({ b: z.number() })) }),
      name: z.string().optional(),
    }),
    unknownColumns: 'warn',
  }),
  fromCorpus('no-annotation.parquet', { binaryAsString: true }),
  fromCorpus('pandas-row-numbers.parquet', { columns: ['n', '__index_level_0__'] }),
  { name: 'a.ndjson.gz', bytes: gzipSync(NDJSON), options: {} },
  { name: 'a.csv.zst', bytes: zstdCompressSync(`id,name\n${'1,Ann\n'.repeat(20)}`), options: {} },
  ...readdirSync(corpus)
    .filter(name => name.endsWith('.parquet'))
    .map(name => fromCorpus(name)),
];

/** Reads a damaged file: it must give records, or be rejected. */
function filesOf(name: string, seeds: readonly FileSeed[]): Target<FileSeed> {
  return {
    name,
    seeds,
    read: async ({ name: key, options }, bytes, random) => {
      const body = chunked(bytes, [random(), random()]);
      for await (const _records of readRecords({ key, body }, { ...LIMITS, ...options }));
    },
    isRefusal: error => error instanceof RejectedObjectError && !error.message.includes("the format's reader failed"),
  };
}

/** Files that can be read as they are. */
export const goodFiles = SEEDS.map(({ name: key, bytes, options }) => ({
  key,
  bytes,
  options: { ...LIMITS, ...options },
}));

const isParquet = ({ name }: FileSeed) => name.endsWith('.parquet');

/** Marks of the driver's classes and of others, names that objects have by themselves, numbers at the edge of their types. */
const MARKED = `${[
  ...['Integer', 'Date', 'Duration', 'Point', 'Node', 'Path', 'Vector'].map(mark => ({
    v: { [`__is${mark}__`]: true, low: 1, high: 0, srid: 7203, x: 1, y: 2 },
  })),
  { constructor: 1, toJSON: 'x', valueOf: null, toString: [1], hasOwnProperty: true, length: 3 },
  { srid: 4326, x: 1.5, y: -0, signature: 78, fields: [1], $type: 'Integer', _value: '1', low: 1, high: 2 },
  { list: [1, 2, 3], floats: [0.5, -0.0, 1e300], texts: ['', '\ud83e\udd89'], mixed: [], deep: [[1]], no: null },
]
  .map(record => JSON.stringify(record))
  .join('\n')}\n{"big":12345678901234567890,"edge":9223372036854775807,"zero":-0.0,"list":[-0.0,0.0],"n":1e400}\n`;

/** Files whose records are rows of a table without a schema. */
export const recordFiles: readonly FileSeed[] = [
  written('marked.ndjson', MARKED, { allowNonNumericNumbers: true }),
  ...SEEDS.filter(({ name }) =>
    ['a.ndjson', 'a.csv', 'typed.csv', 'gremlin.csv', 'dynamodb.json', 'nan.ndjson', 'lists.csv'].includes(name),
  ),
  ...SEEDS.filter(isParquet),
].map(seed => ({ ...seed, options: { ...LIMITS, ...seed.options } }));

export const parquetFiles = filesOf('parquet', SEEDS.filter(isParquet));
export const textFiles = filesOf(
  'text',
  SEEDS.filter(seed => !isParquet(seed)),
);
