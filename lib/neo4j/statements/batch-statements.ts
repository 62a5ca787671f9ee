import { type AppliedTable, extraLabels } from '../../definition/applied-table.ts';
import { tableId } from '../../definition/definition.ts';
import type { NodeWrites, Plan, RelationWrites } from '../../reconcile/plan.ts';
import type { ValueForm } from '../../values/column-type.ts';
import type { KeyValue } from '../../values/value.ts';
import { clearToKeys } from './clear-statements.ts';
import {
  type Claimant,
  deleteGuests,
  deleteNodes,
  ensureEndpoints,
  type NodeTableShape,
  removeStubs,
  upsertNodes,
} from './node-statements.ts';
import {
  createRelations,
  deleteRelations,
  mergeRelations,
  type RelationTableShape,
  updateRelations,
} from './relation-statements.ts';
import type { Statement } from './statement.ts';

/** How a plan is written. */
export interface BatchForm {
  /** True: edges are merged even where they should be new, for a graph that isn't what the state says. */
  readonly tolerant: boolean;
  /** What the connection takes as values. */
  readonly form: ValueForm;
  /** Tables of other scopes that own rows of this one's tables, by table id. Default: none. */
  readonly claimants?: ReadonlyMap<string, Claimant>;
  /** True: rows are cleared before any is written. Default false. */
  readonly clearsFirst?: boolean;
}

/**
 * Returns the statements of a plan, in the order that keeps every edge between nodes: edges that go, node upserts, endpoints,
 * edges that come or change, nodes that go. (An edge that moves goes before it comes, so a constraint on its key holds
 * throughout.)
 *
 * A person's constraint may be in the way all the same: two nodes swap a unique name, or one takes the name of another that
 * goes. Then all that rows have apart from their keys is cleared first (`clearsFirst`). From there on the graph only ever
 * has a part of what it has in the end.
 *
 * A row that another scope declares is never deleted: what it has of this table is cleared.
 */
export function statementsOf(
  plan: Plan,
  tables: ReadonlyMap<string, AppliedTable>,
  { tolerant, form, claimants = new Map(), clearsFirst = false }: BatchForm,
): Statement[] {
  const nodes = [...plan.nodes].map(([id, writes]) => {
    return { table: { ...nodeShape(id, tables), claimant: claimants.get(id) }, writes };
  });
  const relations = [...plan.relations].map(([id, writes]) => {
    return { table: { ...relationShape(id, tables), claimant: claimants.get(id) }, writes };
  });
  return [
    ...relations.flatMap(({ table, writes: { deletes } }) =>
      table.claimant === undefined ? deleteRelations(table, deletes) : clearToKeys(table, deletes),
    ),
    ...(clearsFirst ? clearings(nodes, relations) : []),
    ...nodes.flatMap(({ table, writes }) => upsertNodes(table, writes.upserts, form)),
    ...nodes.flatMap(({ table, writes }) => ensureEndpoints(table, writes.endpoints)),
    ...relations.flatMap(({ table, writes: { creates, updates } }) =>
      tolerant || !table.indexed
        ? mergeRelations(table, [...creates, ...updates], form)
        : [...createRelations(table, creates, form), ...updateRelations(table, updates, form)],
    ),
    ...nodes.flatMap(({ table, writes: { deletes } }) =>
      table.claimant === undefined
        ? deleteNodes(table, deletes)
        : [...deleteGuests(table, deletes), ...clearToKeys(table, deletes.map(asRow))],
    ),
    ...nodes.flatMap(({ table, writes }) => removeStubs(table, writes.abandoned)),
  ];
}

function clearings(
  nodes: readonly { readonly table: NodeTableShape; readonly writes: NodeWrites }[],
  relations: readonly { readonly table: RelationTableShape; readonly writes: RelationWrites }[],
): Statement[] {
  return [
    ...relations.flatMap(({ table, writes }) => clearToKeys(table, [...writes.creates, ...writes.updates])),
    ...nodes.flatMap(({ table, writes: { upserts, deletes } }) =>
      clearToKeys(table, [...upserts, ...deletes.map(asRow)]),
    ),
  ];
}

function asRow(key: KeyValue) {
  return { key };
}

export function nodeShape(id: string, tables: ReadonlyMap<string, AppliedTable>): NodeTableShape {
  const table = tables.get(id);
  if (table?.kind !== 'node') throw new RangeError(`no node table ${id}`);
  const { label, primaryKey, columns } = table;
  return { id, label, primaryKey, columns, labels: extraLabels(table) };
}

export function relationShape(id: string, tables: ReadonlyMap<string, AppliedTable>): RelationTableShape {
  const table = tables.get(id);
  if (table?.kind !== 'relation') throw new RangeError(`no relation table ${id}`);
  const { type, from, to, primaryKey, columns, managedBy } = table;
  return { id, type, from, to, primaryKey, columns, indexed: managedBy === 'system' };
}

/** Returns what must be known of a table to write its rows. */
export function shapeOf(table: AppliedTable): NodeTableShape | RelationTableShape {
  const id = tableId(table);
  const tables = new Map([[id, table]]);
  return table.kind === 'node' ? nodeShape(id, tables) : relationShape(id, tables);
}
