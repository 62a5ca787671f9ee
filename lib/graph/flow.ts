import type { StandardSchemaV1 } from '@standard-schema/spec';
import { ContextKey } from './context-key.ts';
import type { Declared } from './declaration.ts';
import { type GraphDefinition, type TableDefinition, tableId } from './definition.ts';
import { DefinitionError } from './errors.ts';
import { contentHash } from './hash.ts';
import { refuseUnknownOptions } from './identifier.ts';
import { NodeTable } from './node-table.ts';
import { RelationTable } from './relation-table.ts';
import type { KeyOf, TableOptions } from './table-options.ts';

/** What a source's function may know of the object besides the record: nothing that changes while its content stays. */
export interface SourceObject {
  readonly key: string;
  /** Bytes as stored. */
  readonly size: number;
}

export interface SourceOptions<Schema extends StandardSchemaV1> {
  /** Validates each record; any Standard Schema, e.g. zod's. Default: records pass as they are read. */
  readonly record?: Schema;
  /**
   * What becomes of a file with records that are no records, don't validate, or of which no rows can be made. `reject`: it is
   * rejected whole. `skip`: these records are left out, and listed with the reasons under `_graphdrop/` in the bucket, unless
   * there are more than `maxInvalidRecords` of them. Default `reject`.
   */
  readonly onInvalid?: 'reject' | 'skip';
  /** With `onInvalid: 'skip'`: invalid records that a file may have. Default 1000, at most 10000. */
  readonly maxInvalidRecords?: number;
  /** Changed by hand to have all objects of the source looked at again. */
  readonly version?: string;
  /**
   * Default: by the key's extension, then by content type. `text` (one record `{ text }`, the whole object in UTF-8) and
   * `bytes` (one record `{ bytes }`, a Uint8Array) have to be said.
   */
  readonly format?: 'ndjson' | 'json' | 'csv' | 'tsv' | 'text' | 'bytes';
  /** Default: by the key's extension (`.gz`, `.zst`) and content encoding. */
  readonly compression?: 'none' | 'gzip' | 'zstd';
  /** Separates the cells of a CSV or TSV line. Default `,` (CSV) or a tab (TSV). */
  readonly delimiter?: string;
  /** Longest record in bytes, and the longest object of `text` and `bytes`. Default 16777216 (16 MiB). */
  readonly maxRecordBytes?: number;
  /** Most bytes that a compressed object may unpack to; plain ones are not limited. Default 2147483648 (2 GiB). */
  readonly maxDecompressedBytes?: number;
  /** Most columns of a CSV or TSV file. Default 4096. */
  readonly maxColumns?: number;
  /** Most objects and arrays within each other in a JSON record, at most 1000. Default 200. */
  readonly maxDepth?: number;
}

const SOURCE_OPTIONS = [
  'record',
  'version',
  'onInvalid',
  'maxInvalidRecords',
  'format',
  'compression',
  'delimiter',
  'maxRecordBytes',
  'maxDecompressedBytes',
  'maxColumns',
  'maxDepth',
] as const satisfies readonly (keyof SourceOptions<StandardSchemaV1>)[];

const MAX_INVALID_RECORDS = 1000;

/** Invalid records that a file of a source may have. */
export function tolerance({ onInvalid, maxInvalidRecords }: SourceOptions<StandardSchemaV1>): number {
  return onInvalid === 'skip' ? (maxInvalidRecords ?? MAX_INVALID_RECORDS) : 0;
}

function refuseBadTolerance(glob: string, { onInvalid, maxInvalidRecords }: SourceOptions<StandardSchemaV1>): void {
  if (![undefined, 'reject', 'skip'].includes(onInvalid)) {
    throw new DefinitionError(
      `source ${glob}: got onInvalid ${JSON.stringify(onInvalid)}, expected 'reject' or 'skip'`,
    );
  }
  if (maxInvalidRecords === undefined) return;
  if (onInvalid !== 'skip') throw new DefinitionError(`source ${glob}: maxInvalidRecords needs onInvalid: 'skip'`);
  // Each is kept in memory while its file is read.
  if (!Number.isInteger(maxInvalidRecords) || maxInvalidRecords < 1 || maxInvalidRecords > 10_000) {
    throw new DefinitionError(
      `source ${glob}: got maxInvalidRecords ${maxInvalidRecords}, expected an integer from 1 to 10000`,
    );
  }
}

/** A source as the sync runs it. */
export interface Source {
  readonly glob: string;
  readonly options: SourceOptions<StandardSchemaV1>;
  readonly declare: (record: unknown, object: SourceObject) => Declared | Promise<Declared>;
  /** Of its glob, options and version; the code's part is added by `withCode`. */
  readonly fingerprint: string;
}

/** What a flow's function gets: makes tables and sources. */
export class Graph {
  readonly #nodes: NodeTable<never, string>[] = [];
  readonly #relations: RelationTable<never, string, never, never>[] = [];
  readonly sources: Source[] = [];

  /** A label whose nodes the files declare. @throws DefinitionError */
  nodeTable<Row extends object = Record<string, unknown>, const PrimaryKey extends string = 'id'>(
    label: string,
    options: TableOptions<Row, PrimaryKey> = {},
  ): NodeTable<Row, PrimaryKey> {
    const table = new NodeTable(label, options);
    this.#refuseTwice(table.definition);
    this.#nodes.push(table as unknown as NodeTable<never, string>);
    return table;
  }

  /** A relationship type from one node table to another. @throws DefinitionError */
  relationTable<
    FromRow extends object,
    FromKey extends string,
    ToRow extends object,
    ToKey extends string,
    Row extends object = Record<string, unknown>,
    const PrimaryKey extends string = 'id',
  >(
    type: string,
    from: NodeTable<FromRow, FromKey>,
    to: NodeTable<ToRow, ToKey>,
    options: TableOptions<Row, PrimaryKey> = {},
  ): RelationTable<Row, PrimaryKey, KeyOf<FromRow, FromKey>, KeyOf<ToRow, ToKey>> {
    for (const end of [from, to]) {
      if (!this.#nodes.includes(end as unknown as NodeTable<never, string>)) {
        throw new DefinitionError(`relation table ${type}: ${end.label} is a table of another flow`);
      }
    }
    const table = new RelationTable<Row, PrimaryKey, KeyOf<FromRow, FromKey>, KeyOf<ToRow, ToKey>>(
      type,
      from as unknown as NodeTable<never, string>,
      to as unknown as NodeTable<never, string>,
      options,
    );
    this.#refuseTwice(table.definition);
    this.#relations.push(table as unknown as RelationTable<never, string, never, never>);
    return table;
  }

  /**
   * Turns the records of the objects whose key matches `glob` into declarations. An object belongs to the first source
   * that matches. The function may be async; what it gives must follow from the record and the object's key alone.
   */
  source<Schema extends StandardSchemaV1>(
    glob: string,
    options: SourceOptions<Schema>,
    declare: (record: StandardSchemaV1.InferOutput<Schema>, object: SourceObject) => Declared | Promise<Declared>,
  ): void {
    refuseUnknownOptions(options, SOURCE_OPTIONS, `source ${glob}`);
    if (typeof glob !== 'string' || glob === '') throw new DefinitionError('a source needs a glob such as users/*.csv');
    if (this.sources.some(source => source.glob === glob))
      throw new DefinitionError(`source ${glob} is declared twice`);
    refuseBadTolerance(glob, options);
    const { record: _, ...rest } = options;
    const fingerprint = contentHash(JSON.stringify([glob, Object.entries(rest).sort()]));
    this.sources.push({ glob, options, declare: declare as Source['declare'], fingerprint });
  }

  get tables(): readonly TableDefinition[] {
    return [...this.#nodes, ...this.#relations].map(table => table.definition);
  }

  #refuseTwice(table: TableDefinition): void {
    const same = (other: TableDefinition) =>
      tableId(other) === tableId(table) ||
      (table.kind === 'node' && other.kind === 'node' && other.label === table.label);
    if (this.tables.some(same)) {
      throw new DefinitionError(`${table.kind === 'node' ? table.label : table.type} is declared twice in this flow`);
    }
  }
}

/** A graph definition bound to one connection. */
export class Flow {
  readonly context: ContextKey;
  readonly sources: readonly Source[];
  /** As data, without the code's fingerprint: see `withCode`. */
  readonly definition: GraphDefinition;

  constructor(context: ContextKey, define: (graph: Graph) => void) {
    if (!(context instanceof ContextKey))
      throw new DefinitionError('flow() takes a ContextKey first: new ContextKey(name)');
    const graph = new Graph();
    define(graph);
    if (graph.tables.length === 0) throw new DefinitionError(`flow ${context.name} declares no table`);
    this.context = context;
    this.sources = graph.sources;
    this.definition = {
      context: context.name,
      tables: graph.tables,
      sources: graph.sources.map(({ glob, fingerprint, options: { onInvalid } }) => ({
        glob,
        fingerprint,
        ...(onInvalid === 'skip' && { onInvalid }),
      })),
    };
  }
}

/**
 * Defines a graph: which tables there are and how records become rows. The same function can be used with many
 * ContextKeys, one a tenant.
 *
 * @throws DefinitionError for whatever the flow can't mean
 */
export function flow(context: ContextKey, define: (graph: Graph) => void): Flow {
  return new Flow(context, define);
}
