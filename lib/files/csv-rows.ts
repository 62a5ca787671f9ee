import { isUtf8 } from 'node:buffer';
import { CsvError, type InfoRecord, Parser } from 'csv-parse';
import {
  ContentError,
  DEFAULT_MAX_COLUMNS,
  DEFAULT_MAX_RECORD_BYTES,
  type LenientOptions,
  type SourceRecord,
} from '../graph/record-reader.ts';
import { describeValue } from './describe-value.ts';

const REPLACEMENT = '\uFFFD';

/** What csv-parse keeps beyond its types. Without it rows are refused by their cells once they are complete. */
interface ParserState {
  readonly state?: { readonly record?: readonly unknown[] };
}

/** Makes a record's value of a row's cells, by the header. Both may throw a ContentError without a line. */
export type RowLayout = (header: readonly string[]) => (cells: readonly string[]) => unknown;

/** csv-parse with a record a row, line numbers of row starts, and its errors in this project's words. */
export class RowParser {
  readonly #parser: Parser;
  readonly #maxBytes: number;
  readonly #maxColumns: number;
  readonly #lenient: boolean;
  readonly #layout: RowLayout;
  #columns = 0;
  #rowOf: ((cells: readonly string[]) => unknown) | undefined;
  #records: SourceRecord[] = [];
  /** The line that the last row ended on, and how many blank lines csv-parse had counted then. */
  #line = 0;
  #blank = 0;
  /** Lines as csv-parse counts them: a `\r\n` inside quotes is two. */
  #counted = 0;
  /** Bad bytes have been written: csv-parse decodes them to U+FFFD, which tells the row that has them. */
  #badUtf8 = false;

  /** @param trim whether spaces and tabs around cells are no part of them */
  constructor(
    {
      delimiter = ',',
      maxRecordBytes = DEFAULT_MAX_RECORD_BYTES,
      maxColumns = DEFAULT_MAX_COLUMNS,
      lenient = false,
    }: LenientOptions,
    layout: RowLayout,
    trim = false,
  ) {
    this.#layout = layout;
    this.#maxBytes = maxRecordBytes;
    this.#maxColumns = maxColumns;
    this.#lenient = lenient;
    this.#parser = new Parser({
      columns: false,
      delimiter,
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
    this.#badUtf8 ||= !isUtf8(block);
    return await this.#settled(done => this.#parser.write(block, done));
  }

  async end(): Promise<ContentError | undefined> {
    const fault = await this.#settled(done => this.#parser.end(done));
    if (fault) return fault;
    if (this.#badUtf8) return this.#notUtf8(this.#nextLine());
    return this.#rowOf ? undefined : new ContentError('the file is empty: a CSV file starts with a header row');
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
    const convert = this.#rowOf;
    if (!convert) {
      this.#columns = cells.length;
      this.#rowOf = onLine(line, () => this.#layout(cells));
      return;
    }
    const record = { line, value: cells };
    if (cells.length !== this.#columns) {
      this.#fault(record, new ContentError(`the row has ${cells.length} cells, the header ${this.#columns}`, line));
      return;
    }
    try {
      this.#records.push({ line, value: onLine(line, () => convert(cells)) });
    } catch (error) {
      if (!(error instanceof ContentError)) throw error;
      this.#fault(record, error);
    }
  }

  #fault(record: SourceRecord, error: ContentError): void {
    if (!this.#lenient) throw error;
    this.#records.push({ ...record, fault: error.message });
  }

  #notUtf8(line: number): ContentError {
    return new ContentError('the row is not valid UTF-8', line);
  }

  #words(error: CsvError): string {
    switch (error.code as string) {
      case 'CSV_MAX_RECORD_SIZE':
        return `the row is longer than ${this.#maxBytes} bytes (maxRecordBytes); is a quote left open?`;
      case 'CSV_QUOTE_NOT_CLOSED':
        return 'the row has a quote that is never closed';
      case 'CSV_INVALID_CLOSING_QUOTE':
        return 'the row has text after a closing quote: a quote inside a quoted cell is written twice';
      case 'INVALID_OPENING_QUOTE':
        return 'the row has a quote inside an unquoted cell: quote the whole cell, and write the quote twice';
      default:
        return `the row is not CSV: ${error.code}`;
    }
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

/** A record is an object of the cells by the names in the header; an empty cell is an absent field. */
export const byName: RowLayout = names => {
  names.forEach((name, index) => {
    const place = `the header's column ${index + 1}`;
    if (name === '') throw new ContentError(`${place} has no name`);
    if (name === '__proto__') throw new ContentError(`${place} is named __proto__, which is not allowed`);
    const first = names.indexOf(name);
    if (first < index)
      throw new ContentError(`${place} has the same name as column ${first + 1}: ${describeValue(name)}`);
  });
  return cells => {
    const value: Record<string, string> = {};
    names.forEach((name, index) => {
      const cell = cells[index];
      if (cell) value[name] = cell;
    });
    return value;
  };
};
