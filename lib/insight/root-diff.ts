/** Compares two roots of the tracked state by rows: what a plan would change, and what batches did. */
import pMap from 'p-map';
import { type AppliedTable, combined } from '../definition/applied-table.ts';
import type { Ends } from '../definition/declaration.ts';
import { tableId } from '../definition/definition.ts';
import { tableTag } from '../definition/table-tag.ts';
import { decodeManifestRow, isUnknown } from '../state/manifest-row.ts';
import { decodeObject } from '../state/object-entry.ts';
import type { Root } from '../state/root.ts';
import { type TrackedRow, trackedRows } from '../state/tracked-rows.ts';
import { EMPTY, type Nodes } from '../state/tree.ts';
import { diffTrees } from '../state/tree-diff.ts';
import type { KeyValue } from '../values/value.ts';

/** A row that two roots have otherwise. */
export interface RowStep {
  readonly row: string;
  readonly key: KeyValue;
  readonly before: RowSide | null;
  readonly after: RowSide | null;
  /** Whether its values, or an edge's ends, are others (both are in the fingerprint); also where they aren't known. */
  readonly changed: boolean;
}

/** A row as one root has it. */
export interface RowSide {
  /** The object whose values it has. */
  readonly object: string;
  readonly ends?: Ends;
}

/** The steps of one table. */
export interface TableSteps {
  readonly table: AppliedTable;
  readonly steps: readonly RowStep[];
}

/** Objects compared at once. */
const PARALLEL = 16;

/** Compares two roots. The cost follows the size of the difference; all rows that differ are in memory. @throws MissingNodeError */
export async function diffRoots(nodes: Nodes, before: Root, after: Root): Promise<Map<string, TableSteps>> {
  const tables = new Map<string, AppliedTable>();
  for (const { table } of [...before.tables.values(), ...after.tables.values()])
    tables.set(tableId(table), combined(table, tables.get(tableId(table))));
  const byTag = new Map([...tables.keys()].map(id => [tableTag(id), id]));
  const touched = new Map<string, Set<string>>();
  const objects = await diffTrees(nodes, before.objects, after.objects);
  await pMap(
    objects,
    async ({ before: was, after: is }) => {
      const [old, now] = [was, is].map(text => (text === undefined ? EMPTY : decodeObject(text).manifest));
      for (const { key: row, ...texts } of await diffTrees(nodes, old ?? EMPTY, now ?? EMPTY)) {
        const id = byTag.get(decodeManifestRow(texts.after ?? texts.before ?? '').tag);
        if (id === undefined) continue;
        const rows = touched.get(id) ?? new Set();
        touched.set(id, rows.add(row));
      }
    },
    { concurrency: PARALLEL },
  );
  const found = new Map<string, TableSteps>();
  for (const [id, rows] of touched) {
    const [was, is] = [await trackedRows(nodes, before, id, [...rows]), await trackedRows(nodes, after, id, [...rows])];
    const steps = [...rows].flatMap(row => stepOf(row, was.get(row), is.get(row)));
    if (steps.length > 0) found.set(id, { table: tables.get(id) as AppliedTable, steps });
  }
  return found;
}

function stepOf(row: string, was: TrackedRow | undefined, is: TrackedRow | undefined): RowStep[] {
  const one = is ?? was;
  if (one === undefined) return [];
  const changed = was?.fingerprint !== is?.fingerprint || isUnknown(is);
  const step = { row, key: one.key, before: sideOf(was), after: sideOf(is), changed };
  return changed || step.before?.object !== step.after?.object ? [step] : [];
}

function sideOf(row: TrackedRow | undefined): RowSide | null {
  if (row === undefined) return null;
  const { winner, ends } = row;
  return { object: winner.key, ...(ends !== undefined && { ends }) };
}
