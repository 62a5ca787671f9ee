import { type Declaration, fingerprintOf, keyedRow } from './declaration.ts';
import {
  type ManagedBy,
  type NodeTableDefinition,
  tableId,
  type VectorIndexDefinition,
  type VectorMetric,
} from './definition.ts';
import { DefinitionError } from './errors.ts';
import { identifier, refuseUnknownOptions } from './identifier.ts';
import { encodeRow, type RowShape } from './row-encoder.ts';
import { columnsOf, keyColumn, managedBy, shape, TABLE_OPTIONS, type TableOptions } from './table-options.ts';
import { VectorSchema, vectorDimension } from './vector.ts';

/** What {@link NodeTable.vectorIndex} takes. */
export interface VectorIndexOptions<Row extends object> {
  /** The column that holds the vector: finite numbers, stored as float32. */
  readonly field: keyof Row & string;
  /** Numbers of a vector, 1 to 4096. Default: that of the column, where its type is a `VectorSchema`. */
  readonly dimension?: number;
  /** How the index compares vectors. */
  readonly metric: VectorMetric;
  /** Logical name. Default `vec_<label>__<field>`. */
  readonly name?: string;
  /**
   * Whether the index holds vectors in a shorter form: less memory, but a search may miss near ones. Default: the server's own,
   * which differs by version.
   */
  readonly quantization?: boolean;
}

/** A label whose nodes are declared by files. */
export class NodeTable<Row extends object = Record<string, unknown>, PrimaryKey extends string = 'id'> {
  readonly label: string;
  readonly primaryKey: PrimaryKey;
  readonly #managedBy: ManagedBy;
  readonly #adopt: boolean;
  readonly #shape: RowShape;
  readonly #vectors = new Map<string, number>();
  readonly #indexes: VectorIndexDefinition[] = [];
  readonly #id: string;

  constructor(label: string, options: TableOptions<Row, PrimaryKey>) {
    this.label = identifier(label, 'node table label');
    if (label === '_Graphdrop') throw new DefinitionError('the label _Graphdrop is graphdrop’s own; choose another');
    refuseUnknownOptions(options, TABLE_OPTIONS, `node table ${label}`);
    this.primaryKey = keyColumn(options, `node table ${label}`) as PrimaryKey;
    this.#managedBy = managedBy(options, `node table ${label}`);
    this.#adopt = options.adopt === true;
    this.#shape = shape(label, this.primaryKey, options, this.#vectors);
    this.#id = tableId(this.definition);
  }

  /** Declares one node: it is in the graph, with these values, as long as a file says so. @throws RowError */
  declareRecord(row: Row): Declaration {
    const { key, values, texts, version } = encodeRow(this.#shape, row);
    const table = this.#id;
    return {
      table,
      row: keyedRow(table, key),
      fingerprint: fingerprintOf(texts, undefined, version),
      key,
      values,
      version,
    };
  }

  /** Declares a vector index on a column: one a column, the server has no more. @throws DefinitionError */
  vectorIndex(options: VectorIndexOptions<Row>): this {
    const what = `vector index on ${this.label}`;
    refuseUnknownOptions(options, ['field', 'dimension', 'metric', 'name', 'quantization'], what);
    const field = identifier(options.field, `${what}: field`);
    const { metric, quantization } = options;
    const column = this.#shape.columns?.find(({ name }) => name === field);
    if (column === undefined && this.#shape.columns !== null) {
      throw new DefinitionError(`${what}: the schema has no column ${field}`);
    }
    const dimension = this.#dimensionOf(column?.type, options.dimension, what);
    if (quantization !== undefined && typeof quantization !== 'boolean') {
      throw new DefinitionError(`${what}: got quantization ${JSON.stringify(quantization)}, expected true or false`);
    }
    if (metric !== 'cosine' && metric !== 'euclidean') {
      throw new DefinitionError(`${what}: got metric ${JSON.stringify(metric)}, expected 'cosine' or 'euclidean'`);
    }
    const name = identifier(options.name ?? `vec_${this.label}__${field}`, `${what}: name`);
    if (this.#indexes.some(index => index.name === name))
      throw new DefinitionError(`${what}: ${name} is declared twice`);
    const other = this.#indexes.find(index => index.field === field);
    if (other !== undefined) {
      throw new DefinitionError(
        `${what}: ${field} has the vector index ${other.name} already, and Neo4j allows one a property; ` +
          'put the vector in a second column for another metric',
      );
    }
    this.#vectors.set(field, dimension);
    this.#indexes.push({ name, field, dimension, metric, ...(quantization !== undefined && { quantization }) });
    this.#definition = undefined;
    return this;
  }

  /** Of an index: what it says and what its column's type says must agree. */
  #dimensionOf(type: string | undefined, asked: number | undefined, what: string): number {
    const column = type === undefined ? undefined : vectorDimension(type);
    if (column === undefined && type !== undefined && !/^(LIST<(FLOAT|INTEGER)>|ANY)$/.test(type)) {
      throw new DefinitionError(`${what}: a column of type ${type} holds no vectors`);
    }
    const dimension = asked ?? column;
    if (dimension === undefined) throw new DefinitionError(`${what}: say its dimension`);
    if (dimension === column) return dimension;
    if (column !== undefined) {
      throw new DefinitionError(`${what}: got dimension ${dimension}, but the column’s type is ${type}`);
    }
    try {
      return new VectorSchema(dimension).dimension;
    } catch (error) {
      throw new DefinitionError(`${what}: ${(error as Error).message}`, { cause: error });
    }
  }

  #definition: NodeTableDefinition | undefined;

  /** The table as data, for the deploy; with the vector indexes that were declared until now. */
  get definition(): NodeTableDefinition {
    this.#definition ??= {
      kind: 'node',
      label: this.label,
      primaryKey: this.primaryKey,
      managedBy: this.#managedBy,
      adopt: this.#adopt,
      columns: columnsOf(this.#shape),
      versionBy: this.#shape.versionBy,
      vectorIndexes: [...this.#indexes].sort((a, b) => (a.name < b.name ? -1 : 1)),
    };
    return this.#definition;
  }
}
