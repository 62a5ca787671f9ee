import { type Ends, endsRow, keyedRow } from './graph/declaration.ts';
import {
  endpointTableId,
  type NodeTableDefinition,
  type RelationTableDefinition,
  tableId,
} from './graph/definition.ts';
import { quoted } from './graph/identifier.ts';
import { type KeyValue, keyText, toKeyValue } from './graph/value.ts';
import { type Lease, readRoot } from './lease.ts';
import { commitMaintenance } from './maintain.ts';
import type { ResultRow } from './neo4j/graph-database.ts';
import { deleteNodes, removeStubs } from './neo4j/node-statements.ts';
import { deleteRelations } from './neo4j/relation-statements.ts';
import type { Statement } from './neo4j/statement.ts';
import type { Scope } from './scope.ts';
import { decodeManifestRow } from './state/manifest-row.ts';
import { NodeStage } from './state/node-stage.ts';
import { decodeObject } from './state/object-entry.ts';
import { decodeOwners } from './state/owners.ts';
import type { Root } from './state/root.ts';
import { EMPTY, lookup } from './state/tree.ts';

/** Rows compared with the state at once. */
const PAGE = 5_000;

/**
 * Removes from the system tables what no file declares: rows that a restored or replaced database has and the state
 * never heard of. Only for a lease that heals, when everything that files declare is applied.
 *
 * @returns how many rows were removed
 */
export async function sweepUndeclared(scope: Scope, lease: Lease): Promise<number> {
  const root = await readRoot(scope, lease.root);
  let removed = 0;
  const tables = [...scope.tables.values()].filter(({ managedBy }) => managedBy === 'system');
  // Edges first, so that nodes that are left without any can go.
  for (const table of tables) if (table.kind === 'relation') removed += await sweepRelations(scope, lease, root, table);
  for (const table of tables) if (table.kind === 'node') removed += await sweepNodes(scope, lease, root, table);
  return removed;
}

async function sweepNodes(scope: Scope, lease: Lease, root: Root, table: NodeTableDefinition): Promise<number> {
  const id = tableId(table);
  // A bare node that an edge touches is a stub: nobody declares it, and it stays as long as the edge.
  const stub = 'size(keys(n)) = 1 AND EXISTS { (n)--() }';
  const text = `MATCH (n:${quoted(table.label)}) WHERE NOT (${stub}) RETURN n.${quoted(table.primaryKey)} AS key`;
  const undeclared: KeyValue[] = [];
  for await (const page of pages(scope, lease, text)) {
    const keys = page.flatMap(({ key }) => asKey(key));
    const declared = await declaredRows(
      scope,
      root,
      id,
      keys.map(key => keyedRow(id, key)),
    );
    undeclared.push(...keys.filter(key => !declared.has(keyedRow(id, key))));
  }
  const columns = table.columns?.map(({ name }) => name) ?? null;
  const shape = { id, label: table.label, primaryKey: table.primaryKey, columns };
  await apply(scope, lease, deleteNodes(shape, undeclared));
  return undeclared.length;
}

async function sweepRelations(scope: Scope, lease: Lease, root: Root, table: RelationTableDefinition): Promise<number> {
  const id = tableId(table);
  const { from, to, primaryKey } = table;
  const text =
    `MATCH (a:${quoted(from.label)})-[e:${quoted(table.type)}]->(b:${quoted(to.label)}) ` +
    `RETURN e.${quoted(primaryKey)} AS key, a.${quoted(from.primaryKey)} AS from, b.${quoted(to.primaryKey)} AS to`;
  const undeclared: { key: KeyValue; ends: Ends }[] = [];
  for await (const page of pages(scope, lease, text)) {
    const edges = page.flatMap(({ key, from: a, to: b }) => {
      const [k, f, t] = [asKey(key), asKey(a), asKey(b)].map(([value]) => value);
      return k === undefined || f === undefined || t === undefined ? [] : [{ key: k, ends: { from: f, to: t } }];
    });
    const derived = ({ key, ends }: (typeof edges)[number]) =>
      key === `${from.label}_${ends.from}_${to.label}_${ends.to}` ? endsRow(id, ends) : keyedRow(id, key);
    const declared = await declaredRows(scope, root, id, edges.map(derived));
    undeclared.push(...edges.filter(edge => declared.get(derived(edge)) !== textOf(edge.ends)));
  }
  const columns = table.columns?.map(({ name }) => name) ?? null;
  const shape = { id, type: table.type, from, to, primaryKey, columns, indexed: true };
  await apply(scope, lease, deleteRelations(shape, undeclared));
  for (const [side, end] of [
    ['from', from],
    ['to', to],
  ] as const) {
    const node = { id: endpointTableId(end), label: end.label, primaryKey: end.primaryKey, columns: null };
    const keys = undeclared.map(({ ends }) => ends[side]);
    const known = await declaredRows(
      scope,
      root,
      node.id,
      keys.map(key => keyedRow(node.id, key)),
    );
    await apply(
      scope,
      lease,
      removeStubs(
        node,
        keys.filter(key => !known.has(keyedRow(node.id, key))),
      ),
    );
  }
  return undeclared.length;
}

/** Which rows files declare, and for edges the endpoints that the winner says. */
async function declaredRows(
  scope: Scope,
  root: Root,
  table: string,
  rows: readonly string[],
): Promise<Map<string, string>> {
  const stage = new NodeStage(scope.cache, scope.nodes);
  const owners = await lookup(stage, root.tables.get(table)?.rows ?? EMPTY, rows);
  const byWinner = new Map<string, string[]>();
  for (const [row, text] of owners) {
    const { id } = decodeOwners(text).winner;
    byWinner.set(id, [...(byWinner.get(id) ?? []), row]);
  }
  const declared = new Map<string, string>();
  for (const [id, entry] of await lookup(stage, root.objects, [...byWinner.keys()])) {
    const { manifest } = decodeObject(entry);
    for (const [row, text] of await lookup(stage, manifest, byWinner.get(id) ?? [])) {
      const { ends } = decodeManifestRow(text);
      declared.set(row, ends === undefined ? '' : textOf(ends));
    }
  }
  return declared;
}

/** Removes rows, a bounded transaction at a time, each only if nobody committed since. */
async function apply(scope: Scope, lease: Lease, statements: readonly Statement[]): Promise<void> {
  for (const statement of statements) {
    await scope.head.renew(lease.epoch, scope.limits.leaseMs);
    await commitMaintenance(scope, lease, lease.root, [statement]);
  }
}

async function* pages(scope: Scope, { epoch }: Lease, text: string): AsyncGenerator<ResultRow[]> {
  for await (const page of scope.connection.graph.pages(text, PAGE)) {
    yield page;
    await scope.head.renew(epoch, scope.limits.leaseMs);
  }
}

/** The key if it's one that a row can have: what has none was made by hand and can't be told by key. */
function asKey(value: unknown): [KeyValue] | [] {
  try {
    return [toKeyValue(value)];
  } catch {
    return [];
  }
}

function textOf(ends: Ends): string {
  return JSON.stringify([keyText(ends.from), keyText(ends.to)]);
}
