import type { StandardSchemaV1 } from '@standard-schema/spec';
import { DefinitionError } from '../errors.ts';
import type { FileFormat } from '../files/file-format.ts';
import { type FormatName, type GraphFormatName, graphFormat } from '../files/formats.ts';
import type { GraphElement } from '../files/graph/graph-element.ts';
import { matchGlob } from '../files/keys/glob.ts';
import { sampleKeys } from '../files/keys/sample-keys.ts';
import { contentHash } from '../values/hash.ts';
import { render } from '../values/value.ts';
import { ContextKey } from './context-key.ts';
import type { Declared } from './declaration.ts';
import {
  type GraphDefinition,
  type NodeTableDefinition,
  rowsOf,
  type TableDefinition,
  tablePattern,
} from './definition.ts';
import { fillTables, tableNames } from './fill-tables.ts';
import { memoOf } from './memo-options.ts';
import { NodeTable, type NodeTableOptions } from './node-table.ts';
import { RelationTable } from './relation-table.ts';
import {
  checkSource,
  type GraphSourceOptions,
  type RecordOf,
  type SourceObject,
  type SourceOptions,
} from './source-options.ts';
import type { KeyOf, TableOptions } from './table-options.ts';

/** A source as the sync runs it. */
export interface Source {
  readonly glob: string;
  /** Returns whether the glob matches a key. */
  readonly matches: (key: string) => boolean;
  readonly options: Omit<SourceOptions<StandardSchemaV1>, 'format'> & { readonly format?: FormatName | FileFormat };
  readonly declare: (record: unknown, object: SourceObject) => Declared | Promise<Declared>;
  /** Of its glob, options and version; a flow adds its tables, and `withCode` the code. */
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
    options: NodeTableOptions<Row, PrimaryKey> = {},
  ): NodeTable<Row, PrimaryKey> {
    const table = new NodeTable(label, options);
    this.#refuseTwice(table.definition);
    this.#refuseOwnAsExtra(table.definition);
    this.#nodes.push(table as unknown as NodeTable<never, string>);
    return table;
  }

  /**
   * A relationship type from one node table to another. A type may join several pairs of labels, with a table for each. Ends that no
   * file declares are made as stubs: nodes with only their key.
   *
   * @throws DefinitionError
   */
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
      if (!(end instanceof NodeTable))
        throw new DefinitionError(`relation table ${type}: its ends are node tables of this flow, got ${render(end)}`);
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
   * that matches, in the order of their declaration: put the narrower glob first. The function may be async; what it gives must follow from the record and the object's key alone.
   *
   * Without a `record` schema the function gets what was read, its type by `format`: of JSON and NDJSON it is taken for an
   * object, though nothing checks that.
   *
   * @throws DefinitionError
   */
  source<
    Schema extends StandardSchemaV1 = never,
    const Format extends Exclude<FormatName, GraphFormatName> | FileFormat | undefined = undefined,
  >(
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
    const matches = matchGlob(glob);
    checkSource(glob, options);
    const source = isGraphSource(options)
      ? this.#graphSource(glob, options, declare)
      : this.#recordSource(glob, options, declare);
    if (this.#sources.some(other => other.glob === glob)) throw new DefinitionError(`source ${glob} is declared twice`);
    this.#refuseHidden(glob, matches);
    const fingerprint = contentHash(JSON.stringify([glob, Object.entries(source.about).sort()]));
    this.#sources.push({ glob, matches, options: source.options, declare: source.declare, fingerprint });
  }

  /** Refuses a source that never gets an object, because earlier ones match what it does. */
  #refuseHidden(glob: string, matches: (key: string) => boolean): void {
    const keys = sampleKeys(glob, matches);
    const earlier = keys.map(key => this.#sources.find(source => source.matches(key))?.glob);
    if (keys.length === 0 || earlier.includes(undefined)) return;
    throw new DefinitionError(
      `source ${glob} gets no object: ${[...new Set(earlier)].join(' and ')}, declared before it, match what it does. Declare it first`,
    );
  }

  #recordSource(glob: string, options: SourceOptions<StandardSchemaV1>, declare: Source['declare'] | undefined) {
    // What only says how fast it goes changes no row.
    const { record: _, concurrency: __, timeoutMs: ___, memo, ...rest } = options;
    if (typeof declare !== 'function') throw new DefinitionError(`source ${glob} needs a function of a record`);
    const kept = memoOf(memo);
    const about = { ...rest, ...(kept && { memo: [kept.version, kept.dependsOn] }) };
    return { options, about, declare };
  }

  #graphSource(glob: string, options: GraphSourceOptions, declare: unknown) {
    const { tables, labelsAs, keyFrom, ...rest } = options;
    if (declare !== undefined)
      throw new DefinitionError(`source ${glob} of format ${rest.format} takes no function: its tables are filled`);
    const known: readonly unknown[] = [...this.#nodes, ...this.#relations];
    if (!Array.isArray(tables) || tables.length === 0 || tables.some(table => !known.includes(table)))
      throw new DefinitionError(`source ${glob} of format ${rest.format} needs tables: those of this flow it may fill`);
    if (keyFrom !== undefined && graphFormat(rest.format)?.endProperties !== true)
      throw new DefinitionError(`source ${glob}: keyFrom is for APOC's files only`);
    const fill = fillTables(options);
    const about = { ...rest, tables: tableNames(tables), labelsAs, keyFrom };
    return { options: rest, about, declare: (record: unknown) => fill(record as GraphElement) };
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

  /** Refuses a label that is one table's own and another's extra one: the rows of one would be rows of both. */
  #refuseOwnAsExtra(table: NodeTableDefinition): void {
    for (const { definition: other } of this.#nodes) {
      for (const [one, owner] of [
        [table, other],
        [other, table],
      ] as const) {
        if (one.labels?.includes(owner.label))
          throw new DefinitionError(
            `node table ${one.label}: labels: ${owner.label} is a table of this flow, and a row is in one table: leave it out, or name it otherwise`,
          );
      }
    }
  }
}

function isGraphSource(options: { readonly format?: unknown }): options is GraphSourceOptions {
  return graphFormat(options.format) !== undefined;
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
    if (typeof define !== 'function') throw new DefinitionError(`flow ${context.name} needs a function of a graph`);
    const made: unknown = define(graph);
    if (made instanceof Promise)
      throw new DefinitionError(`flow ${context.name}: the function must not be async: what it declares later is lost`);
    if (graph.tables.length === 0) throw new DefinitionError(`flow ${context.name} declares no table`);
    this.context = context;
    this.sources = graph.sources;
    // Of all tables: which ones a source's function declares to, only running it would tell.
    const rows = contentHash(JSON.stringify(graph.tables.map(rowsOf)));
    this.definition = {
      context: context.name,
      tables: graph.tables,
      sources: graph.sources.map(({ glob, fingerprint, options: { onInvalid } }) => ({
        glob,
        fingerprint: contentHash(`${fingerprint}\n${rows}`),
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
