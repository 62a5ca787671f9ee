/** graphdrop's definition API: everything a flow module imports. */
export type { ColumnDef } from './graph/column.ts';
export { ContextKey } from './graph/context-key.ts';
export type { Declaration, Declared } from './graph/declaration.ts';
export { DefinitionError, GraphdropError, RejectedObjectError, RowError } from './graph/errors.ts';
export {
  Flow,
  flow,
  type Graph,
  type GraphSourceOptions,
  type SourceObject,
  type SourceOptions,
} from './graph/flow.ts';
export type { NodeTable } from './graph/node-table.ts';
export {
  ContentError,
  type FileFormat,
  type RangedFile,
  type ReaderOptions,
  type SourceRecord,
} from './graph/record-reader.ts';
export type { RelationTable } from './graph/relation-table.ts';
export { TableSchema } from './graph/table-schema.ts';
export type { KeyValue } from './graph/value.ts';
export { VectorSchema } from './graph/vector.ts';
export type { ColumnMeta } from './graph/zod-column.ts';
