import type { Declaration } from '../graph/declaration.ts';
import { quoted } from '../graph/identifier.ts';
import type { KeyValue, Value } from '../graph/value.ts';
import { toParameter, toProperties } from './parameter.ts';
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
export function upsertNodes(table: NodeTableShape, declarations: readonly Declaration[]): Statement[] {
  const vectors = vectorFields(declarations);
  const rows = declarations.map(({ key, values }) => {
    const properties = toProperties({ ...absent(table.columns, values), ...values });
    // Vectors are set by a procedure of their own.
    for (const field of vectors) if (values[field] instanceof Float32Array) delete properties[field];
    return { k: key, p: properties };
  });
  const set = table.columns === null ? '=' : '+=';
  const upsert: Statement = {
    text: `UNWIND $rows AS r MERGE (n:${quoted(table.label)} {${quoted(table.primaryKey)}: r.k}) SET n ${set} r.p RETURN count(*) AS n`,
    rows,
    result: 'rows',
    counts: 'nodesUpserted',
    table: table.id,
  };
  return [...inChunks(upsert), ...[...vectors].flatMap(field => setVectors(table, field, declarations))];
}

/**
 * Vectors are stored as float32 on every server only by this procedure: a plain SET stores float64, twice the size. Needs
 * the node to be there, so it comes after the upsert.
 */
function setVectors(table: NodeTableShape, field: string, declarations: readonly Declaration[]): Statement[] {
  const rows = declarations
    .filter(({ values }) => values[field] instanceof Float32Array)
    .map(({ key, values }) => ({ k: key, v: toParameter(values[field] as Value) }));
  const name = quoted(field).slice(1, -1);
  return inChunks({
    text: `UNWIND $rows AS r MATCH (n:${quoted(table.label)} {${quoted(table.primaryKey)}: r.k}) CALL db.create.setNodeVectorProperty(n, '${name}', r.v) RETURN count(*) AS n`,
    rows,
    result: 'rows',
    counts: 'none',
    table: table.id,
  });
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
  const columns = table.columns?.filter(column => column !== table.primaryKey).map(column => `${quoted(column)}: null`);
  const bare = columns === undefined ? `SET n = {${key}: k}` : `SET n += {${columns.join(', ')}}`;
  return inChunks({
    text:
      `UNWIND $rows AS k MATCH (n:${quoted(table.label)} {${key}: k}) WITH k, n, EXISTS { (n)--() } AS touched ` +
      `FOREACH (_ IN CASE WHEN touched THEN [1] ELSE [] END | ${bare}) ` +
      'FOREACH (_ IN CASE WHEN touched THEN [] ELSE [1] END | DELETE n) RETURN count(*) AS n',
    rows: keys,
    result: 'rows',
    counts: 'nodesDeleted',
    table: table.id,
  });
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

function vectorFields(declarations: readonly Declaration[]): Set<string> {
  const fields = new Set<string>();
  for (const { values } of declarations) {
    for (const name in values) if (values[name] instanceof Float32Array) fields.add(name);
  }
  return fields;
}

/** Columns that the row doesn't have, as nulls: columns of an earlier definition among them, so that they are cleared. */
function absent(columns: readonly string[] | null, values: Readonly<Record<string, unknown>>): Record<string, null> {
  const nulls: Record<string, null> = {};
  for (const column of columns ?? []) if (!(column in values)) nulls[column] = null;
  return nulls;
}
