import { contentHash } from './hash.ts';

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

/** Of `Graph.nodeTable`. */
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
}

/** Of `Graph.relationTable`. */
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
}

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

/** Of `NodeTable.vectorIndex`. */
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

/** Of `Graph.source`. */
export interface SourceDefinition {
  readonly glob: string;
  /** Changes when the source's function, schema or `version` changes: its objects are then looked at again. */
  readonly fingerprint: string;
  /** Whether records may be left out; left out: no. The sync then writes to the bucket, under `RESULTS_PREFIX`. */
  readonly onInvalid?: 'skip';
}

/** What tells a table from others. */
type TableKeys =
  | Pick<NodeTableDefinition, 'kind' | 'label' | 'primaryKey'>
  | Pick<RelationTableDefinition, 'kind' | 'type' | 'from' | 'to' | 'primaryKey'>;

/**
 * Stable identity of a table in tracked state: label or type triple, and primary keys. With another primary key it is
 * another table.
 */
export function tableId(table: TableKeys): string {
  if (table.kind === 'node') return `n:${table.label}:${table.primaryKey}`;
  const { type, from, to, primaryKey } = table;
  return `r:${type}:${from.label}.${from.primaryKey}:${to.label}.${to.primaryKey}:${primaryKey}`;
}

/** Relation tables before node tables: so that nodes that are left without any edge can go. */
export function edgesFirst<T extends { readonly kind: 'node' | 'relation' }>(tables: Iterable<T>): T[] {
  return [...tables].sort((a, b) => Number(a.kind === 'node') - Number(b.kind === 'node'));
}

/** What a table is about, in Cypher's own form: its label, or its type between two labels. */
export function tablePattern(table: TableKeys): string {
  if (table.kind === 'node') return `(:${table.label})`;
  return `(:${table.from.label})-[:${table.type}]->(:${table.to.label})`;
}

/** What a table claims: only one scope of a database may. Null: nothing. */
export function claimOf(table: TableDefinition): string | null {
  return table.managedBy === 'user' ? null : tablePattern(table);
}

/** The table that an edge's endpoint belongs to. */
export function endpointTableId(endpoint: Pick<EndpointDefinition, 'label' | 'primaryKey'>): string {
  return `n:${endpoint.label}:${endpoint.primaryKey}`;
}

/**
 * The definition with the fingerprint of the flow module's own code in each source's: a deploy of changed code has
 * the objects of its sources looked at again.
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

/** Identity of a definition: workers whose definition isn't the scope's step aside. */
export function definitionHash(definition: GraphDefinition): string {
  return contentHash(JSON.stringify(definition));
}
