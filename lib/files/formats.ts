import type { FileFormat } from '../graph/record-reader.ts';
import { apoc } from './apoc.ts';
import { csv } from './csv.ts';
import { json } from './json.ts';
import { ndjson } from './ndjson.ts';
import { neo4jAdmin } from './neo4j-admin.ts';
import { neptune } from './neptune.ts';
import { parquet } from './parquet.ts';
import { tsv } from './tsv.ts';
import { bytes, text } from './whole-object.ts';

/** Every format that can be read. To add one: a file that exports a `FileFormat`, and its name here. */
export const formats = {
  ndjson,
  json,
  csv,
  tsv,
  parquet,
  text,
  bytes,
  apoc,
  'neo4j-admin': neo4jAdmin,
  neptune,
} as const satisfies Record<string, FileFormat>;

export type FormatName = keyof typeof formats;
