import { styleText } from 'node:util';
import Table from 'cli-table3';
import { printable, printableJson } from './printable.ts';

/** Rows whose columns are aligned: that takes long, and nobody compares more of them by eye. */
const ROWS_ALIGNED = 5_000;

type Format = Parameters<typeof styleText>[0];

/** Where a command prints: what it found to `out`, what it is doing to `err`. */
export interface Streams {
  readonly out: NodeJS.WritableStream;
  readonly err: NodeJS.WritableStream;
}

/**
 * Prints what a command found: for people, or with `--json` as JSON. Color only in a terminal, and never with `NO_COLOR`. Control
 * characters in cells, notes and JSON are escaped; a text given to {@link line} must be made of {@link printable} parts.
 */
export class Output {
  readonly json: boolean;
  readonly #streams: Streams;

  constructor(json: boolean, streams: Streams = { out: process.stdout, err: process.stderr }) {
    this.json = json;
    this.#streams = streams;
  }

  /** Prints a command's result: the value with `--json`, else what `text` prints by {@link line} and {@link table}. */
  result(value: unknown, text: () => void): void {
    if (this.json) this.#streams.out.write(`${printableJson(value, 2)}\n`);
    else text();
  }

  /** Prints one of many events as they come: a line of JSON with `--json`, else a line of text. */
  event(value: object, text: string): void {
    this.#streams.out.write(this.json ? `${printableJson(value)}\n` : `${text}\n`);
  }

  /** Prints a line for people; nothing with `--json`. */
  line(text = ''): void {
    if (!this.json) this.#streams.out.write(`${text}\n`);
  }

  /** Says what is being done, on the error stream: a script that reads the result doesn't see it. */
  note(text: string): void {
    this.#streams.err.write(`${this.style('dim', printable(text), this.#streams.err)}\n`);
  }

  /** Prints rows in aligned columns, for people; nothing with `--json`. Names and cells are made printable. */
  table(head: readonly string[], rows: readonly (readonly (string | number | bigint | null | undefined)[])[]): void {
    if (this.json || rows.length === 0) return;
    const numeric = head.map((_, n) => rows.every(row => typeof row[n] === 'number' || typeof row[n] === 'bigint'));
    const table = new Table({
      head: head.map(name => this.style('bold', printable(name))),
      chars: BLANK,
      style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
      colAligns: numeric.map(isNumber => (isNumber ? 'right' : 'left')),
    });
    const cells = rows.map(row => head.map((_, n) => printable(String(row[n] ?? ''))));
    table.push(...cells.slice(0, ROWS_ALIGNED));
    const lines = table.toString().split('\n');
    const trimmed = lines.map(line => line.trimEnd());
    const rest = cells.slice(ROWS_ALIGNED).map(row => row.join('  '));
    this.#streams.out.write(`${[...trimmed, ...rest].join('\n')}\n`);
  }

  /** Colors a text, where the stream is a terminal that shows color. */
  style(format: Format, text: string, stream = this.#streams.out): string {
    return styleText(format, text, { stream, validateStream: true });
  }
}

const BLANK = Object.fromEntries(
  [
    ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
    ...['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'],
  ].map(name => [name, '']),
);
