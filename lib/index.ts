/** graphdrop's definition API: everything a flow module imports, and what looks at the graph from a program. */
export type { ColumnDef } from './graph/column.ts';
export { ContextKey } from './graph/context-key.ts';
export type { Declaration, Declared, Ends } from './graph/declaration.ts';
export type {
  ColumnDefinition,
  EndpointDefinition,
  GraphDefinition,
  ManagedBy,
  NodeTableDefinition,
  RelationTableDefinition,
  SourceDefinition,
  TableDefinition,
  VectorIndexDefinition,
  VectorMetric,
} from './graph/definition.ts';
export { DefinitionError, GraphdropError, type Location, RejectedObjectError, RowError } from './graph/errors.ts';
export type { FillOptions } from './graph/fill-tables.ts';
export {
  Flow,
  flow,
  type Graph,
  type GraphSourceOptions,
  type RecordOf,
  type Source,
  type SourceObject,
  type SourceOptions,
} from './graph/flow.ts';
export type { NodeTable, VectorIndexOptions } from './graph/node-table.ts';
export type { Problem, ProblemCount } from './graph/problems.ts';
export {
  ContentError,
  type FileFormat,
  type RangedFile,
  type ReaderOptions,
  type RecordReader,
  type SourceRecord,
} from './graph/record-reader.ts';
export type { RelationRecord, RelationTable } from './graph/relation-table.ts';
export type { KeyOf, TableOptions } from './graph/table-options.ts';
export { TableSchema } from './graph/table-schema.ts';
export type { KeyValue, Value } from './graph/value.ts';
export { VectorSchema } from './graph/vector.ts';
export type { ColumnMeta, RowOf } from './graph/zod-column.ts';
export { ConnectionFactory, type ConnectionOptions } from './neo4j/connection-factory.ts';
export type { GraphDatabase, Parameters, ResultRow } from './neo4j/graph-database.ts';
export type { Auth } from './neo4j/http-client.ts';
