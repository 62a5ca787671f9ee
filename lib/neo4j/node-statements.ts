import type { Declaration } from '../graph/declaration.ts';
import { quoted } from '../graph/identifier.ts';
import type { KeyValue } from '../graph/value.ts';
import type { ValueForm } from './parameter.ts';
import { byConversions, nulls, rowProperties, setConverted } from './row-properties.ts';
import { inChunks, type Statement } from './statement.ts';

/** What must be known of a node table to write its rows. */
export interface NodeTableShape {
  readonly id: string;
  readonly label: string;
  readonly primaryKey: string;
  /** Columns of the schema; null: no schema, a row's properties are replaced whole. */
  readonly columns: readonly string[] | null;
}

/** Nodes that files declare. */
export function upsertNodes(table: NodeTableShape, declarations: readonly Declaration[], form: ValueForm): Statement[] {
  const set = table.columns === null ? '=' : '+=';
  const merge = `MERGE (n:${quoted(table.label)} {${quoted(table.primaryKey)}: r.k}) SET n ${set} r.p`;
  return byConversions(declarations, form).flatMap(({ fields, members }) =>
    inChunks({
      text: `UNWIND $rows AS r ${merge}${setConverted('Node', 'n', fields)} RETURN count(*) AS n`,
      rows: members.map(({ key, values }) => ({ k: key, ...rowProperties(table.columns, values, fields) })),
      result: 'rows',
      counts: 'nodesUpserted',
      table: table.id,
    }),
  );
}

/** Endpoints of edges, made where absent. The result tells which were. */
export function ensureEndpoints(table: NodeTableShape, keys: readonly KeyValue[]): Statement[] {
  const pattern = `(n:${quoted(table.label)} {${quoted(table.primaryKey)}: k})`;
  const absent = `UNWIND $rows AS k OPTIONAL MATCH ${pattern} WITH k, n WHERE n IS NULL`;
  return inChunks({
    text: `${absent} MERGE (m:${quoted(table.label)} {${quoted(table.primaryKey)}: k}) RETURN collect(k) AS n`,
    absent: `${absent} RETURN collect(k) AS n`,
    rows: keys,
    result: 'made',
    counts: 'stubsMade',
    table: table.id,
  });
}

/** Nodes that no file declares any more: bare stubs where an edge (anyone's) touches them, else gone. */
export function deleteNodes(table: NodeTableShape, keys: readonly KeyValue[]): Statement[] {
  const key = quoted(table.primaryKey);
  return inChunks({
    text:
      `UNWIND $rows AS k MATCH (n:${quoted(table.label)} {${key}: k}) WITH k, n, EXISTS { (n)--() } AS touched ` +
      `FOREACH (_ IN CASE WHEN touched THEN [1] ELSE [] END | ${makeBare(table, 'k')}) ` +
      'FOREACH (_ IN CASE WHEN touched THEN [] ELSE [1] END | DELETE n) RETURN count(*) AS n',
    rows: keys,
    result: 'rows',
    counts: 'nodesDeleted',
    table: table.id,
  });
}

/** Cypher that leaves a node `n` with its key alone, and what graphdrop doesn't write. @param key Cypher for the key */
export function makeBare({ primaryKey, columns }: Pick<NodeTableShape, 'primaryKey' | 'columns'>, key: string): string {
  if (columns === null) return `SET n = {${quoted(primaryKey)}: ${key}}`;
  return `SET n += ${nulls(columns.filter(column => column !== primaryKey))}`;
}

/** Stubs that lost an edge: gone if no edge is left. */
export function removeStubs(table: NodeTableShape, keys: readonly KeyValue[]): Statement[] {
  return inChunks({
    text: `UNWIND $rows AS k MATCH (n:${quoted(table.label)} {${quoted(table.primaryKey)}: k}) WHERE NOT EXISTS { (n)--() } DELETE n RETURN count(*) AS n`,
    rows: keys,
    result: 'changed',
    counts: 'stubsRemoved',
    table: table.id,
  });
}
