import { flag, listOf, type OptionCheck, type OptionChecks } from '../../values/options.ts';
import { type ColumnLimit, columnLimit, type ReadingLimits } from '../limits.ts';

/** What a source says of its files of CSV, of whatever kind. */
export interface CsvOptions extends ReadingLimits, ColumnLimit {
  /** CSV and TSV: the one character between cells. Default `,` (CSV) or a tab (TSV). */
  readonly delimiter?: string;
  /**
   * CSV and TSV: names of the columns, of files without a header row; `false`: `column0`, `column1` and so on. Default true: the
   * first row has them.
   */
  readonly header?: boolean | readonly string[];
  /** CSV and TSV: lines before the header that are no part of the table. Default 0. */
  readonly skipRows?: number;
  /** CSV and TSV: texts that mean an absent value, as whole cells, quoted or not. Default none; empty cells are absent always. */
  readonly nullValues?: readonly string[];
  /** CSV and TSV: the one character around cells, or an empty text: none. Default `"`. */
  readonly quote?: string;
  /** CSV and TSV: the one character before a quote within a quoted cell. Default: the quote itself. */
  readonly escape?: string;
  /** CSV and TSV: any that `TextDecoder` knows, such as `utf-16le` or `windows-1252`. Default `utf-8`. */
  readonly encoding?: string;
  /** CSV and TSV: whether blanks and tabs around names and cells are dropped. Default false; of Neptune true. */
  readonly trim?: boolean;
}

const isText = (value: unknown) => typeof value === 'string';
/** csv-parse compares bytes: one character of ASCII is one. */
const oneCharacter: OptionCheck = {
  expected: 'one character of ASCII, no line end',
  accepts: value => typeof value === 'string' && /^[^\r\n\u0080-\uffff]$/.test(value),
};
const names = listOf('column names', name => isText(name) && name !== '');

export const csvOptions: OptionChecks<Omit<CsvOptions, keyof ReadingLimits>> = {
  ...columnLimit,
  delimiter: {
    expected: 'one character, no quote or line end',
    accepts: value => typeof value === 'string' && /^[^"\r\n]$/u.test(value),
  },
  header: {
    expected: `true, false or ${names.expected}`,
    accepts: value => typeof value === 'boolean' || names.accepts(value),
  },
  skipRows: {
    expected: 'a number of lines',
    accepts: value => Number.isSafeInteger(value) && Number(value) >= 0,
  },
  nullValues: listOf('texts', isText),
  quote: { expected: `${oneCharacter.expected}, or ''`, accepts: value => value === '' || oneCharacter.accepts(value) },
  escape: oneCharacter,
  encoding: { expected: 'an encoding that TextDecoder knows, such as utf-16le', accepts: isEncoding },
  trim: flag,
};

function isEncoding(name: unknown): boolean {
  if (typeof name !== 'string') return false;
  try {
    return new TextDecoder(name) !== undefined;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
