import { ContentError } from '../content-error.ts';
import type { OwnFormat, RecordBatches, SourceRecord } from '../file-format.ts';
import { DEFAULT_MAX_DEPTH, DEFAULT_MAX_RECORD_BYTES } from '../limits.ts';
import { withoutBom } from '../utf8.ts';
import { type JsonElement, JsonElements } from './json-elements.ts';
import { type RecordJsonOptions, recordJsonOptions } from './json-options.ts';
import { extendedNotes, type ParseRecord, recordParser } from './parse-record.ts';

/**
 * JSON (RFC 8259) in UTF-8: an array, each element a record, or other values one after another, each a record, with or
 * without white space between them (NDJSON, and what Firehose writes). It is read as it comes and may be of any length. A byte order mark at the start is skipped.
 *
 * A record's line is the one it starts on. Values are as in NDJSON: integers are exact, a key `__proto__` and nesting
 * deeper than `maxDepth` (the array around the records not counted) are refused.
 */
export const json: OwnFormat<Readonly<Record<string, unknown>>, RecordJsonOptions> = {
  extensions: ['.json'],
  contentTypes: ['application/json', 'text/json'],
  options: recordJsonOptions,
  read: readJson,
};

async function* readJson(bytes: AsyncIterable<Uint8Array>, options: RecordJsonOptions): RecordBatches {
  const { maxRecordBytes = DEFAULT_MAX_RECORD_BYTES, maxDepth = DEFAULT_MAX_DEPTH } = options;
  const parseRecord = recordParser(options);
  const notesOf = options.extendedJson === true ? () => ({}) : extendedNotes;
  const elements = new JsonElements(maxRecordBytes, maxDepth);
  // A byte order mark inside the file is kept, and no JSON.
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const parse = function* (found: Iterable<JsonElement>) {
    const records: SourceRecord[] = [];
    let fault: unknown;
    try {
      for (const element of found) records.push(recordOf(element, decoder, parseRecord, notesOf));
    } catch (error) {
      fault = error;
    }
    if (records.length > 0) yield records;
    if (fault) throw fault;
  };
  for await (const chunk of withoutBom(bytes)) yield* parse(elements.elements(chunk));
  yield* parse(elements.end());
}

function recordOf(
  { line, bytes }: JsonElement,
  decoder: InstanceType<typeof TextDecoder>,
  parseRecord: ParseRecord,
  notesOf: typeof extendedNotes,
): SourceRecord {
  try {
    const text = decoder.decode(bytes);
    const value = parseRecord(text);
    return text.includes('$') ? { line, value, ...notesOf(text) } : { line, value };
  } catch (error) {
    if (error instanceof ContentError) throw error.at(line);
    if (error instanceof TypeError) throw new ContentError('the record is not valid UTF-8', line, { cause: error });
    throw error;
  }
}
