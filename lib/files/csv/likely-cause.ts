import { describeValue } from '../describe-value.ts';

/** What separates cells in files of others, and how the option is written. */
const DELIMITERS = new Map([
  [',', "','"],
  [';', "';'"],
  ['\t', String.raw`'\t'`],
  ['|', "'|'"],
  ['\u0001', String.raw`'\u0001'`],
]);

/** Returns a question for a row of one cell that has another delimiter in it; empty: it has none. */
export function otherDelimiter(cell: string, delimiter: string): string {
  const other = [...DELIMITERS].find(([character]) => character !== delimiter && cell.includes(character));
  return other === undefined ? '' : `: are its cells separated by ${other[1]}? Set the source's delimiter`;
}

/** Returns what is wrong with a file's header row as a whole; undefined: nothing. */
export function headerProblem(names: readonly string[], delimiter: string): string | undefined {
  if (names.some(name => name.includes('\0')))
    return "the header has NUL characters: if the file is UTF-16, set the source's encoding: 'utf-16le'; if it is an archive of tar, unpack it";
  const [only = '', ...more] = names;
  if (only.startsWith('\ufeff'))
    return 'the header begins with a second byte order mark: save the file with one, or none';
  const hint = /^sep=(.?)$/i.exec(only);
  if (hint !== null && more.every(name => name === ''))
    return `the first line tells Excel the delimiter: set the source's skipRows: 1, and its delimiter: '${hint[1] || delimiter}'`;
  const question = more.length === 0 ? otherDelimiter(only, delimiter) : '';
  return question === '' ? undefined : `the header has one column, ${describeValue(only)}${question}`;
}

/** Returns what is wrong with a file whose one row was taken for its header; undefined: it may be one. */
export function loneHeaderProblem(names: readonly string[]): string | undefined {
  const number = names.find(name => /^-?\d+(?:\.\d+)?$/.test(name.trim()));
  if (number === undefined) return undefined;
  return `the file has one row, which was taken for the header though it has the number ${number}: if it is a record, set the source's header`;
}

/** Texts that programs write for an absent value, MySQL, Hive, Python and spreadsheets among them. */
const NULL_WORDS = new Set(['NULL', 'null', '\\N', 'None', 'NaN', 'nan', 'N/A', 'n/a', '#N/A', '<NA>', 'nil']);

/** What Excel writes for a value that it couldn't compute. */
const EXCEL_ERRORS = new Set(['#REF!', '#VALUE!', '#DIV/0!', '#NAME?', '#NULL!', '#NUM!']);

/** Returns whether a cell is a word for an absent value, or blanks. */
export function isNullWord(cell: string): boolean {
  if (cell.charCodeAt(0) <= 0x20 && cell.trim() === '') return true;
  return cell.length <= 4 ? NULL_WORDS.has(cell) : cell.startsWith('#') && EXCEL_ERRORS.has(cell);
}

const ERRORS: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED:
    "the row has a quote that is never closed; if quotes are text in this file, set the source's quote: ''",
  CSV_INVALID_CLOSING_QUOTE:
    "the row has text after a closing quote: a quote inside a quoted cell is written twice; if a backslash stands before it, set the source's escape: '\\\\'; if quotes are text in this file, its quote: ''",
  INVALID_OPENING_QUOTE:
    "the row has a quote inside an unquoted cell: quote the whole cell, and write the quote twice; if quotes are text in this file, set the source's quote: ''",
};

const BLANKS_BEFORE_QUOTE = "the row has blanks between a delimiter and a quote: set the source's trim: true";

/** Returns words for an error of csv-parse, by its code. @param cell what the cell had before it */
export function errorWords(code: string, cell: string): string {
  if (code === 'INVALID_OPENING_QUOTE' && cell.trim() === '') return BLANKS_BEFORE_QUOTE;
  const isJson =
    code === 'INVALID_OPENING_QUOTE' && /^[[{\s]+$/.test(cell) ? "; if the file is JSON, set the source's format" : '';
  return `${ERRORS[code] ?? `the row is not CSV: ${code}`}${isJson}`;
}

/** Returns a question for a row of several cells in a file whose header has one. */
export function otherHeader(header: string): string {
  return `: is ${describeValue(header)} the header? If lines before it are no part of the table, set the source's skipRows`;
}
