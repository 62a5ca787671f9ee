/** What a system table has in the graph and tracked state has not. */
import { declaredKeys, knownTables } from './batch.ts';
import { settled } from './graph/applied-table.ts';
import { type Ends, edgeRow, endsText } from './graph/declaration.ts';
import { endpointTableId, type RelationTableDefinition, type TableDefinition, tableId } from './graph/definition.ts';
import { type KeyValue, toKeyValue } from './graph/value.ts';
import { type Lease, readRoot } from './lease.ts';
import { commitMaintenance } from './maintain.ts';
import { nodeShape, relationShape, shapeOf } from './neo4j/batch-statements.ts';
import { deleteNodes, removeStubs } from './neo4j/node-statements.ts';
import { type FoundAtRoot, readAtRoot } from './neo4j/read-at-root.ts';
import { deleteCopies, deleteRelations } from './neo4j/relation-statements.ts';
import { KEY_KINDS, type KeyKind, nextKeys, rowsByKey, unkeyedRows } from './neo4j/row-queries.ts';
import type { Statement } from './neo4j/statement.ts';
import type { Scope } from './scope.ts';
import { NodeStage } from './state/node-stage.ts';
import type { Root } from './state/root.ts';
import { trackedRows } from './tracked-rows.ts';

/** A node or edge that shouldn't be there as it is. */
export interface Extra {
  /**
   * - `extra`: no file declares it.
   * - `stub`: a bare node that no file declares and no edge needs.
   * - `copy`: an edge that is there more than once; `row` is its identity.
   * - `misplaced`: an edge that files declare, between other endpoints, where it isn't.
   */
  readonly kind: 'extra' | 'stub' | 'copy' | 'misplaced';
  readonly key: KeyValue;
  readonly ends?: Ends;
  readonly row?: string;
}

/** Rows that one transaction removes. */
const UNKEYED_AT_ONCE = 10_000;

/** Where in a table the next page of keys begins. */
export interface KeyPosition {
  readonly kind: KeyKind;
  /** The last key before it; null: none. */
  readonly after: KeyValue | null;
}

export const FIRST_KEY: KeyPosition = { kind: KEY_KINDS[0], after: null };

/** The next keys of a table in the graph, and where to go on; null: that was all. */
export async function keysFrom(
  scope: Scope,
  table: TableDefinition,
  { kind, after }: KeyPosition,
  limit: number,
): Promise<{ keys: KeyValue[]; next: KeyPosition | null }> {
  const { text, parameters } = nextKeys(shapeOf(settled(table)), kind, after, limit);
  const keys = (await scope.connection.graph.query(text, parameters)).map(({ key }) => key as KeyValue);
  const last = keys[keys.length - 1];
  if (last !== undefined && keys.length === limit) return { keys, next: { kind, after: last } };
  const following = KEY_KINDS[KEY_KINDS.indexOf(kind) + 1];
  return { keys, next: following === undefined ? null : { kind: following, after: null } };
}

/**
 * Finds what shouldn't be there among the rows of a system table with some keys.
 *
 * @param columns of which a stub has none
 * @param locked false: rows that are being committed may seem extra
 */
export async function findExtras(
  scope: Scope,
  table: TableDefinition,
  columns: readonly string[] | null,
  keys: readonly KeyValue[],
  locked: boolean,
): Promise<Extra[]> {
  if (keys.length === 0) return [];
  const shape = { ...shapeOf(settled(table)), columns };
  const query = rowsByKey(shape, true, keys, false);
  const found = await readAtRoot(scope.connection.graph, scope.name, query, locked);
  if (found === null) return [];
  const root = await readRoot(scope, found.root);
  return table.kind === 'node'
    ? await extraNodes(scope, root, shape.id, found)
    : await extraEdges(scope, root, table, found);
}

async function extraNodes(scope: Scope, root: Root, id: string, { rows }: FoundAtRoot): Promise<Extra[]> {
  const stage = new NodeStage(scope.cache, scope.nodes);
  const keys = rows.map(({ key }) => asKey(key));
  const declared = await declaredKeys(stage, id, root.tables.get(id), keys);
  return rows.flatMap(({ touched, bare }, index): Extra[] => {
    const key = keys[index] as KeyValue;
    // A bare node that an edge touches is a stub: nobody declares it, and it stays as long as the edge.
    if (declared.has(key) || (touched === true && bare === true)) return [];
    return [{ kind: bare === true ? 'stub' : 'extra', key }];
  });
}

async function extraEdges(
  scope: Scope,
  root: Root,
  table: RelationTableDefinition,
  { rows }: FoundAtRoot,
): Promise<Extra[]> {
  const edges = rows.map(row => edgeOf(table, row)).filter(edge => edge !== null);
  const stage = new NodeStage(scope.cache, scope.nodes);
  const ids = edges.map(({ row }) => row);
  const tracked = await trackedRows(stage, root, tableId(table), ids);
  const wanted = new Map([...tracked].map(([row, { ends }]) => [row, ends && endsText(ends)]));
  const right = ({ row, ends }: Edge) => wanted.get(row) === endsText(ends);
  const placed = new Set(edges.filter(right).map(({ row }) => row));
  const seen = new Set<string>();
  return edges.flatMap((edge): Extra[] => {
    const { row, key, ends } = edge;
    if (!tracked.has(row)) return [{ kind: 'extra', key, ends }];
    if (!right(edge)) return [{ kind: placed.has(row) ? 'extra' : 'misplaced', key, ends }];
    if (seen.has(row)) return [{ kind: 'copy', key, ends, row }];
    seen.add(row);
    return [];
  });
}

interface Edge {
  /** Its identity as a row. */
  readonly row: string;
  readonly key: KeyValue;
  readonly ends: Ends;
}

/** Reads an edge's `key`, `from` and `to`; null: one of them is no key. */
function edgeOf(table: RelationTableDefinition, record: Record<string, unknown>): Edge | null {
  const id = tableId(table);
  const parts = [record.key, record.from, record.to];
  if (parts.some(part => !isKey(part))) return null;
  const [key, from, to] = parts.map(asKey) as [KeyValue, KeyValue, KeyValue];
  const ends = { from, to };
  return { key, ends, row: edgeRow({ ...table, table: id }, key, ends) };
}

/**
 * Removes what {@link findExtras} found, in one transaction, only if nobody committed since the lease was taken. Nodes that
 * edges touch become bare stubs. Of copies one is left.
 */
export async function removeExtras(
  scope: Scope,
  lease: Lease,
  table: TableDefinition,
  extras: readonly Extra[],
): Promise<void> {
  if (extras.length === 0) return;
  const root = await readRoot(scope, lease.root);
  const known = knownTables(root, scope.tables);
  const id = tableId(table);
  await scope.head.renew(lease.epoch, scope.limits.leaseMs);
  if (table.kind === 'node') {
    const statements = deleteNodes(
      nodeShape(id, known),
      extras.map(({ key }) => key),
    );
    await commitMaintenance(scope, lease, lease.root, statements);
    return;
  }
  const shape = relationShape(id, known);
  const edges = extras.map(({ kind, key, ends }) => ({ kind, key, ends: ends as Ends }));
  const stubs = (['from', 'to'] as const).map(async side => {
    const end = table[side];
    if (end.managedBy === 'user') return []; // somebody else's nodes are never taken for stubs
    const keys = [...new Set(edges.map(({ ends }) => ends[side]))];
    const stage = new NodeStage(scope.cache, scope.nodes);
    const declared = await declaredKeys(stage, endpointTableId(end), root.tables.get(endpointTableId(end)), keys);
    return removeStubs(
      nodeShape(endpointTableId(end), known),
      keys.filter(key => !declared.has(key)),
    );
  });
  await commitMaintenance(scope, lease, lease.root, [
    ...deleteCopies(
      shape,
      edges.filter(({ kind }) => kind === 'copy'),
    ),
    ...deleteRelations(
      shape,
      edges.filter(({ kind }) => kind !== 'copy'),
    ),
    ...(await Promise.all(stubs)).flat(),
  ]);
}

/** How many rows of a system table no key can tell: see {@link unkeyedRows}. */
export async function countUnkeyed(scope: Scope, table: TableDefinition): Promise<number> {
  const text = `${unkeyedRows(shapeOf(settled(table)))} RETURN count(*) AS n`;
  const [found] = await scope.connection.graph.query(text);
  return Number(found?.n);
}

/** Removes them, but for nodes that edges touch. @returns how many */
export async function removeUnkeyed(scope: Scope, lease: Lease, table: TableDefinition): Promise<number> {
  const untouched = table.kind === 'node' ? 'AND NOT EXISTS { (r)--() } ' : '';
  const statement: Statement = {
    text: `UNWIND $rows AS row ${unkeyedRows(shapeOf(settled(table)))} ${untouched}WITH r LIMIT ${UNKEYED_AT_ONCE} DELETE r RETURN count(*) AS n`,
    rows: [1],
    result: 'changed',
    counts: 'none',
    table: tableId(table),
  };
  let removed = 0;
  for (let last = UNKEYED_AT_ONCE; last === UNKEYED_AT_ONCE; removed += last) {
    await scope.head.renew(lease.epoch, scope.limits.leaseMs);
    last = (await commitMaintenance(scope, lease, lease.root, [statement])).get('none') ?? 0;
  }
  return removed;
}

/** A key of the graph in the one form that rows have it in. One that no row can have (over-long text) stays as it is. */
function asKey(value: unknown): KeyValue {
  try {
    return toKeyValue(value);
  } catch {
    return value as KeyValue;
  }
}

function isKey(value: unknown): boolean {
  return ['string', 'number', 'bigint', 'boolean'].includes(typeof value) && !Number.isNaN(value);
}
