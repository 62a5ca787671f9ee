import type { GraphDefinition } from '../graph/definition.ts';
import type { GraphDatabase } from './graph-database.ts';

/**
 * The definition without the relation tables whose type another scope of the database has as well, between other labels:
 * a relationship index belongs to all of them, and goes with the last.
 */
export async function unsharedOnly(
  graph: GraphDatabase,
  scope: string,
  definition: GraphDefinition,
): Promise<GraphDefinition> {
  const types = definition.tables.flatMap(table => (table.kind === 'relation' ? [table.type] : []));
  const shared = await graph.query(
    `MATCH (f:_Graphdrop) WHERE f.scope <> $scope UNWIND coalesce(f.claims, []) AS claim
     UNWIND $types AS type WITH type, claim WHERE claim CONTAINS '-[:' + type + ']->' RETURN DISTINCT type`,
    { scope, types },
  );
  const kept = new Set(shared.map(({ type }) => type));
  return { ...definition, tables: definition.tables.filter(table => table.kind === 'node' || !kept.has(table.type)) };
}
