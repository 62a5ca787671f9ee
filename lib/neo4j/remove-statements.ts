import type { GraphDefinition, NodeTableDefinition, RelationTableDefinition } from '../graph/definition.ts';
import { quoted } from '../graph/identifier.ts';
import { makeBare } from './node-statements.ts';

/**
 * Statements that each take away at most `limit` rows of the system tables and return how many as `n`, to be repeated until
 * fewer are left. Edges go before nodes. A node that somebody else's edge touches is left as a bare stub, as ever; what has
 * no key of the table is nobody's row.
 */
export function removeStatements(definition: GraphDefinition, limit: number): readonly string[] {
  const system = definition.tables.filter(table => table.managedBy === 'system');
  return [
    ...system.flatMap(table => (table.kind === 'relation' ? removeEdges(table, limit) : [])),
    ...system.flatMap(table => (table.kind === 'node' ? removeNodes(table, limit) : [])),
  ];
}

function removeEdges({ from, type, to, primaryKey }: RelationTableDefinition, limit: number): string {
  const pattern = `(:${quoted(from.label)})-[r:${quoted(type)}]->(:${quoted(to.label)})`;
  return `MATCH ${pattern} WHERE r.${quoted(primaryKey)} IS NOT NULL WITH r LIMIT ${limit} DELETE r RETURN count(*) AS n`;
}

function removeNodes({ label, primaryKey, columns }: NodeTableDefinition, limit: number): string[] {
  const key = `n.${quoted(primaryKey)}`;
  const match = (which: string): string =>
    `MATCH (n:${quoted(label)}) WHERE ${key} IS NOT NULL AND ${which} WITH n LIMIT ${limit}`;
  const lonely = `${match('NOT EXISTS { (n)--() }')} DELETE n RETURN count(*) AS n`;
  const others = columns?.map(({ name }) => name).filter(name => name !== primaryKey) ?? null;
  if (others?.length === 0) return [lonely];
  const full = others?.map(column => `n.${quoted(column)} IS NOT NULL`).join(' OR ') ?? 'size(keys(n)) > 1';
  return [lonely, `${match(`(${full})`)} ${makeBare({ primaryKey, columns: others }, key)} RETURN count(*) AS n`];
}
