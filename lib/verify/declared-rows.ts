/** Finds rows that files declare and the graph lacks, or has otherwise. */
import { type AppliedTable, extraLabels } from '../definition/applied-table.ts';
import { type Ends, endsText } from '../definition/declaration.ts';
import type { TableDefinition } from '../definition/definition.ts';
import { findClaimants } from '../neo4j/fence/claims.ts';
import { readAtRoot } from '../neo4j/fence/read-at-root.ts';
import { shapeOf } from '../neo4j/statements/batch-statements.ts';
import { rowsByKey } from '../neo4j/statements/row-queries.ts';
import { knownTables } from '../reconcile/known-tables.ts';
import type { Scope } from '../scope.ts';
import { isUnknown } from '../state/manifest-row.ts';
import { readRoot } from '../state/read-root.ts';
import type { Root } from '../state/root.ts';
import { type TrackedRow, trackedRows } from '../state/tracked-rows.ts';
import { vectorDimension } from '../values/types/vector.ts';
import { keyText } from '../values/value.ts';
import { type Properties, type StoredContent, type StoredRow, storedRow } from './stored-row.ts';
import { compareFingerprint } from './stored-values.ts';

/** A declared row that the graph lacks, or has otherwise. */
export interface RowDifference {
  /**
   * - `missing`: not in the graph.
   * - `altered`: other properties or extra labels.
   * - `undecided`: other properties or not, only the winner's file can tell.
   * - `misplaced`: an edge that is there, but between other endpoints.
   */
  readonly kind: 'missing' | 'altered' | 'undecided' | 'misplaced';
  readonly row: string;
  readonly tracked: TrackedRow;
  /** What the graph has of an altered or undecided row; several where a key isn't unique. */
  readonly copies: readonly StoredContent[];
  /** Endpoints that a misplaced edge has. */
  readonly found: readonly Ends[];
  /** Whether others in a user's table share its key: which of them is the declared row, nothing tells. */
  readonly shared: boolean;
  /** Whether the row may have properties of another scope's too: the table has no schema, and the scope claims the label. */
  readonly guest: boolean;
}

/** A row of the graph with its content. */
type WholeRow = StoredRow & StoredContent;

/** Finds rows of a table that the graph lacks, or has otherwise than a root says. @param locked see {@link readAtRoot} */
export async function findDifferences(
  scope: Scope,
  root: Root,
  table: string,
  rows: readonly string[],
  locked: boolean,
): Promise<RowDifference[]> {
  const stage = scope.nodes.stage();
  let tracked = await trackedRows(stage, root, table, rows);
  let definition = root.tables.get(table)?.table;
  if (tracked.size === 0 || definition === undefined) return [];
  // A row's key never changes, so which rows to read doesn't depend on the root; what they should be does.
  const keys = [...new Map([...tracked.values()].map(({ key }) => [keyText(key), key])).values()];
  const shape = shapeOf(knownTables(root, scope.tables).get(table) ?? definition);
  const query = rowsByKey(shape, definition.managedBy === 'system', keys, true);
  const found = await readAtRoot(scope.connection.graph, scope.name, query, locked);
  if (found === null) return [];
  if (locked) {
    const present = await readRoot(scope, found.root);
    tracked = await trackedRows(stage, present, table, rows);
    definition = present.tables.get(table)?.table ?? definition;
  }
  const { columns } = definition;
  const known = extraLabels(definition);
  const guest = columns === null && (await findClaimants(scope.connection.graph, scope.name, [definition])).size > 0;
  const stored = found.rows.flatMap((record): WholeRow[] => {
    const row = storedRow(definition, table, record);
    if (row === null) return [];
    const labels = ((record.labels ?? []) as readonly string[]).filter(label => known.includes(label)).sort();
    return [{ ...row, properties: onlyColumns(record.properties as Properties, columns), labels }];
  });
  const byRow = Map.groupBy(stored, ({ row }) => row);
  const isVector = vectorColumns(scope.tables.get(table));
  return [...tracked].flatMap(([row, it]) =>
    compare({ ...definition, guest, isVector }, row, it, byRow.get(row) ?? []),
  );
}

interface ComparedTable extends Pick<AppliedTable, 'managedBy'>, Pick<RowDifference, 'guest'> {
  readonly isVector: (column: string) => boolean;
}

function compare(
  { managedBy, guest, isVector }: ComparedTable,
  row: string,
  tracked: TrackedRow,
  found: readonly WholeRow[],
): RowDifference[] {
  const place = tracked.ends && endsText(tracked.ends);
  const placed = found.filter(({ ends }) => (ends && endsText(ends)) === place);
  const users = managedBy === 'user';
  const difference = { row, tracked, copies: [], found: [], shared: users && placed.length > 1, guest };
  if (placed.length === 0) {
    // In a user's table, another edge with the key may be the user's own.
    const elsewhere = users ? [] : found.flatMap(({ ends }) => ends ?? []);
    return [{ ...difference, kind: elsewhere.length > 0 ? 'misplaced' : 'missing', found: elsewhere }];
  }
  const copies = placed.map(({ properties, labels }) => ({ properties, labels }));
  if (isUnknown(tracked)) return [{ ...difference, kind: 'undecided', copies }];
  const verdicts = copies.map(({ properties, labels }) => compareFingerprint(tracked, properties, isVector, labels));
  // Of a user's rows that share the key one is enough: the others may be the user's own.
  if (users ? verdicts.includes('same') : verdicts.every(verdict => verdict === 'same')) return [];
  const decided = users ? !verdicts.includes('unsure') : verdicts.includes('different');
  const differing = copies.filter((_, index) => verdicts[index] !== 'same');
  return [{ ...difference, kind: decided && !guest ? 'altered' : 'undecided', copies: differing }];
}

/** Tells which columns hold vectors by a table's definition; it may be a later one than that of the rows. */
function vectorColumns(table: TableDefinition | undefined): (column: string) => boolean {
  const typed = table?.columns?.filter(({ type }) => vectorDimension(type) !== undefined).map(({ name }) => name);
  const indexed = table?.kind === 'node' ? table.vectorIndexes.map(({ field }) => field) : [];
  const names = new Set([...(typed ?? []), ...indexed]);
  return column => names.has(column);
}

function onlyColumns(properties: Properties, columns: readonly string[] | null): Properties {
  if (columns === null) return properties;
  return Object.fromEntries(
    columns.flatMap(name => (Object.hasOwn(properties, name) ? [[name, properties[name]]] : [])),
  );
}
