import type { Declaration, Ends } from '../graph/declaration.ts';
import type { EndpointDefinition } from '../graph/definition.ts';
import { quoted } from '../graph/identifier.ts';
import type { KeyValue } from '../graph/value.ts';
import type { ValueForm } from './parameter.ts';
import { byConversions, rowProperties, setConverted } from './row-properties.ts';
import { inChunks, type Statement } from './statement.ts';

/** What must be known of a relation table to write its rows. */
export interface RelationTableShape {
  readonly id: string;
  readonly type: string;
  readonly from: EndpointDefinition;
  readonly to: EndpointDefinition;
  readonly primaryKey: string;
  readonly columns: readonly string[] | null;
  /** Whether graphdrop made the index on the key: then it's named in the statement. */
  readonly indexed: boolean;
}

/** Edges known to be new: no look-up of the edge. */
export function createRelations(
  table: RelationTableShape,
  declarations: readonly Declaration[],
  form: ValueForm,
): Statement[] {
  const create = `${matchEnds(table)} CREATE (a)-[e:${quoted(table.type)}]->(b) SET e = r.p`;
  return writeRelations(table, declarations, form, create);
}

/** Edges that may or may not be there already. */
export function mergeRelations(
  table: RelationTableShape,
  declarations: readonly Declaration[],
  form: ValueForm,
): Statement[] {
  const merge = `MERGE (a)-[e:${quoted(table.type)} {${quoted(table.primaryKey)}: r.k}]->(b)`;
  return writeRelations(table, declarations, form, `${matchEnds(table)} ${merge} ${setProperties(table)}`);
}

/** Edges that stay between their endpoints. */
export function updateRelations(
  table: RelationTableShape,
  declarations: readonly Declaration[],
  form: ValueForm,
): Statement[] {
  return writeRelations(table, declarations, form, `${matchEdge(table)} ${setProperties(table)}`);
}

/** @param write Cypher that finds or makes the edge `e` of a row `r` and sets its properties but vectors */
function writeRelations(
  table: RelationTableShape,
  declarations: readonly Declaration[],
  form: ValueForm,
  write: string,
): Statement[] {
  return byConversions(declarations, form).flatMap(({ fields, members }) =>
    inChunks({
      text: `UNWIND $rows AS r ${write}${setConverted('Relationship', 'e', fields)} RETURN count(*) AS n`,
      rows: members.map(({ key, ends, values }) => ({
        k: key,
        a: ends?.from,
        b: ends?.to,
        ...rowProperties(table.columns, values, fields),
      })),
      result: 'rows',
      counts: 'relationsUpserted',
      table: table.id,
    }),
  );
}

function setProperties({ columns }: RelationTableShape): string {
  return `SET e ${columns === null ? '=' : '+='} r.p`;
}

export function deleteRelations(
  table: RelationTableShape,
  edges: readonly { readonly key: KeyValue; readonly ends: Ends }[],
): Statement[] {
  return inChunks({
    text: `UNWIND $rows AS r ${matchEdge(table)} DELETE e RETURN count(*) AS n`,
    rows: edges.map(({ key, ends }) => ({ k: key, a: ends.from, b: ends.to })),
    result: 'rows',
    counts: 'relationsDeleted',
    table: table.id,
  });
}

/** Leaves one of several edges that are equal in type, key and endpoints. */
export function deleteCopies(
  table: RelationTableShape,
  edges: readonly { readonly key: KeyValue; readonly ends: Ends }[],
): Statement[] {
  return inChunks({
    text: `UNWIND $rows AS r ${matchEdge(table)} WITH r, collect(DISTINCT e) AS copies UNWIND copies[1..] AS e DELETE e RETURN count(*) AS n`,
    rows: edges.map(({ key, ends }) => ({ k: key, a: ends.from, b: ends.to })),
    result: 'changed',
    counts: 'relationsDeleted',
    table: table.id,
  });
}

/** Fails to find an edge, silently, when an endpoint is missing: hence every statement says how many rows it applied. */
function matchEnds({ from, to }: RelationTableShape): string {
  return (
    `MATCH (a:${quoted(from.label)} {${quoted(from.primaryKey)}: r.a}) ` +
    `MATCH (b:${quoted(to.label)} {${quoted(to.primaryKey)}: r.b})`
  );
}

/**
 * An edge is told by type, key and both endpoints: a type may join several pairs of labels, and two pairs may have equal
 * keys. Right after a first load the planner has no statistics and would scan all edges of the type for each row; naming
 * the index prevents that.
 */
export function matchEdge({ type, primaryKey, from, to, indexed }: RelationTableShape): string {
  const hint = indexed ? ` USING INDEX SEEK e:${quoted(type)}(${quoted(primaryKey)})` : '';
  return (
    `MATCH (a:${quoted(from.label)})-[e:${quoted(type)} {${quoted(primaryKey)}: r.k}]->(b:${quoted(to.label)})${hint} ` +
    `WHERE a.${quoted(from.primaryKey)} = r.a AND b.${quoted(to.primaryKey)} = r.b`
  );
}
