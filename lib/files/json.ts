import {
  ContentError,
  DEFAULT_MAX_DEPTH,
  DEFAULT_MAX_RECORD_BYTES,
  type FileFormat,
  type ReaderOptions,
  type SourceRecord,
} from '../graph/record-reader.ts';
import { type JsonElement, JsonElements } from './json-elements.ts';
import { parseJson } from './json-value.ts';
import { withoutBom } from './utf8.ts';

/**
 * JSON (RFC 8259) in UTF-8: an array, each element a record, or any other value, which is the one record. An array is
 * read as it comes and may be of any length. A byte order mark at the start is skipped.
 *
 * A record's line is the one it starts on. Values are as in NDJSON: integers are exact, a key `__proto__` and nesting
 * deeper than `maxDepth` (the array around the records not counted) are refused.
 */
export const json: FileFormat = {
  extensions: ['.json'],
  contentTypes: ['application/json', 'text/json'],
  read: readJson,
};

async function* readJson(
  bytes: AsyncIterable<Uint8Array>,
  { maxRecordBytes = DEFAULT_MAX_RECORD_BYTES, maxDepth = DEFAULT_MAX_DEPTH }: ReaderOptions,
): AsyncGenerator<SourceRecord[], void, undefined> {
  const elements = new JsonElements(maxRecordBytes, maxDepth);
  // A byte order mark inside the file is kept, and no JSON.
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const parse = function* (found: Iterable<JsonElement>) {
    const records: SourceRecord[] = [];
    let fault: unknown;
    try {
      for (const element of found) records.push(recordOf(element, decoder, maxDepth));
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
  maxDepth: number,
): SourceRecord {
  try {
    return { line, value: parseJson(decoder.decode(bytes), maxDepth) };
  } catch (error) {
    if (error instanceof ContentError) throw error.at(line);
    if (error instanceof TypeError) throw new ContentError('the record is not valid UTF-8', line, { cause: error });
    throw error;
  }
}
