import type { ContentError, FileFormat, LenientOptions, SourceRecord } from '../graph/record-reader.ts';
import { byName, type RowLayout, RowParser } from './csv-rows.ts';
import { wholeCharacters, withoutBom } from './utf8.ts';

/**
 * CSV as of RFC 4180, in UTF-8, with a header row. Line ends are `\n`, `\r\n` or `\r`; a byte order mark at the start
 * and blank lines are skipped. Quoted cells may hold delimiters, line ends and doubled quotes. Names and cells are taken
 * as they are, spaces included. Each row has as many cells as the header, at most `maxColumns`.
 *
 * A record's line is the one its row starts on. Cells are strings. **An empty cell is an absent field** (quoted or not:
 * writers that quote everything quote what is missing too), as in Neo4j's and most databases' imports. A schema says
 * `.optional()` or `.default('')`; with an empty string instead, `z.coerce.number()` would make a silent 0 of it, and
 * an optional reference would point to the node ''.
 */
export const csv: FileFormat = {
  extensions: ['.csv'],
  contentTypes: ['text/csv', 'application/csv'],
  read: (bytes, options) => readRows(bytes, options, byName),
};

/** Reads CSV whose rows become records by a layout. @param trim whether spaces and tabs around cells are dropped */
export async function* readRows(
  bytes: AsyncIterable<Uint8Array>,
  options: LenientOptions,
  layout: RowLayout,
  trim = false,
): AsyncGenerator<SourceRecord[], void, undefined> {
  const rows = new RowParser(options, layout, trim);
  let tail: Uint8Array = new Uint8Array(0);
  const drain = function* (fault: ContentError | undefined) {
    const records = rows.take();
    if (records.length > 0) yield records;
    if (fault) throw fault;
  };
  try {
    for await (const chunk of withoutBom(bytes)) {
      const joined = tail.length === 0 ? chunk : Buffer.concat([tail, chunk]);
      const block = joined.subarray(0, wholeCharacters(joined));
      tail = joined.subarray(block.length);
      yield* drain(await rows.write(block));
    }
    yield* drain((await rows.write(tail)) ?? (await rows.end()));
  } finally {
    rows.close();
  }
}
