import { isUtf8 } from 'node:buffer';
import { CsvError, type InfoRecord, Parser } from 'csv-parse';
import { ContentError } from '../content-error.ts';
import type { SourceRecord } from '../file-format.ts';
import { DEFAULT_MAX_COLUMNS, DEFAULT_MAX_RECORD_BYTES } from '../limits.ts';
import { validBytes } from '../utf8.ts';
import type { CsvOptions } from './csv-options.ts';
import { errorWords, headerProblem, loneHeaderProblem, otherDelimiter, otherHeader } from './likely-cause.ts';

const REPLACEMENT = '\uFFFD';
const BOM = '\uFEFF';

/** What csv-parse keeps beyond its types. Without it rows are refused by their cells once they are complete. */
interface ParserState {
  readonly state?: { readonly record?: readonly unknown[] };
}

/** Makes a record's value of a row's cells, by the header. Both may throw a ContentError without a line. */
export type RowLayout = (header: readonly string[]) => RowReader;

type RowReader = (cells: readonly string[], note: NoteValue) => unknown;

/** Notes a value that isn't taken as it stands in the file. */
export type NoteValue = (kind: string, field: string, problem: string) => void;

/** csv-parse with a record a row, line numbers of row starts, and its errors in this project's words. */
export class RowParser {
  readonly #parser: Parser;
  readonly #maxBytes: number;
  readonly #maxColumns: number;
  readonly #layout: RowLayout;
  readonly #header: boolean | readonly string[];
  readonly #nulls: ReadonlySet<string>;
  readonly #delimiter: string;
  /** The names of the columns, from the file or the source; none where they are numbered. */
  #names: readonly string[] = [];
  #columns = 0;
  /** Cells that a row has at least: trailing columns without a name need none. */
  #named = 0;
  #rows = 0;
  #rowOf: RowReader | undefined;
  /** Of the row being converted. */
  #notes: NonNullable<SourceRecord['notes']>[number][] = [];
  readonly #note: NoteValue = (kind, field, problem) => {
    this.#notes.push({ kind, field, problem });
  };
  #records: SourceRecord[] = [];
  /** The line that the last row ended on, and how many blank lines csv-parse had counted then. */
  #line = 0;
  #blank = 0;
  /** Lines as csv-parse counts them: a `\r\n` inside quotes is two. */
  #counted = 0;
  /** Bad bytes have been written: csv-parse decodes them to U+FFFD, which tells the row that has them. */
  #badUtf8 = false;

  constructor(
    {
      delimiter = ',',
      header = true,
      skipRows = 0,
      nullValues = [],
      quote = '"',
      escape: escaping = quote,
      trim = false,
      maxRecordBytes = DEFAULT_MAX_RECORD_BYTES,
      maxColumns = DEFAULT_MAX_COLUMNS,
    }: CsvOptions,
    layout: RowLayout,
  ) {
    this.#header = header;
    this.#delimiter = delimiter;
    this.#line = skipRows;
    this.#nulls = new Set(nullValues);
    this.#layout = layout;
    this.#maxBytes = maxRecordBytes;
    this.#maxColumns = maxColumns;
    this.#parser = new Parser({
      columns: false,
      delimiter,
      quote: quote === '' ? null : quote,
      escape: escaping === '' ? null : escaping,
      max_record_size: maxRecordBytes,
      // Taken here and not pushed: reading rows one by one from a stream costs more than parsing them.
      on_record: (cells: string[], info: InfoRecord) => {
        this.#row(cells, info);
        return null;
      },
      record_delimiter: ['\r\n', '\n', '\r'],
      // The number of cells is checked here, for a message with the line of the row's start.
      relax_column_count: true,
      skip_empty_lines: true,
      trim,
    });
    // Errors come back from each write; an 'error' event nobody listens to would end the process.
    this.#parser.on('error', () => undefined);
  }

  /** The records since the last call. */
  take(): SourceRecord[] {
    const records = this.#records;
    this.#records = [];
    return records;
  }

  /** Parses bytes cut between characters; returns what is wrong with them, after which nothing more may be written. */
  async write(block: Uint8Array): Promise<ContentError | undefined> {
    if (block.length === 0) return undefined;
    if (this.#badUtf8 || isUtf8(block)) return await this.#settled(done => this.#parser.write(block, done));
    const valid = validBytes(block);
    const fault = await this.write(block.subarray(0, valid));
    this.#badUtf8 = true;
    return fault ?? (await this.write(block.subarray(valid)));
  }

  async end(): Promise<ContentError | undefined> {
    const fault = await this.#settled(done => this.#parser.end(done));
    if (fault) return fault;
    if (this.#badUtf8) return this.#notUtf8(this.#nextLine());
    if (this.#header !== true) return undefined;
    if (!this.#rowOf)
      return new ContentError(
        "the file is empty: a CSV file starts with a header row, unless the source's header names its columns",
      );
    const problem = this.#rows === 0 ? loneHeaderProblem(this.#names) : undefined;
    return problem === undefined ? undefined : new ContentError(problem, this.#line);
  }

  close(): void {
    this.#parser.destroy();
  }

  async #settled(run: (done: (error?: Error | null) => void) => void): Promise<ContentError | undefined> {
    try {
      await new Promise<void>((resolve, reject) => run(error => (error ? reject(error) : resolve())));
      // Before the row is complete: one of 16 MiB may have as many cells.
      return this.#pendingCells() > this.#maxColumns ? this.#tooWide(this.#nextLine()) : undefined;
    } catch (error) {
      if (error instanceof ContentError) return error;
      if (this.#pendingCells() > this.#maxColumns) return this.#tooWide(this.#nextLine());
      if (error instanceof CsvError) return new ContentError(this.#words(error), this.#nextLine(), { cause: error });
      throw error;
    }
  }

  /** Complete cells of the row being parsed. csv-parse has no limit of columns, and tells this only in its state. */
  #pendingCells(): number {
    return (this.#parser as unknown as ParserState).state?.record?.length ?? 0;
  }

  #tooWide(line: number): ContentError {
    return new ContentError(`the row has more than ${this.#maxColumns} cells (maxColumns)`, line);
  }

  /** The line that the row being parsed starts on. */
  #nextLine(info: { readonly empty_lines: number } = this.#parser.info): number {
    return this.#line + 1 + info.empty_lines - this.#blank;
  }

  #row(cells: string[], info: InfoRecord): void {
    const line = this.#nextLine(info);
    const severalLines = info.lines - this.#counted > line - this.#line;
    this.#line = severalLines ? line + lineEndsIn(cells) : line;
    this.#counted = info.lines;
    this.#blank = info.empty_lines;
    if (cells.length > this.#maxColumns) throw this.#tooWide(line);
    if (this.#badUtf8 && cells.some(cell => cell.includes(REPLACEMENT))) throw this.#notUtf8(line);
    if (!this.#rowOf && this.#begin(cells, line)) return;
    const convert = this.#rowOf as RowReader;
    const record = { line, value: cells };
    this.#rows += 1;
    const problem = this.#problemOf(cells);
    if (problem !== undefined) {
      this.#fault(record, new ContentError(problem, line));
      return;
    }
    const present = this.#nulls.size === 0 ? cells : cells.map(cell => (this.#nulls.has(cell) ? '' : cell));
    try {
      const value = onLine(line, () => convert(present, this.#note));
      this.#records.push(this.#notes.length === 0 ? { line, value } : { line, value, notes: this.#notes });
      if (this.#notes.length > 0) this.#notes = [];
    } catch (error) {
      if (!(error instanceof ContentError)) throw error;
      this.#notes = [];
      this.#fault(record, error);
    }
  }

  /** Takes the names of the columns, from the first row or from the source. @returns whether the row has them */
  #begin(cells: readonly string[], line: number): boolean {
    const header = this.#header;
    const names = header === true ? cells : header === false ? cells.map((_, index) => `column${index}`) : header;
    const problem = header === true ? headerProblem(names, this.#delimiter) : undefined;
    if (problem !== undefined) throw new ContentError(problem, line);
    this.#columns = names.length;
    this.#named = names.findLastIndex(name => name !== '') + 1;
    this.#rowOf = onLine(line, () => this.#layout(names));
    if (header !== false) this.#names = names;
    // A header that the source names may be in the file as well, or be a file of its own.
    return header === true || this.#isHeader(cells);
  }

  #problemOf(cells: readonly string[]): string | undefined {
    const [first = ''] = cells;
    if (cells.length !== this.#columns && !this.#fits(cells)) {
      const cause =
        cells.length === 1
          ? otherDelimiter(first, this.#delimiter)
          : this.#columns === 1 && this.#header === true
            ? otherHeader(this.#names[0] ?? '')
            : '';
      return `the row has ${cells.length} cells, the header ${this.#columns}${cause}`;
    }
    if (first.startsWith(BOM)) return 'the row begins with a byte order mark: were files joined?';
    return this.#isHeader(cells) ? 'the row repeats the header: were files joined?' : undefined;
  }

  #isHeader(cells: readonly string[]): boolean {
    const names = this.#names;
    return cells[0] === names[0] && cells.length > 1 && cells.every((cell, index) => cell === names[index]);
  }

  /** Whether the cells that a row has more or less than the header are empty ones at its end. */
  #fits(cells: readonly string[]): boolean {
    if (cells.length < this.#columns) return cells.length >= this.#named;
    return cells.every((cell, index) => index < this.#columns || cell === '');
  }

  #fault(record: SourceRecord, error: ContentError): void {
    this.#records.push({ ...record, fault: error.message });
  }

  #notUtf8(line: number): ContentError {
    return new ContentError(
      "the row is not valid UTF-8: save the file as UTF-8, or set the source's encoding, such as 'windows-1252'",
      line,
    );
  }

  #words(error: CsvError): string {
    if (error.code === 'CSV_MAX_RECORD_SIZE')
      return `the row is longer than ${this.#maxBytes} bytes (maxRecordBytes); is a quote left open?`;
    return errorWords(error.code, String(error.field ?? ''));
  }
}

function lineEndsIn(cells: readonly string[]): number {
  return cells.reduce((sum, cell) => sum + (cell.match(/\r\n|\n|\r/g)?.length ?? 0), 0);
}

function onLine<T>(line: number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof ContentError ? error.at(line) : error;
  }
}
