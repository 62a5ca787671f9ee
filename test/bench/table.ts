import type { Figure, Spread } from './figures.ts';
import type { Ratio } from './ratios.ts';

/** Returns figures and ratios as text, a step a line. */
export function tableOf(figures: readonly Figure[], ratios: readonly Ratio[]): string {
  const lines = figures.map(({ peer, step, rows, seconds, rowsPerSecond, clientMicros, cpu, rss, transactions }) => [
    step,
    peer,
    String(rows),
    `${short(seconds.median)} (${short(seconds.least)}-${short(seconds.most)})`,
    short(rowsPerSecond.median),
    short(clientMicros.median),
    ...[cpu.client, cpu.database, cpu.state, cpu.bucket].map(({ median }: Spread) => short(median)),
    String(Math.round(rss.median)),
    String(transactions ?? ''),
  ]);
  const head = [
    'step',
    'peer',
    'rows',
    'seconds',
    'rows/s',
    'us/row',
    'client',
    'database',
    'state',
    'bucket',
    'MB',
    'tx',
  ];
  const widths = [31, 11, 8, 20, 8, 8, 8, 9, 8, 8, 6, 4];
  const line = (cells: readonly string[]) =>
    cells.map((cell, i) => (i < 2 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join(' ');
  const about = ratios.map(({ name, value, goal }) => {
    const wanted = goal === undefined ? '' : `   ${value >= goal ? 'reached' : 'not reached'}: ${goal}`;
    return `${name.padEnd(50)}${String(value).padStart(8)}${wanted}`;
  });
  return [
    'seconds: median (least-most); us/row and the columns after it: CPU',
    line(head),
    ...lines.map(line),
    '',
    ...about,
  ].join('\n');
}

function short(value: number): string {
  return value >= 100 ? String(Math.round(value)) : value.toPrecision(3);
}
