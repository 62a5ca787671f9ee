import type { AppliedTable } from '../graph/applied-table.ts';
import { type RelationTableDefinition, tableId } from '../graph/definition.ts';
import { quoted } from '../graph/identifier.ts';
import { makeBare } from './node-statements.ts';
import type { Statement } from './statement.ts';

/**
 * Statements that each take away at most `limit` rows of a table, to be repeated until none is left. Edges of the table must go
 * before nodes. A node that somebody else's edge touches is left as a bare stub, as ever; what has no key of the table is
 * nobody's row.
 */
export function removeSome(table: AppliedTable, limit: number): Statement[] {
  const texts = table.kind === 'relation' ? [removeEdges(table, limit)] : removeNodes(table, limit);
  return texts.map(text => ({
    text: `UNWIND $rows AS row ${text} RETURN count(*) AS n`,
    rows: [null],
    result: 'changed',
    counts: 'none',
    table: tableId(table),
  }));
}

type RelationTable = Pick<RelationTableDefinition, 'from' | 'type' | 'to' | 'primaryKey'>;

function removeEdges({ from, type, to, primaryKey }: RelationTable, limit: number): string {
  const pattern = `(:${quoted(from.label)})-[r:${quoted(type)}]->(:${quoted(to.label)})`;
  return `MATCH ${pattern} WHERE r.${quoted(primaryKey)} IS NOT NULL WITH r LIMIT ${limit} DELETE r`;
}

function removeNodes(
  { label, primaryKey, columns }: Extract<AppliedTable, { readonly kind: 'node' }>,
  limit: number,
): string[] {
  const key = `n.${quoted(primaryKey)}`;
  const match = (which: string): string =>
    `MATCH (n:${quoted(label)}) WHERE ${key} IS NOT NULL AND ${which} WITH n LIMIT ${limit}`;
  const lonely = `${match('NOT EXISTS { (n)--() }')} DELETE n`;
  const others = columns?.filter(name => name !== primaryKey) ?? null;
  if (others?.length === 0) return [lonely];
  const full = others?.map(column => `n.${quoted(column)} IS NOT NULL`).join(' OR ') ?? 'size(keys(n)) > 1';
  return [lonely, `${match(`EXISTS { (n)--() } AND (${full})`)} ${makeBare({ primaryKey, columns: others }, key)}`];
}
