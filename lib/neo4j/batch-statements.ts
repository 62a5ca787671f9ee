import type { AppliedTable } from '../graph/applied-table.ts';
import { tableId } from '../graph/definition.ts';
import type { Plan } from '../reconcile/plan.ts';
import { deleteNodes, ensureEndpoints, type NodeTableShape, removeStubs, upsertNodes } from './node-statements.ts';
import type { ValueForm } from './parameter.ts';
import {
  createRelations,
  deleteRelations,
  mergeRelations,
  type RelationTableShape,
  updateRelations,
} from './relation-statements.ts';
import type { Statement } from './statement.ts';

/**
 * The statements of a plan, in the order that keeps every edge between nodes: node upserts, endpoints, edges that go, edges
 * that come or change, nodes that go. (An edge that moves goes before it comes, so a constraint on its key holds
 * throughout.)
 *
 * @param heal true: edges are merged even where they should be new, for a graph that isn't what the state says
 * @param form what the connection takes as values
 */
export function statementsOf(
  plan: Plan,
  tables: ReadonlyMap<string, AppliedTable>,
  heal: boolean,
  form: ValueForm,
): Statement[] {
  const nodes = [...plan.nodes].map(([id, writes]) => ({ table: nodeShape(id, tables), writes }));
  const relations = [...plan.relations].map(([id, writes]) => ({ table: relationShape(id, tables), writes }));
  return [
    ...nodes.flatMap(({ table, writes }) => upsertNodes(table, writes.upserts, form)),
    ...nodes.flatMap(({ table, writes }) => ensureEndpoints(table, writes.endpoints)),
    ...relations.flatMap(({ table, writes }) => deleteRelations(table, writes.deletes)),
    ...relations.flatMap(({ table, writes: { creates, updates } }) =>
      heal || !table.indexed
        ? mergeRelations(table, [...creates, ...updates], form)
        : [...createRelations(table, creates, form), ...updateRelations(table, updates, form)],
    ),
    ...nodes.flatMap(({ table, writes }) => deleteNodes(table, writes.deletes)),
    ...nodes.flatMap(({ table, writes }) => removeStubs(table, writes.abandoned)),
  ];
}

export function nodeShape(id: string, tables: ReadonlyMap<string, AppliedTable>): NodeTableShape {
  const table = tables.get(id);
  if (table?.kind !== 'node') throw new RangeError(`no node table ${id}`);
  return { id, label: table.label, primaryKey: table.primaryKey, columns: table.columns };
}

export function relationShape(id: string, tables: ReadonlyMap<string, AppliedTable>): RelationTableShape {
  const table = tables.get(id);
  if (table?.kind !== 'relation') throw new RangeError(`no relation table ${id}`);
  const { type, from, to, primaryKey, columns, managedBy } = table;
  return { id, type, from, to, primaryKey, columns, indexed: managedBy === 'system' };
}

/** What must be known of a table to write its rows. */
export function shapeOf(table: AppliedTable): NodeTableShape | RelationTableShape {
  const id = tableId(table);
  const tables = new Map([[id, table]]);
  return table.kind === 'node' ? nodeShape(id, tables) : relationShape(id, tables);
}
