import type { AppliedTable } from '../../definition/applied-table.ts';
import { type RelationTableDefinition, tableId } from '../../definition/definition.ts';
import { quoted } from '../../values/identifier.ts';
import { GUEST, makeBare, type NodeTableShape } from './node-statements.ts';
import type { RelationTableShape } from './relation-statements.ts';
import { unkeyedRows } from './row-queries.ts';
import { MAINTENANCE_ROWS, type Statement } from './statement.ts';

/**
 * Returns statements that each take away some rows of a table, to be repeated until none is left. Edges of the table must go before
 * nodes. A node that a foreign edge touches is left as a bare stub; what has no key of the table is no row of it.
 */
export function removeSome(table: AppliedTable): Statement[] {
  const texts = table.kind === 'relation' ? [removeEdges(table)] : removeNodes(table);
  return texts.map(text => ({
    text: `UNWIND $rows AS row ${text} RETURN count(*) AS n`,
    rows: [null],
    result: 'changed',
    counts: 'none',
    table: tableId(table),
  }));
}

/** Takes away some rows that no key can tell, but for nodes that edges touch: to be repeated until none is left. */
export function removeUnkeyed(table: NodeTableShape | RelationTableShape): Statement {
  const untouched = 'label' in table ? ' AND NOT EXISTS { (r)--() }' : '';
  const match = `${unkeyedRows(table)}${untouched} WITH r LIMIT ${MAINTENANCE_ROWS}`;
  return {
    text: `UNWIND $rows AS row ${match} DELETE r RETURN count(*) AS n`,
    rows: [null],
    result: 'changed',
    counts: 'none',
    table: table.id,
  };
}

type RelationTable = Pick<RelationTableDefinition, 'from' | 'type' | 'to' | 'primaryKey'>;

function removeEdges({ from, type, to, primaryKey }: RelationTable): string {
  const pattern = `(:${quoted(from.label)})-[r:${quoted(type)}]->(:${quoted(to.label)})`;
  return `MATCH ${pattern} WHERE r.${quoted(primaryKey)} IS NOT NULL WITH r LIMIT ${MAINTENANCE_ROWS} DELETE r`;
}

function removeNodes({
  label,
  primaryKey,
  columns,
  labels = [],
}: Extract<AppliedTable, { readonly kind: 'node' }>): string[] {
  const key = `n.${quoted(primaryKey)}`;
  const match = (which: string): string =>
    `MATCH (n:${quoted(label)}) WHERE ${key} IS NOT NULL AND NOT n:${GUEST} AND ${which} WITH n LIMIT ${MAINTENANCE_ROWS}`;
  const lonely = `${match('NOT EXISTS { (n)--() }')} DELETE n`;
  const others = columns?.filter(name => name !== primaryKey) ?? null;
  const full = [
    ...(others?.map(column => `n.${quoted(column)} IS NOT NULL`) ?? ['size(keys(n)) > 1']),
    ...labels.map(name => `n:${quoted(name)}`),
  ];
  if (full.length === 0) return [lonely];
  const bare = makeBare({ primaryKey, columns: others, labels }, key);
  return [lonely, `${match(`EXISTS { (n)--() } AND (${full.join(' OR ')})`)} ${bare}`];
}
