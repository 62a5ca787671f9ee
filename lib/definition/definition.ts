import { contentHash } from '../values/hash.ts';
import { written } from '../values/identifier.ts';
import type { KeyNormalize } from '../values/key-form.ts';

/**
 * A graph definition as plain data: what the custom resource receives and what the fingerprint of a deployment is taken
 * from. Made by `flow()`, never by hand.
 */
export interface GraphDefinition {
  /** Name of the ContextKey. */
  readonly context: string;
  readonly tables: readonly TableDefinition[];
  readonly sources: readonly SourceDefinition[];
}

/** A table as data, its defaults filled in. */
export type TableDefinition = NodeTableDefinition | RelationTableDefinition;

/** `system`: graphdrop makes and drops the constraints and owns the label; `user`: no DDL, no claim. */
export type ManagedBy = 'system' | 'user';

/** A node table, made by `Graph.nodeTable`. */
export interface NodeTableDefinition {
  readonly kind: 'node';
  readonly label: string;
  readonly primaryKey: string;
  readonly managedBy: ManagedBy;
  /** Whether rows that are there already may be taken over. */
  readonly adopt: boolean;
  /** Columns of the schema, sorted by name; null: no schema, rows are written as they come. */
  readonly columns: readonly ColumnDefinition[] | null;
  readonly versionBy: string | null;
  readonly vectorIndexes: readonly VectorIndexDefinition[];
  /** Extra labels that its rows may have, sorted; left out: none. */
  readonly labels?: readonly string[];
  readonly maxProperties?: number;
  readonly onDuplicate?: OnDuplicate;
  readonly keyNormalize?: KeyNormalize;
}

/** A relation table, made by `Graph.relationTable`. */
export interface RelationTableDefinition {
  readonly kind: 'relation';
  readonly type: string;
  readonly from: EndpointDefinition;
  readonly to: EndpointDefinition;
  readonly primaryKey: string;
  readonly managedBy: ManagedBy;
  readonly adopt: boolean;
  readonly columns: readonly ColumnDefinition[] | null;
  readonly versionBy: string | null;
  readonly maxProperties?: number;
  readonly onDuplicate?: OnDuplicate;
  readonly keyNormalize?: KeyNormalize;
}

/** What two different values of one row in one object are, where no version decides: a fault, or the last one holds. */
export type OnDuplicate = 'reject' | 'last';

/** The node table at one end of a relation table. */
export interface EndpointDefinition {
  readonly label: string;
  readonly primaryKey: string;
  readonly managedBy: ManagedBy;
}

/** A column of a schema. */
export interface ColumnDefinition {
  readonly name: string;
  /** Neo4j type name: metadata that takes part in the definition's fingerprint. */
  readonly type: string;
  readonly nullable: boolean;
}

/** A vector index, made by `NodeTable.vectorIndex`. */
export interface VectorIndexDefinition {
  /** Logical name, default `vec_<table>__<field>`. */
  readonly name: string;
  readonly field: string;
  readonly dimension: number;
  readonly metric: VectorMetric;
  /** `vector.quantization.enabled`; left out: the server's default. */
  readonly quantization?: boolean;
}

/** How a vector index compares: by the angle between two vectors, or by their distance. */
export type VectorMetric = 'cosine' | 'euclidean';

/** A source, made by `Graph.source`. */
export interface SourceDefinition {
  readonly glob: string;
  /**
   * Changes when the source's code, options or `version` changes, or what the flow's tables make of rows, wherever their schema
   * comes from: its objects are then looked at again.
   */
  readonly fingerprint: string;
  /** Whether records may be left out; left out: no. The sync then writes to the bucket, under `RESULTS_PREFIX`. */
  readonly onInvalid?: 'skip';
}

/** What tells a table from others. */
type TableKeys =
  | Pick<NodeTableDefinition, 'kind' | 'label' | 'primaryKey'>
  | Pick<RelationTableDefinition, 'kind' | 'type' | 'from' | 'to' | 'primaryKey'>;

/**
 * Returns the stable identity of a table in tracked state: label or type triple, and primary keys. With another primary key it is
 * another table.
 */
export function tableId(table: TableKeys): string {
  if (table.kind === 'node') return endpointTableId(table);
  const [type, key, from, fromKey, to, toKey] = [
    table.type,
    table.primaryKey,
    table.from.label,
    table.from.primaryKey,
    table.to.label,
    table.to.primaryKey,
  ].map(inId);
  return `r:${type}:${from}.${fromKey}:${to}.${toKey}:${key}`;
}

/** Writes the signs of a name that mean something in a table's identity by their numbers. */
function inId(name: string): string {
  return name.replace(/[^\p{L}\p{M}\p{N}_-]/gu, sign => `%${sign.codePointAt(0)?.toString(16)};`);
}

/** Returns the pattern of the table that an identity tells: see {@link tableId}. */
export function patternOfId(id: string): string {
  const [kind, name = '', ...ends] = id.split(':');
  const label = (end = '') => written(fromId(end.split('.')[0] ?? ''));
  const own = written(fromId(name));
  return kind === 'n' ? `(:${own})` : `(:${label(ends[0])})-[:${own}]->(:${label(ends[1])})`;
}

function fromId(text: string): string {
  return text.replace(/%([0-9a-f]+);/g, (_, number: string) => String.fromCodePoint(Number.parseInt(number, 16)));
}

/** Sorts relation tables before node tables, so that nodes that are left without any edge can go. */
export function edgesFirst<T extends { readonly kind: 'node' | 'relation' }>(tables: Iterable<T>): T[] {
  return [...tables].sort((a, b) => Number(a.kind === 'node') - Number(b.kind === 'node'));
}

/** Returns what a table is about, in Cypher's own form: its label, or its type between two labels. */
export function tablePattern(table: TableKeys): string {
  if (table.kind === 'node') return labelClaim(table.label);
  return `(:${written(table.from.label)})-[:${written(table.type)}]->(:${written(table.to.label)})`;
}

/** Returns a table's own name: its label or type. */
export function tableName(table: TableKeys): string {
  return table.kind === 'node' ? table.label : table.type;
}

/** Returns what a table claims, as only one scope of a database may; null: nothing. */
export function claimOf(table: TableDefinition): string | null {
  return table.managedBy === 'user' ? null : tablePattern(table);
}

/** Returns what a node table of a label claims. */
export function labelClaim(label: string): string {
  return `(:${written(label)})`;
}

/** Returns the identity of the table that an edge's endpoint belongs to. */
export function endpointTableId(endpoint: Pick<EndpointDefinition, 'label' | 'primaryKey'>): string {
  return `n:${inId(endpoint.label)}:${inId(endpoint.primaryKey)}`;
}

/**
 * Adds the fingerprint of the flow module's own code to each source's, so that a deploy of changed code has the objects of
 * its sources looked at again.
 *
 * @param code hash of the flow module bundled without node_modules
 */
export function withCode(definition: GraphDefinition, code: string): GraphDefinition {
  const sources = definition.sources.map(source => ({
    ...source,
    fingerprint: contentHash(`${source.fingerprint}\n${code}`),
  }));
  return { ...definition, sources };
}

/** Returns the most properties of a row without a schema, and the most names of them that a file may bring. */
export function propertyLimit({ maxProperties }: { readonly maxProperties?: number }): number {
  return maxProperties ?? 500;
}

/**
 * Changes when graphdrop makes other rows of the same record and tables than before, or tells them by other identities: objects are then
 * looked at again, and what is kept of costly functions isn't found.
 */
const ROWS_VERSION = 3;

/** Returns what of a table decides which rows come of a record: keys, columns, versions, duplicates, vectors and labels. */
export function rowsOf(table: TableDefinition): unknown {
  const { columns, versionBy, maxProperties, onDuplicate, keyNormalize } = table;
  const rows = [ROWS_VERSION, tableId(table), columns, versionBy, maxProperties, onDuplicate, keyNormalize];
  if (table.kind === 'relation') return rows;
  const indexes = table.vectorIndexes.map(({ field, dimension, metric }) => [field, dimension, metric]);
  return [...rows, indexes, ...(table.labels === undefined ? [] : [table.labels])];
}

/** Returns the identity of a definition: workers whose definition isn't the scope's step aside. */
export function definitionHash(definition: GraphDefinition): string {
  return contentHash(JSON.stringify(definition));
}

const MARK_LENGTH = 8;

/** Returns short marks of definitions, for a function's environment: see {@link isMarked}. */
export function definitionMarks(definitions: readonly GraphDefinition[]): string {
  return definitions.map(definition => definitionHash(definition).slice(0, MARK_LENGTH)).join(',');
}

/** Returns whether a definition is one of those that the marks were made of. */
export function isMarked(marks: string, definition: GraphDefinition): boolean {
  return marks.split(',').includes(definitionHash(definition).slice(0, MARK_LENGTH));
}
