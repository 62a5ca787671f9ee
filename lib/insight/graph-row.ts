/** Reads what the database has of a row. */
import { type AppliedTable, settled } from '../definition/applied-table.ts';
import { type TableDefinition, tableId, tablePattern } from '../definition/definition.ts';
import { readAtRoot } from '../neo4j/fence/read-at-root.ts';
import { shapeOf } from '../neo4j/statements/batch-statements.ts';
import type { RelationTableShape } from '../neo4j/statements/relation-statements.ts';
import { edgesOfNode, rowsByKey } from '../neo4j/statements/row-queries.ts';
import { knownTables } from '../reconcile/known-tables.ts';
import type { Scope } from '../scope.ts';
import type { Root } from '../state/root.ts';
import { trackedRows } from '../state/tracked-rows.ts';
import type { KeyValue } from '../values/value.ts';
import { storedRow } from '../verify/stored-row.ts';

/** A row as the database has it. */
export interface GraphRow {
  /** Nodes or edges with the key; several in a user's table, or where somebody changed the graph. */
  readonly copies: number;
  /** Whether it is a node with nothing but its key, which edges hold. */
  readonly isStub: boolean;
  /** Properties that it has and the table's schema doesn't name: not managed. */
  readonly unmanaged: readonly string[];
  /** Names of the properties that it has. */
  readonly properties: readonly string[];
  /** Extra labels of its table that it has. */
  readonly labels: readonly string[];
  /** Some of the edges of the flow's tables that touch the node. */
  readonly edges: readonly GraphEdge[];
}

/** An edge that touches a node. */
export interface GraphEdge {
  readonly table: string;
  readonly type: string;
  readonly from: { readonly label: string; readonly key: KeyValue };
  readonly to: { readonly label: string; readonly key: KeyValue };
  /** The object whose values it has; null: no file declares it. */
  readonly declaredBy: string | null;
}

/** Reads a row of a table by its key. @param edges most edges of a node that are read */
export async function graphRow(
  scope: Scope,
  root: Root,
  table: AppliedTable,
  { row, key }: { readonly row: string; readonly key: KeyValue },
  edges: number,
): Promise<GraphRow | null> {
  const id = tableId(table);
  const shape = shapeOf(knownTables(root, scope.tables).get(id) ?? table);
  const query = rowsByKey(shape, table.managedBy === 'system', [key], true);
  const found = await readAtRoot(scope.connection.graph, scope.name, query, false);
  const records = (found?.rows ?? []).filter(record => storedRow(table, id, record)?.row === row);
  const [first] = records;
  if (first === undefined) return null;
  const properties = Object.keys(first.properties as object).sort();
  const { columns } = table;
  return {
    copies: records.length,
    isStub: table.kind === 'node' && first.bare === true,
    properties,
    labels: ((first.labels ?? []) as readonly string[]).toSorted(),
    unmanaged: columns === null ? [] : properties.filter(name => !columns.includes(name) && name !== table.primaryKey),
    edges: table.kind === 'node' ? await edgesOf(scope, root, id, key, edges) : [],
  };
}

async function edgesOf(scope: Scope, root: Root, node: string, key: KeyValue, limit: number): Promise<GraphEdge[]> {
  const found: GraphEdge[] = [];
  for (const table of knownTables(root, scope.tables).values()) {
    if (table.kind !== 'relation') continue;
    for (const end of ['from', 'to'] as const) {
      if (tableId({ kind: 'node', ...table[end] }) !== node || found.length >= limit) continue;
      found.push(...(await edgesAt(scope, root, table, end, key, limit - found.length)));
    }
  }
  return found;
}

async function edgesAt(
  scope: Scope,
  root: Root,
  table: AppliedTable & { readonly kind: 'relation' },
  end: 'from' | 'to',
  key: KeyValue,
  limit: number,
): Promise<GraphEdge[]> {
  const id = tableId(table);
  const query = edgesOfNode(shapeOf(table) as RelationTableShape, end, key, limit);
  const found = await readAtRoot(scope.connection.graph, scope.name, query, false);
  const edges = (found?.rows ?? []).flatMap(record => storedRow(table, id, record) ?? []);
  const tracked = await trackedRows(
    scope.nodes.stage(),
    root,
    id,
    edges.map(({ row }) => row),
  );
  return edges.flatMap(({ row, ends }) => {
    // An edge from a node to itself is found from both ends.
    if (ends === undefined || (end === 'to' && ends.from === ends.to && table.from.label === table.to.label)) return [];
    return {
      table: tablePattern(table),
      type: table.type,
      from: { label: table.from.label, key: ends.from },
      to: { label: table.to.label, key: ends.to },
      declaredBy: tracked.get(row)?.winner.key ?? null,
    };
  });
}

/** Returns a table as it is in the flow, else as it was applied last. */
export function tableNow(scope: Scope, table: AppliedTable): AppliedTable | TableDefinition {
  return scope.tables.get(tableId(table)) ?? table;
}

/** Returns the columns that a table's rows have by the flow, else as applied. */
export function appliedNow(scope: Scope, table: AppliedTable): AppliedTable {
  const definition = scope.tables.get(tableId(table));
  return definition === undefined ? table : settled(definition);
}
