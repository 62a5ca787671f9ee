import type { StandardSchemaV1 } from '@standard-schema/spec';
import { ContextKey } from './context-key.ts';
import type { Declared } from './declaration.ts';
import { type GraphDefinition, type TableDefinition, tablePattern } from './definition.ts';
import { DefinitionError } from './errors.ts';
import { type FillOptions, fillTables, tableNames } from './fill-tables.ts';
import type { GraphElement } from './graph-element.ts';
import { contentHash } from './hash.ts';
import { refuseUnknownOptions } from './identifier.ts';
import { refuseBadReaderOptions } from './limits.ts';
import { NodeTable } from './node-table.ts';
import type { FileFormat, ReaderOptions } from './record-reader.ts';
import { RelationTable } from './relation-table.ts';
import type { KeyOf, TableOptions } from './table-options.ts';

/** What a source's function may know of the object besides the record: nothing that changes while its content stays. */
export interface SourceObject {
  /** As it stands in the bucket, not encoded. */
  readonly key: string;
  /** Bytes as stored. */
  readonly size: number;
}

/** How a source's files are read, whatever becomes of the records. */
interface FileOptions extends ReaderOptions {
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
  /** Default: by the key's extension (`.gz`, `.zst`) and content encoding. */
  readonly compression?: 'none' | 'gzip' | 'zstd';
}

/** Formats that a file's name or content type tells. */
type ToldFormat = 'ndjson' | 'json' | 'csv' | 'tsv' | 'parquet';
type FormatName = ToldFormat | 'text' | 'bytes';

/** How a source's files are read and checked. What can't be meant is a DefinitionError when the source is declared. */
export interface SourceOptions<
  Schema extends StandardSchemaV1,
  Format extends FormatName | FileFormat = FormatName | FileFormat,
> extends FileOptions {
  /** Validates each record; any Standard Schema, e.g. zod's. Default: records pass as they are read. */
  readonly record?: Schema;
  /**
   * Default: by the key's extension, then by content type. `text` (one record `{ text }`, the whole object in UTF-8) and
   * `bytes` (one record `{ bytes }`, a Uint8Array) have to be said. A format of one's own is a {@link FileFormat}.
   */
  readonly format?: Format;
}

/** What a source's function gets: what the schema gives, or where there is none what a file of the format holds. */
export type RecordOf<Schema extends StandardSchemaV1, Format> = [Schema] extends [never]
  ? ReadRecord<Format>
  : StandardSchemaV1.InferOutput<Schema>;

type ReadRecord<Format> = Format extends 'text'
  ? { readonly text: string }
  : Format extends 'bytes'
    ? { readonly bytes: Uint8Array<ArrayBuffer> }
    : Format extends 'csv' | 'tsv'
      ? Readonly<Partial<Record<string, string>>>
      : Format extends FileFormat
        ? unknown
        : Readonly<Record<string, unknown>>;

/** A source whose files say themselves what is a node and what a relationship: see {@link FillOptions}. */
export interface GraphSourceOptions extends Omit<FileOptions, 'columns'>, FillOptions {
  /** APOC's JSON lines, CSV for `neo4j-admin database import`, or CSV for Neptune's Gremlin loader. */
  readonly format: GraphFormat;
}

const GRAPH_FORMATS = ['apoc', 'neo4j-admin', 'neptune'] as const;
type GraphFormat = (typeof GRAPH_FORMATS)[number];
const FORMATS: readonly unknown[] = [
  'ndjson',
  'json',
  'csv',
  'tsv',
  'parquet',
  'text',
  'bytes',
] satisfies readonly FormatName[];

const FILE_OPTIONS = [
  'version',
  'onInvalid',
  'maxInvalidRecords',
  'format',
  'compression',
  'delimiter',
  'maxRecordBytes',
  'maxRecords',
  'maxDecompressedBytes',
  'maxPageBytes',
  'maxColumns',
  'maxDepth',
] as const satisfies readonly (keyof SourceOptions<StandardSchemaV1>)[];

const SOURCE_OPTIONS = [
  ...FILE_OPTIONS,
  'record',
  'columns',
] as const satisfies readonly (keyof SourceOptions<StandardSchemaV1>)[];

const GRAPH_SOURCE_OPTIONS = [
  ...FILE_OPTIONS,
  'tables',
  'labelsAs',
  'keyFrom',
] as const satisfies readonly (keyof GraphSourceOptions)[];

const MAX_INVALID_RECORDS = 1000;

/** Invalid records that a file of a source may have. */
export function tolerance({ onInvalid, maxInvalidRecords }: FileOptions): number {
  return onInvalid === 'skip' ? (maxInvalidRecords ?? MAX_INVALID_RECORDS) : 0;
}

function refuseBadTolerance(glob: string, { onInvalid, maxInvalidRecords }: FileOptions): void {
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
  readonly options: Omit<SourceOptions<StandardSchemaV1>, 'format'> & {
    readonly format?: NonNullable<SourceOptions<StandardSchemaV1>['format']> | GraphFormat;
  };
  readonly declare: (record: unknown, object: SourceObject) => Declared | Promise<Declared>;
  /** Of its glob, options and version; the code's part is added by `withCode`. */
  readonly fingerprint: string;
}

/** What a flow's function gets: makes tables and sources. */
export class Graph {
  readonly #nodes: NodeTable<never, string>[] = [];
  readonly #relations: RelationTable<never, string, never, never>[] = [];
  readonly #sources: Source[] = [];

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
   *
   * Without a `record` schema the function gets what was read, its type by `format`: of JSON and NDJSON it is taken for an
   * object, though nothing checks that.
   *
   * @throws DefinitionError
   */
  source<Schema extends StandardSchemaV1 = never, const Format extends FormatName | FileFormat = ToldFormat>(
    glob: string,
    options: SourceOptions<Schema, Format>,
    declare: (record: RecordOf<Schema, Format>, object: SourceObject) => Declared | Promise<Declared>,
  ): void;
  /**
   * Fills tables from files that say themselves what is a node and what a relationship. A row that fits none of the
   * tables rejects its object.
   */
  source(glob: string, options: GraphSourceOptions): void;
  source(
    glob: string,
    options: SourceOptions<StandardSchemaV1> | GraphSourceOptions,
    declare?: Source['declare'],
  ): void {
    if (isGraphSource(options)) this.#graphSource(glob, options, declare);
    else this.#recordSource(glob, options, declare);
  }

  #recordSource(glob: string, options: SourceOptions<StandardSchemaV1>, declare: Source['declare'] | undefined): void {
    const { record: _, ...about } = options;
    refuseUnknownOptions(options, SOURCE_OPTIONS, `source ${glob}`);
    if (typeof declare !== 'function') throw new DefinitionError(`source ${glob} needs a function of a record`);
    if (options.format !== undefined && !FORMATS.includes(options.format) && !isFileFormat(options.format)) {
      const known = [...FORMATS, ...GRAPH_FORMATS, 'a FileFormat ({ extensions, contentTypes, read })'].join(', ');
      throw new DefinitionError(`source ${glob} has the format ${String(options.format)}; give ${known}`);
    }
    this.#addSource(glob, options, about, declare);
  }

  #graphSource(glob: string, options: GraphSourceOptions, declare: unknown): void {
    const { tables, labelsAs, keyFrom, ...rest } = options;
    refuseUnknownOptions(options, GRAPH_SOURCE_OPTIONS, `source ${glob} of format ${rest.format}`);
    if (declare !== undefined)
      throw new DefinitionError(`source ${glob} of format ${rest.format} takes no function: its tables are filled`);
    const known: readonly unknown[] = [...this.#nodes, ...this.#relations];
    if (!Array.isArray(tables) || tables.length === 0 || tables.some(table => !known.includes(table)))
      throw new DefinitionError(`source ${glob} of format ${rest.format} needs tables: those of this flow it may fill`);
    if (keyFrom !== undefined && rest.format !== 'apoc')
      throw new DefinitionError(`source ${glob}: keyFrom is for APOC's files only`);
    const fill = fillTables(
      options,
      this.#nodes.map(table => table.definition),
    );
    const about = { ...rest, tables: tableNames(tables), labelsAs, keyFrom };
    this.#addSource(glob, rest, about, record => fill(record as GraphElement));
  }

  #addSource(glob: string, options: Source['options'], about: object, declare: Source['declare']): void {
    if (typeof glob !== 'string' || glob === '') throw new DefinitionError('a source needs a glob such as users/*.csv');
    if (this.#sources.some(source => source.glob === glob))
      throw new DefinitionError(`source ${glob} is declared twice`);
    refuseBadTolerance(glob, options);
    refuseBadReaderOptions(options, `source ${glob}`);
    const fingerprint = contentHash(JSON.stringify([glob, Object.entries(about).sort()]));
    this.#sources.push({ glob, options, declare, fingerprint });
  }

  /** The sources declared until now, in order: an object belongs to the first that matches. */
  get sources(): readonly Source[] {
    return this.#sources;
  }

  /** The tables declared until now, as data: node tables, then relation tables. */
  get tables(): readonly TableDefinition[] {
    return [...this.#nodes, ...this.#relations].map(table => table.definition);
  }

  #refuseTwice(table: TableDefinition): void {
    const pattern = tablePattern(table);
    if (this.tables.some(other => tablePattern(other) === pattern)) {
      throw new DefinitionError(`${pattern} is declared twice in this flow`);
    }
  }
}

function isGraphSource(options: { readonly format?: unknown }): options is GraphSourceOptions {
  return (GRAPH_FORMATS as readonly unknown[]).includes(options.format);
}

function isFileFormat(format: unknown): boolean {
  const { extensions, contentTypes, read } = (format ?? {}) as Partial<FileFormat>;
  return Array.isArray(extensions) && Array.isArray(contentTypes) && typeof read === 'function';
}

/** A graph definition bound to one connection. */
export class Flow {
  /** Names the connection, and what is tracked. */
  readonly context: ContextKey;
  /** In the order in which they were declared: an object belongs to the first whose glob matches its key. */
  readonly sources: readonly Source[];
  /** As data, without the code's fingerprint: see `withCode`. */
  readonly definition: GraphDefinition;

  /** Use {@link flow}. @throws DefinitionError */
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
