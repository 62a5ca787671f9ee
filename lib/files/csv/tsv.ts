import type { OwnFormat } from '../file-format.ts';
import { csv } from './csv.ts';
import { type CsvOptions, csvOptions } from './csv-options.ts';
import type { CsvRecord } from './record-by-name.ts';

/**
 * CSV with a tab between cells (or the source's `delimiter`), quotes included, as spreadsheets and data frames write it.
 * The registered text/tab-separated-values (https://www.iana.org/assignments/media-types/text/tab-separated-values) has
 * neither quotes nor tabs in cells: files of it without a `"` in them read the same.
 */
export const tsv: OwnFormat<CsvRecord, CsvOptions> = {
  extensions: ['.tsv'],
  contentTypes: ['text/tab-separated-values'],
  options: csvOptions,
  read: (bytes, options) => csv.read(bytes, { ...options, delimiter: options.delimiter ?? '\t' }),
};
