/** Finds rows of a system table that the graph has and that no file declares, or not so. */
import { extraLabels, settled } from '../definition/applied-table.ts';
import { type Ends, endsText } from '../definition/declaration.ts';
import { type RelationTableDefinition, type TableDefinition, tableId } from '../definition/definition.ts';
import { readAtRoot } from '../neo4j/fence/read-at-root.ts';
import type { ResultRow } from '../neo4j/graph-database.ts';
import { shapeOf } from '../neo4j/statements/batch-statements.ts';
import { rowsByKey } from '../neo4j/statements/row-queries.ts';
import { declaredKeys } from '../reconcile/batch.ts';
import { knownTables } from '../reconcile/known-tables.ts';
import type { Scope } from '../scope.ts';
import { readRoot } from '../state/read-root.ts';
import type { Root } from '../state/root.ts';
import { trackedRows } from '../state/tracked-rows.ts';
import type { KeyValue } from '../values/value.ts';
import { type StoredRow, storedRow } from './stored-row.ts';

/** A node or edge that shouldn't be there as it is. */
export interface UndeclaredRow {
  /**
   * - `undeclared`: no file declares it; or a stub whose key has another type than a row's would.
   * - `stub`: a bare node that no file declares and no edge needs.
   * - `copy`: an edge that is there more than once between the same two nodes.
   * - `misplaced`: an edge that files declare, between other endpoints, where it isn't.
   */
  readonly kind: 'undeclared' | 'stub' | 'copy' | 'misplaced';
  /** Its identity as a row. */
  readonly row: string;
  readonly key: KeyValue;
  readonly ends: Ends | undefined;
}

/** Columns (null: any property) and extra labels that a row of a table may have, by the root or by the flow. */
export function knownContent(scope: Scope, root: Root, table: string): KnownContent {
  const known = knownTables(root, scope.tables).get(table);
  return { columns: known?.columns ?? null, labels: known === undefined ? [] : extraLabels(known) };
}

interface KnownContent {
  readonly columns: readonly string[] | null;
  readonly labels: readonly string[];
}

/**
 * Finds undeclared rows of a system table among those with some keys.
 *
 * @param content of which a stub has none
 * @param locked false: rows that are being committed may seem undeclared
 */
export async function findUndeclared(
  scope: Scope,
  table: TableDefinition,
  content: KnownContent,
  keys: readonly KeyValue[],
  locked: boolean,
): Promise<UndeclaredRow[]> {
  if (keys.length === 0) return [];
  const query = rowsByKey({ ...shapeOf(settled(table)), ...content }, true, keys, false);
  const found = await readAtRoot(scope.connection.graph, scope.name, query, locked);
  if (found === null) return [];
  const root = await readRoot(scope, found.root);
  return table.kind === 'node'
    ? await undeclaredNodes(scope, root, tableId(table), found.rows)
    : await undeclaredEdges(scope, root, table, found.rows);
}

async function undeclaredNodes(
  scope: Scope,
  root: Root,
  id: string,
  records: readonly ResultRow[],
): Promise<UndeclaredRow[]> {
  const nodes = records.flatMap(record => {
    const node = storedRow({ kind: 'node', managedBy: 'system' }, id, record);
    // A stub has the key of its edges' ends: 1.0 in place of 1 was set by hand.
    const isStub = record.touched === true && record.bare === true && typeof record.key === typeof node?.key;
    return node === null || record.guest === true
      ? []
      : [{ node, isStub, isLost: record.touched !== true && record.bare === true }];
  });
  const stage = scope.nodes.stage();
  const keys = nodes.map(({ node }) => node.key);
  const declared = await declaredKeys(stage, id, root.tables.get(id), keys);
  return nodes.flatMap(({ node, isStub, isLost }): UndeclaredRow[] => {
    if (declared.has(node.key) || isStub) return [];
    return [{ kind: isLost ? 'stub' : 'undeclared', ...node }];
  });
}

async function undeclaredEdges(
  scope: Scope,
  root: Root,
  table: RelationTableDefinition,
  records: readonly ResultRow[],
): Promise<UndeclaredRow[]> {
  const id = tableId(table);
  const edges = records.flatMap(record => {
    const edge = storedRow(table, id, record);
    return edge === null ? [] : [{ ...edge, pair: String(record.pair) }];
  });
  const stage = scope.nodes.stage();
  const ids = edges.map(({ row }) => row);
  const tracked = await trackedRows(stage, root, id, ids);
  const right = ({ row, ends }: StoredRow) => placeOf(tracked.get(row)?.ends) === placeOf(ends);
  const placed = new Set(edges.filter(right).map(({ row }) => row));
  const seen = new Set<string>();
  return edges.flatMap(({ pair, ...edge }): UndeclaredRow[] => {
    const { row } = edge;
    if (!tracked.has(row)) return [{ kind: 'undeclared', ...edge }];
    if (!right(edge)) return [{ kind: placed.has(row) ? 'undeclared' : 'misplaced', ...edge }];
    // Several nodes of a user may have one key: the row has an edge to each.
    const place = `${pair}\n${row}`;
    if (seen.has(place)) return [{ kind: 'copy', ...edge }];
    seen.add(place);
    return [];
  });
}

function placeOf(ends: Ends | undefined): string {
  return ends === undefined ? '' : endsText(ends);
}
