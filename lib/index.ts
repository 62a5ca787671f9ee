/** graphdrop's definition API: everything a flow module imports, and what looks at the graph from a program. */
export type { ColumnDef } from './definition/column.ts';
export { ContextKey } from './definition/context-key.ts';
export type { Declaration, Declared, Ends } from './definition/declaration.ts';
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
} from './definition/definition.ts';
export type { FillOptions } from './definition/fill-tables.ts';
export {
  Flow,
  flow,
  type Graph,
  type Source,
} from './definition/flow.ts';
export type { MemoOptions } from './definition/memo-options.ts';
export type { NodeTable, NodeTableOptions, RecordOptions, VectorIndexOptions } from './definition/node-table.ts';
export type { RelationRecord, RelationTable } from './definition/relation-table.ts';
export type { GraphSourceOptions, RecordOf, SourceObject, SourceOptions } from './definition/source-options.ts';
export type { KeyOf, TableOptions } from './definition/table-options.ts';
export { TableSchema } from './definition/table-schema.ts';
export type { ColumnMeta, RowOf } from './definition/zod-column.ts';
export { DefinitionError, GraphdropError, RowError } from './errors.ts';
export { ContentError } from './files/content-error.ts';
export type { FileFormat, RangedFile, RecordReader, SourceRecord } from './files/file-format.ts';
export type { ReaderOptions } from './files/formats.ts';
export type { ReadingLimits } from './files/limits.ts';
export type { Problem, ProblemCount } from './files/problems.ts';
export { type Location, RejectedObjectError } from './files/rejection.ts';
export type { GraphDatabase, Parameters, ResultRow } from './neo4j/graph-database.ts';
export { ConnectionFactory, type ConnectionOptions } from './neo4j/transport/connection-factory.ts';
export type { Auth } from './neo4j/transport/http-client.ts';
export { VectorSchema } from './values/types/vector.ts';
export type { KeyValue, Value } from './values/value.ts';
