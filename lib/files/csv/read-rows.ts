import type { ContentError } from '../content-error.ts';
import type { RecordBatches } from '../file-format.ts';
import { characterBlocks, decoded, withoutBom } from '../utf8.ts';
import type { CsvOptions } from './csv-options.ts';
import { type RowLayout, RowParser } from './row-parser.ts';
import { skipLines } from './skip-lines.ts';

/** Reads CSV whose rows become records by a layout. */
export async function* readRows(
  bytes: AsyncIterable<Uint8Array>,
  options: CsvOptions,
  layout: RowLayout,
): RecordBatches {
  const { encoding, skipRows = 0 } = options;
  const rows = new RowParser(options, layout);
  const drain = function* (fault: ContentError | undefined) {
    const records = rows.take();
    if (records.length > 0) yield records;
    if (fault) throw fault;
  };
  const utf8 = encoding === undefined ? withoutBom(bytes) : decoded(bytes, encoding);
  try {
    const table = skipRows === 0 ? utf8 : skipLines(utf8, skipRows);
    for await (const block of characterBlocks(table)) yield* drain(await rows.write(block));
    yield* drain(await rows.end());
  } finally {
    rows.close();
  }
}
