import type { Ends } from '../definition/declaration.ts';
import { tablePattern } from '../definition/definition.ts';
import type { KeyValue } from '../values/value.ts';
import type { RowStep, TableSteps } from './root-diff.ts';

/** How many rows, and the first of them by key. */
export interface Sampled<Row> {
  readonly count: number;
  readonly first: readonly Row[];
}

/** A row that changes. Its key may be a bigint; all else is plain JSON. */
export interface ChangedRow {
  readonly key: KeyValue;
  /** Of an edge: where it is afterwards, or was. */
  readonly ends?: Ends;
  /** The object whose values it had; null: it wasn't there. */
  readonly from: string | null;
  /** The object whose values it has; null: it isn't there any more. */
  readonly to: string | null;
}

/** Changes of one table's rows. */
export interface TableChanges {
  /** Rows that weren't there. */
  readonly in: Sampled<ChangedRow>;
  /** Rows that stay with other values, or edges that stay between other nodes. */
  readonly changed: Sampled<ChangedRow>;
  /** Rows that are there no more. */
  readonly out: Sampled<ChangedRow>;
  /** Rows that stay and have another winner: with the same values, or others (then they are among the changed, too). */
  readonly takenOver: Sampled<ChangedRow>;
}

/** Sums up steps by table, as Cypher writes it. @param samples rows that are told of each kind */
export function tableChanges(tables: Iterable<TableSteps>, samples = 10): Record<string, TableChanges> {
  const changes = new Map<string, RowStep[]>();
  for (const { table, steps } of tables) {
    // With another primary key it is another table, of the same pattern.
    const pattern = tablePattern(table);
    changes.set(pattern, [...(changes.get(pattern) ?? []), ...steps]);
  }
  return Object.fromEntries([...changes].map(([pattern, steps]) => [pattern, changesOf(steps, samples)]));
}

function changesOf(steps: readonly RowStep[], samples: number): TableChanges {
  const inOrder = [...steps].sort((a, b) => (String(a.key) < String(b.key) ? -1 : 1));
  const sampled = (holds: (step: RowStep) => boolean): Sampled<ChangedRow> => {
    const rows = inOrder.filter(holds);
    return { count: rows.length, first: rows.slice(0, samples).map(changedRow) };
  };
  return {
    in: sampled(({ before }) => before === null),
    changed: sampled(({ before, after, changed }) => before !== null && after !== null && changed),
    out: sampled(({ after }) => after === null),
    takenOver: sampled(({ before, after }) => before !== null && after !== null && before.object !== after.object),
  };
}

function changedRow({ key, before, after }: RowStep): ChangedRow {
  const ends = (after ?? before)?.ends;
  return { key, ...(ends !== undefined && { ends }), from: before?.object ?? null, to: after?.object ?? null };
}

/** Counts the rows that go, in all tables. */
export function deletions(tables: Readonly<Record<string, TableChanges>>): number {
  return Object.values(tables).reduce((sum, { out }) => sum + out.count, 0);
}

/** Tells whether any row changes its values, comes or goes. */
export function changesRows(tables: Readonly<Record<string, TableChanges>>): boolean {
  return Object.values(tables).some(changes => changes.in.count + changes.changed.count + changes.out.count > 0);
}
