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

export type TableDefinition = NodeTableDefinition | RelationTableDefinition;

/** `system`: graphdrop makes and drops the constraints and owns the label; `user`: no DDL, no claim. */
export type ManagedBy = 'system' | 'user';

export interface NodeTableDefinition {
  readonly kind: 'node';
  readonly label: string;
  readonly primaryKey: string;
  readonly managedBy: ManagedBy;
  /** Columns of the schema, sorted by name; null: no schema, rows are written as they come. */
  readonly columns: readonly ColumnDefinition[] | null;
  readonly versionBy: string | null;
  readonly vectorIndexes: readonly VectorIndexDefinition[];
}

export interface RelationTableDefinition {
  readonly kind: 'relation';
  readonly type: string;
  readonly from: EndpointDefinition;
  readonly to: EndpointDefinition;
  readonly primaryKey: string;
  readonly managedBy: ManagedBy;
  readonly columns: readonly ColumnDefinition[] | null;
  readonly versionBy: string | null;
}

export interface EndpointDefinition {
  readonly label: string;
  readonly primaryKey: string;
}

export interface ColumnDefinition {
  readonly name: string;
  /** Neo4j type name: metadata that takes part in the definition's fingerprint. */
  readonly type: string;
  readonly nullable: boolean;
}

export interface VectorIndexDefinition {
  /** Logical name, default `vec_<table>__<field>`. */
  readonly name: string;
  readonly field: string;
  readonly dimension: number;
  readonly metric: VectorMetric;
}

export type VectorMetric = 'cosine' | 'euclidean';

export interface SourceDefinition {
  readonly glob: string;
  /** Changes when the source's function, schema or `version` changes: its objects are then looked at again. */
  readonly fingerprint: string;
}
