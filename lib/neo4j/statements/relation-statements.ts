import type { Declaration } from '../../definition/declaration.ts';
import type { EndpointDefinition } from '../../definition/definition.ts';
import type { ValueForm } from '../../values/column-type.ts';
import { quoted } from '../../values/identifier.ts';
import { assignment, type Claimant } from './node-statements.ts';
import { byConversions, overwrite, sendProperties, setConverted } from './row-properties.ts';
import { FROM, idOf, KEY, type RowId, SentRows, TO } from './sent-rows.ts';
import { inChunks, type Statement } from './statement.ts';

/** What must be known of a relation table to write its rows. */
export interface RelationTableShape {
  readonly id: string;
  readonly type: string;
  readonly from: EndpointDefinition;
  readonly to: EndpointDefinition;
  readonly primaryKey: string;
  readonly columns: readonly string[] | null;
  /** The table of another scope that claims these edges, if there is one. */
  readonly claimant?: Claimant | undefined;
  /** Whether graphdrop made the index on the key: then it's named in the statement. */
  readonly indexed: boolean;
}

/** Creates edges that are known to be new, without looking them up. */
export function createRelations(
  table: RelationTableShape,
  declarations: readonly Declaration[],
  form: ValueForm,
): Statement[] {
  const create = `UNWIND $rows AS r ${matchEnds(table)} CREATE (a)-[e:${quoted(table.type)}]->(b)`;
  return writeRelations(table, declarations, form, create, true);
}

/**
 * Makes the edges that are absent, then writes all. (MERGE would look at all edges between two nodes for each row: quadratic
 * where many join the same two.)
 */
export function mergeRelations(
  table: RelationTableShape,
  declarations: readonly Declaration[],
  form: ValueForm,
): Statement[] {
  const create = `CREATE (a)-[:${quoted(table.type)} {${quoted(table.primaryKey)}: ${KEY}}]->(b)`;
  const made = inChunks({
    text: `${findAbsent(table)} ${create} RETURN count(*) AS n`,
    rows: declarations.map(row => idOf('edge', row)),
    result: 'changed',
    counts: 'none',
    table: table.id,
  });
  return [...made, ...updateRelations(table, declarations, form)];
}

/** Updates edges that stay between their endpoints. */
export function updateRelations(
  table: RelationTableShape,
  declarations: readonly Declaration[],
  form: ValueForm,
): Statement[] {
  return writeRelations(table, declarations, form, findEdges(table));
}

/** @param find Cypher that finds or makes the edge `e` of each row `r` @param isNew whether it makes them all */
function writeRelations(
  table: RelationTableShape,
  declarations: readonly Declaration[],
  form: ValueForm,
  find: string,
  isNew = false,
): Statement[] {
  return byConversions(declarations, form).flatMap(({ fields, members }) => {
    const sent = new SentRows('edge');
    const assign = `SET e ${isNew ? '=' : assignment(table)} ${sendProperties(sent, table, fields)}`;
    const set = isNew ? assign : overwrite(sent, 'e', assign, members);
    return inChunks({
      text: `${find} ${set}${setConverted(sent, 'Relationship', 'e', fields)} RETURN count(DISTINCT ${KEY}) AS n`,
      rows: sent.of(members),
      result: 'rows',
      counts: 'relationsUpserted',
      table: table.id,
    });
  });
}

/** Deletes edges, told by key and endpoints. */
export function deleteRelations(table: RelationTableShape, edges: readonly RowId[]): Statement[] {
  return inChunks({
    text: `${findEdges(table)} DELETE e RETURN count(DISTINCT ${KEY}) AS n`,
    rows: edges.map(row => idOf('edge', row)),
    result: 'rows',
    counts: 'relationsDeleted',
    table: table.id,
  });
}

/** Leaves one of several edges between the same two nodes that are equal in type and key. */
export function deleteCopies(table: RelationTableShape, edges: readonly RowId[]): Statement[] {
  return inChunks({
    text: `${findEdges(table)} WITH ${KEY} AS k, startNode(e) AS a, endNode(e) AS b, collect(DISTINCT e) AS copies UNWIND copies[1..] AS e DELETE e RETURN count(*) AS n`,
    rows: edges.map(row => idOf('edge', row)),
    result: 'changed',
    counts: 'relationsDeleted',
    table: table.id,
  });
}

/** Matches both endpoints. Fails to find an edge, silently, when an endpoint is missing: hence every statement says how many rows it applied. */
function matchEnds({ from, to }: RelationTableShape): string {
  return (
    `MATCH (a:${quoted(from.label)} {${quoted(from.primaryKey)}: ${FROM}}) ` +
    `MATCH (b:${quoted(to.label)} {${quoted(to.primaryKey)}: ${TO}})`
  );
}

/** Finds, for each row `r`, its edge `e`; of a user's table all edges that are the row's, if several nodes have a key. */
export function findEdges(table: RelationTableShape): string {
  if (table.indexed) return `UNWIND $rows AS r ${matchEdge(table)}`;
  return `${pairEdges(table)} UNWIND rs AS r UNWIND es AS e`;
}

/** Finds, for each row `r` that has no edge, its endpoints `a` and `b`. */
function findAbsent(table: RelationTableShape): string {
  if (table.indexed)
    return `UNWIND $rows AS r OPTIONAL ${matchEdge(table)}${notAtMinusZero(table)} WITH r, e WHERE e IS NULL ${matchEnds(table)}`;
  return `${pairEdges(table)} WHERE size(es) = 0 UNWIND rs AS r`;
}

/**
 * Pairs rows (`rs`) and edges (`es`) of one key between the same two nodes, without an index on the key: all edges between two
 * nodes are read once, and grouped by key.
 */
function pairEdges(table: RelationTableShape): string {
  const type = quoted(table.type);
  const items = `[r IN rs | {k: ${KEY}, r: r}] + [x IN es | {k: x.${quoted(table.primaryKey)}, e: x}]`;
  return (
    `UNWIND $rows AS r ${matchEnds(table)} WITH a, b, collect(r) AS rs OPTIONAL MATCH (a)-[e:${type}]->(b) ` +
    `WITH a, b, rs, collect(e) AS es UNWIND ${items} AS item ` +
    'WITH a, b, item.k AS k, collect(item.r) AS rs, collect(item.e) AS es'
  );
}

/**
 * Returns conditions that an edge `e` is not at a node whose key 0 became -0.0: Neo4j compares them as equal, but the index that
 * graphdrop made tells them apart, so that node is another, and the edge is absent.
 */
function notAtMinusZero({ from, to }: RelationTableShape): string {
  const isSame = (node: string, { primaryKey, managedBy }: EndpointDefinition, key: string) =>
    managedBy === 'user' ? '' : ` AND (${key} <> 0 OR toString(${node}.${quoted(primaryKey)}) <> '-0.0')`;
  return `${isSame('a', from, FROM)}${isSame('b', to, TO)}`;
}

/**
 * Matches an edge by type, key and both endpoints: a type may join several pairs of labels, and two pairs may have equal
 * keys. Right after a first load the planner has no statistics and would scan all edges of the type for each row; naming
 * the index prevents that.
 */
function matchEdge({ type, primaryKey, from, to, indexed }: RelationTableShape): string {
  const hint = indexed ? ` USING INDEX SEEK e:${quoted(type)}(${quoted(primaryKey)})` : '';
  return (
    `MATCH (a:${quoted(from.label)})-[e:${quoted(type)} {${quoted(primaryKey)}: ${KEY}}]->(b:${quoted(to.label)})${hint} ` +
    `WHERE a.${quoted(from.primaryKey)} = ${FROM} AND b.${quoted(to.primaryKey)} = ${TO}`
  );
}
