import type { OptionChecks } from '../values/options.ts';
import { csv } from './csv/csv.ts';
import { tsv } from './csv/tsv.ts';
import type { GraphFormat, OwnFormat } from './file-format.ts';
import { apoc } from './graph/apoc.ts';
import { neo4jAdmin } from './graph/neo4j-admin.ts';
import { neptune } from './graph/neptune.ts';
import { dynamodb } from './json/dynamodb.ts';
import { json } from './json/json.ts';
import { ndjson } from './json/ndjson.ts';
import { readingLimits } from './limits.ts';
import { parquet } from './parquet/parquet.ts';
import { bytes } from './whole/bytes.ts';
import { text } from './whole/text.ts';

/** Every format that can be read. To add one: a module that exports it, and its name here. */
export const formats = {
  ndjson,
  json,
  csv,
  tsv,
  parquet,
  text,
  bytes,
  dynamodb,
  apoc,
  'neo4j-admin': neo4jAdmin,
  neptune,
} as const satisfies Record<string, OwnFormat<unknown>>;

type Formats = typeof formats;
export type FormatName = keyof Formats;

/** Formats of nodes and relationships. */
export type GraphFormatName = { [N in FormatName]: Formats[N] extends GraphFormat ? N : never }[FormatName];

/** What the records of a format hold. */
export type ValueOf<Name extends FormatName> = NonNullable<Formats[Name]['value']>;

type Intersection<Union> = (Union extends unknown ? (part: Union) => void : never) extends (whole: infer W) => void
  ? W
  : never;

/** What a source may say to the readers of its files. */
export type ReaderOptions = Intersection<{ [N in FormatName]: Parameters<Formats[N]['read']>[1] }[FormatName]>;

/** Returns whether a name is that of a format of graphdrop's own. */
export function isFormatName(name: unknown): name is FormatName {
  return typeof name === 'string' && Object.hasOwn(formats, name);
}

/** Returns the format of nodes and relationships that has a name; undefined: none has. */
export function graphFormat(name: unknown): GraphFormat | undefined {
  const format: OwnFormat<unknown> | undefined = isFormatName(name) ? formats[name] : undefined;
  return format !== undefined && 'endProperties' in format ? (format as GraphFormat) : undefined;
}

/** Returns the checks of a source's reader options: a graph format's own, or those of all record formats. */
export function readerChecks(format: unknown): Partial<OptionChecks<ReaderOptions>> {
  const said = graphFormat(format);
  const record = Object.values(formats).filter(one => !('endProperties' in one));
  const readers: readonly OwnFormat<unknown>[] = said ? [said] : record;
  return Object.assign({ ...readingLimits }, ...readers.map(({ options }) => options));
}
