import { isUtf8 } from 'node:buffer';
import { ContentError } from '../content-error.ts';
import type { OwnFormat, RecordBatches, SourceRecord } from '../file-format.ts';
import { DEFAULT_MAX_DEPTH, DEFAULT_MAX_RECORD_BYTES } from '../limits.ts';
import { characterBlocks, validBytes, withoutBom } from '../utf8.ts';
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
  let damaged = false;
  const parse = function* (found: Iterable<JsonElement>) {
    const records: SourceRecord[] = [];
    let fault: unknown;
    try {
      for (const element of found) {
        if (damaged) throw new ContentError('the record is not valid UTF-8', element.line, { number: element.number });
        records.push(recordOf(element, parseRecord, notesOf));
      }
    } catch (error) {
      fault = error;
    }
    if (records.length > 0) yield records;
    if (fault) throw fault;
  };
  for await (const block of characterBlocks(withoutBom(bytes))) {
    const valid = damaged || isUtf8(block) ? block.length : validBytes(block);
    const text = textOf(block.subarray(0, valid));
    yield* parse(elements.elements(text));
    if (valid === block.length) continue;
    // The first byte that is no UTF-8 is in the element that ends next.
    damaged = true;
    yield* parse(elements.elements(textOf(block.subarray(valid))));
  }
  yield* parse(elements.end());
}

function textOf({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString();
}

function recordOf(
  { text, ...place }: JsonElement,
  parseRecord: ParseRecord,
  notesOf: typeof extendedNotes,
): SourceRecord {
  try {
    const value = parseRecord(text);
    return text.includes('$') ? { ...place, value, ...notesOf(text) } : { ...place, value };
  } catch (error) {
    throw error instanceof ContentError ? error.at(place.line, place.number) : error;
  }
}
