import { csv } from './csv.ts';
import { json } from './json.ts';
import { ndjson } from './ndjson.ts';
import type { FileFormat } from './record-reader.ts';
import { tsv } from './tsv.ts';
import { bytes, text } from './whole-object.ts';

/** Every format that can be read. To add one: a file that exports a `FileFormat`, and its name here. */
export const formats = { ndjson, json, csv, tsv, text, bytes } as const satisfies Record<string, FileFormat>;

export type FormatName = keyof typeof formats;
