import { csv } from './csv.ts';
import { ndjson } from './ndjson.ts';
import type { FileFormat } from './record-reader.ts';

/** Every format that can be read. To add one: a file that exports a `FileFormat`, and its name here. */
export const formats = { ndjson, csv } as const satisfies Record<string, FileFormat>;

export type FormatName = keyof typeof formats;
