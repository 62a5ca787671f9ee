import type { ChangedRow, Sampled, TableChanges } from '../insight/table-changes.ts';
import type { Output } from './output.ts';
import { printable } from './printable.ts';

const KINDS = { in: '+', changed: '~', out: '-', takenOver: '>' } as const;

/** Prints changes of rows: the counts of each table, then the first rows of each kind. */
export function printChanges(out: Output, tables: Readonly<Record<string, TableChanges>>): void {
  out.table(
    ['table', 'in', 'changed', 'out', 'taken over'],
    Object.entries(tables).map(([name, it]) => [name, it.in.count, it.changed.count, it.out.count, it.takenOver.count]),
  );
  for (const [name, changes] of Object.entries(tables)) {
    for (const [kind, mark] of Object.entries(KINDS)) printRows(out, name, mark, changes[kind as keyof typeof KINDS]);
  }
}

function printRows(out: Output, table: string, mark: string, { count, first }: Sampled<ChangedRow>): void {
  if (first.length === 0) return;
  for (const { key, ends, from, to } of first) {
    const name = ends === undefined ? String(key) : `${ends.from} → ${ends.to}`;
    const objects = from === null || to === null || from === to ? (to ?? from ?? '') : `${from} → ${to}`;
    out.line(`${mark} ${table} ${printable(name)}  ${out.style('dim', printable(objects))}`);
  }
  if (count > first.length) out.line(`${mark} ${table} and ${count - first.length} more`);
}
