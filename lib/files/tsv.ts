import type { FileFormat } from '../graph/record-reader.ts';
import { csv } from './csv.ts';

/**
 * CSV with a tab between cells (or the source's `delimiter`), quotes included, as spreadsheets and data frames write it.
 * The registered text/tab-separated-values (https://www.iana.org/assignments/media-types/text/tab-separated-values) has
 * neither quotes nor tabs in cells: files of it without a `"` in them read the same.
 */
export const tsv: FileFormat = {
  extensions: ['.tsv'],
  contentTypes: ['text/tab-separated-values'],
  read: (bytes, options) => csv.read(bytes, { ...options, delimiter: options.delimiter ?? '\t' }),
};
