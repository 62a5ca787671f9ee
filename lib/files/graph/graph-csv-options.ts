import type { OptionChecks } from '../../values/options.ts';
import { type CsvOptions, csvOptions } from '../csv/csv-options.ts';
import type { ReadingLimits } from '../limits.ts';

/** What a source says of its files of nodes and relationships in CSV. */
export interface GraphCsvOptions extends CsvOptions {
  /** `neo4j-admin` and `neptune`: the one character between the elements of lists, and between labels. Default `;`. */
  readonly arrayDelimiter?: string;
}

export const graphCsvOptions: OptionChecks<Omit<GraphCsvOptions, keyof ReadingLimits>> = {
  ...csvOptions,
  arrayDelimiter: csvOptions.delimiter,
};

export const ARRAY_DELIMITER = ';';
