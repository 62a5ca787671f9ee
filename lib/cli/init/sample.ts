import { createReadStream, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import type { RangedFile } from '../../files/file-format.ts';
import { type ReadOptions, readRecords } from '../../files/read-records.ts';
import { RejectedObjectError } from '../../files/rejection.ts';
import { CliError } from '../cli-error.ts';
import { type ColumnKind, DECIMAL, TEXT_KINDS, VALUE_KINDS } from './column-kinds.ts';
import { isCalledKey } from './names.ts';
import { type Wrapper, wrapped } from './wrapper.ts';

/** Records that are looked at: what follows from them is a proposal. */
const MAX_RECORDS = 100_000;

/** Texts that stand for no value in columns of numbers, dates and the like. */
const NULLS = new Set(['NA', 'N/A', 'NaN', 'nan', 'null', 'NULL', 'None', '\\N', '-', '?']);

/** A column of a file, as its records show it. */
export interface SampledColumn {
  readonly name: string;
  readonly kind: ColumnKind;
  /** Whether every record has a value. */
  readonly complete: boolean;
  /** Whether null is among the values; else they are absent. */
  readonly hasNull: boolean;
  /** Whether no two records have the same value. */
  readonly unique: boolean;
  /** Its values as texts. */
  readonly values: ReadonlySet<string>;
  /** Numbers of each value, if all are lists of equally many; else undefined. */
  readonly dimension: number | undefined;
}

/** What a file looks like. */
export interface Sample {
  /** Path as it was given. */
  readonly path: string;
  readonly columns: readonly SampledColumn[];
  /** Records that were looked at. */
  readonly records: number;
  /** Whether there are more. */
  readonly more: boolean;
  /** The object around them, as answers of APIs have one; undefined: they are the file's own records. */
  readonly within: Wrapper | undefined;
  /** Options that the source needs. */
  readonly options: Pick<ReadOptions, 'delimiter' | 'encoding' | 'nullValues'>;
  /** The first record. */
  readonly first: Readonly<Record<string, unknown>>;
  /** Texts of rows, to find unique combinations: of each record its columns' texts. */
  readonly rows: readonly (readonly string[])[];
}

/** Reads a sample of a file of any supported format. @throws CliError where it can't be read or isn't a table */
export async function sampleOf(path: string): Promise<Sample> {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) throw new CliError(`there is no file ${path}`);
  let problem: unknown;
  for (const encoding of ['utf-8', 'windows-1252']) {
    try {
      return await sampleWith(path, encoding);
    } catch (error) {
      if (!(error instanceof RejectedObjectError)) throw error;
      problem ??= error;
      if (!isNoUtf8(error)) break;
    }
  }
  throw new CliError(`${(problem as Error).message}: correct the file, or leave it out`, { cause: problem as Error });
}

async function sampleWith(path: string, encoding: string): Promise<Sample> {
  const isText = /\.(csv|tsv)(\.gz|\.zst)?$/i.test(path);
  const said = encoding === 'utf-8' || !isText ? {} : { encoding };
  const { records: own, options, more } = isText ? await readDelimited(path, said) : await read(path, said);
  const [within, inner] = /\.json(\.gz|\.zst)?$/i.test(path) ? wrapped(own) : [];
  const records = inner ?? own;
  if (records.length === 0) throw new CliError(`${path} has no records: give a file that has some`);
  const names = [...new Set(records.flatMap(record => Object.keys(record)))];
  const nulls = isText ? nullTexts(records, names) : new Set<string>();
  const kept = records.map(record =>
    Object.fromEntries(Object.entries(record).filter(([, value]) => !nulls.has(value as string))),
  );
  const columns = names.map(name => columnOf(name, kept, isText ? TEXT_KINDS : VALUE_KINDS));
  const rows = kept.map(record => names.map(name => textOf(record[name])));
  return {
    path,
    columns,
    records: records.length,
    more,
    within,
    options: { ...options, ...(nulls.size > 0 && { nullValues: [...nulls] }) },
    first: kept[0] ?? {},
    rows,
  };
}

/** Writes a value as text, to compare values of files with each other. */
export function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'object'
    ? JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? `${part}` : part))
    : String(value);
}

interface ReadSample extends Pick<Sample, 'options' | 'more'> {
  readonly records: Record<string, unknown>[];
}

/** What spreadsheets of countries with decimal commas, and others, put between cells. */
const DELIMITERS = [';', '\t', '|'];

/** Reads a file with the delimiter of its format; where that gives one column or none, with the one that gives more. */
async function readDelimited(path: string, options: Sample['options']): Promise<ReadSample> {
  const width = ({ records }: ReadSample) => Object.keys(records[0] ?? {}).length;
  const usual = await read(path, options).catch((error: Error) => error);
  if (!(usual instanceof Error) && width(usual) > 1) return usual;
  let problem = usual;
  for (const delimiter of DELIMITERS) {
    const other = await read(path, { ...options, delimiter }).catch((error: Error) => error);
    if (other instanceof Error) {
      // The header is read before the first letter that is no UTF-8.
      if (isNoUtf8(other)) problem = other;
    } else if (width(other) > 1) return other;
  }
  if (usual instanceof Error) throw problem;
  return usual;
}

function isNoUtf8({ message }: Error): boolean {
  return /UTF-8/i.test(message);
}

async function read(path: string, options: Sample['options']): Promise<ReadSample> {
  const records: Record<string, unknown>[] = [];
  const file = await open(path);
  const { size } = await file.stat();
  const ranges: RangedFile = {
    size,
    read: async (start, end) => {
      const bytes = new Uint8Array(end - start);
      await file.read(bytes, 0, bytes.length, start);
      return bytes;
    },
  };
  try {
    const object = { key: basename(path), body: createReadStream(path), ranges };
    for await (const batch of readRecords(object, options)) {
      for (const { value } of batch) {
        if (typeof value !== 'object' || value === null || Array.isArray(value)) {
          throw new CliError(
            `${path} holds values that are no records (${typeof value}): a flow for it must be written by hand`,
          );
        }
        records.push(value as Record<string, unknown>);
      }
      if (records.length >= MAX_RECORDS) return { records: records.slice(0, MAX_RECORDS), options, more: true };
    }
    return { records, options, more: false };
  } finally {
    await file.close();
  }
}

/** Finds texts that stand for no value: in columns that have another kind without them, and in no column of texts. */
function nullTexts(records: readonly Record<string, unknown>[], names: readonly string[]): Set<string> {
  const found = new Set<string>();
  const inTexts = new Set<string>();
  for (const name of names) {
    const values = records.map(record => record[name]).filter(value => value !== undefined);
    const seen = values.filter(value => NULLS.has(value as string));
    if (seen.length === 0) continue;
    const rest = values.filter(value => !NULLS.has(value as string));
    const isText = rest.length === 0 || kindOf(rest, TEXT_KINDS).name === 'string';
    for (const value of seen) (isText ? inTexts : found).add(value as string);
  }
  return new Set([...found].filter(text => !inTexts.has(text)));
}

function columnOf(
  name: string,
  records: readonly Record<string, unknown>[],
  kinds: readonly ColumnKind[],
): SampledColumn {
  const all = records.map(record => record[name]);
  const present = all.filter(value => value !== undefined && value !== null);
  const values = new Set(present.map(textOf));
  const lengths = new Set(present.map(value => (Array.isArray(value) ? value.length : -1)));
  const [length = -1] = lengths;
  return {
    name,
    kind: kindOf(present, isCalledKey(name) ? kinds.filter(kind => kind !== DECIMAL) : kinds),
    complete: present.length === records.length,
    hasNull: all.includes(null),
    unique: values.size === present.length,
    values,
    dimension: lengths.size === 1 && length > 0 ? length : undefined,
  };
}

function kindOf(values: readonly unknown[], kinds: readonly ColumnKind[]): ColumnKind {
  const last = kinds.at(-1) as ColumnKind;
  if (values.length === 0) return kinds.find(({ name }) => name === 'string') ?? last;
  return kinds.find(({ accepts }) => values.every(accepts)) ?? last;
}
