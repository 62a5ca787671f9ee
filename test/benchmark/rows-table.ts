import type { ClientStep } from '../bench/step.ts';

const COLUMNS = [
  'rows',
  'MB',
  'seconds',
  'rows/s',
  'CPU us/row',
  'peak MB',
  'invocations',
  'transactions',
  'spool MB',
  'written',
];

export function headLine(): string {
  return line('object', COLUMNS);
}

/** Returns what a version of an object took as a line of the table. @param bytes of the object */
export function lineOf(title: string, bytes: number, step: ClientStep): string {
  const { rows, seconds, cpu, rss, invocations = 0, transactions = 0, spoolBytes = 0, written = 0 } = step;
  return line(title, [
    rows,
    (bytes / 1e6).toFixed(1),
    seconds.toFixed(1),
    Math.round(rows / seconds),
    ((cpu * 1e6) / rows).toFixed(1),
    Math.round(rss),
    invocations,
    transactions,
    (spoolBytes / 1e6).toFixed(1),
    written,
  ]);
}

function line(first: string, cells: readonly (string | number)[]): string {
  return first.padEnd(26) + cells.map(cell => String(cell).padStart(13)).join('');
}
