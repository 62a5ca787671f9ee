import type { OwnFormat } from '../file-format.ts';
import { type CsvOptions, csvOptions } from './csv-options.ts';
import { readRows } from './read-rows.ts';
import { type CsvRecord, recordByName } from './record-by-name.ts';

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
export const csv: OwnFormat<CsvRecord, CsvOptions> = {
  extensions: ['.csv'],
  contentTypes: ['text/csv', 'application/csv'],
  options: csvOptions,
  read: (bytes, options) => readRows(bytes, options, recordByName(options)),
};
