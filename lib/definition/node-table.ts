import { DefinitionError } from '../errors.ts';
import { identifier } from '../values/identifier.ts';
import { checkOptions, count, flag, type OptionChecks, oneOf, text } from '../values/options.ts';
import { MAX_DIMENSION, vectorDimension } from '../values/types/vector.ts';
import type { KeyValue } from '../values/value.ts';
import { type Declaration, fieldText, fingerprintOf, keyedRow } from './declaration.ts';
import {
  type ManagedBy,
  type NodeTableDefinition,
  tableId,
  type VectorIndexDefinition,
  type VectorMetric,
} from './definition.ts';
import { labelsCheck, rowLabels, tableLabels } from './extra-labels.ts';
import { encodeAbsent, encodeRow, type IndexedVector, type RowShape } from './row-encoder.ts';
import {
  type AbsentRow,
  columnsOf,
  keyColumn,
  saidOf,
  shape,
  type TableOptions,
  tableChecks,
} from './table-options.ts';

/** What a node table says apart from its label. */
export interface NodeTableOptions<Row extends object, PrimaryKey extends string> extends TableOptions<Row, PrimaryKey> {
  /**
   * Labels that rows may have apart from the table's own, at most 20: each row those that its record says. They are no tables' own labels
   * in this flow, and no other scope of the database may claim them. Default: none.
   */
  readonly labels?: readonly string[];
}

const nodeTableChecks: OptionChecks<NodeTableOptions<Record<string, unknown>, string>> = {
  ...tableChecks,
  labels: labelsCheck,
};

/** What {@link NodeTable.declareRecord} takes apart from the row. */
export interface RecordOptions {
  /** Extra labels of the row, in any order: those that the table names, and its own if it is convenient. Default: none. */
  readonly labels?: readonly string[] | null | undefined;
}

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

const indexChecks: OptionChecks<VectorIndexOptions<Record<string, unknown>>> = {
  field: text,
  dimension: count(MAX_DIMENSION),
  metric: oneOf('cosine', 'euclidean'),
  name: text,
  quantization: flag,
};

/** A label whose nodes are declared by files. */
export class NodeTable<Row extends object = Record<string, unknown>, PrimaryKey extends string = 'id'> {
  readonly label: string;
  readonly primaryKey: PrimaryKey;
  readonly #managedBy: ManagedBy;
  readonly #adopt: boolean;
  readonly #said: ReturnType<typeof saidOf>;
  readonly #shape: RowShape;
  readonly #labels: readonly string[];
  readonly #vectors = new Map<string, IndexedVector>();
  readonly #indexes: VectorIndexDefinition[] = [];
  readonly #id: string;

  constructor(label: string, options: NodeTableOptions<Row, PrimaryKey>) {
    this.label = identifier(label, 'node table label');
    if (label === '_Graphdrop') throw new DefinitionError('the label _Graphdrop is graphdrop’s own; choose another');
    checkOptions(options, nodeTableChecks, `node table ${label}`);
    this.primaryKey = keyColumn(options, `node table ${label}`) as PrimaryKey;
    this.#managedBy = options.managedBy ?? 'system';
    this.#adopt = options.adopt === true;
    this.#said = saidOf(options);
    this.#labels = tableLabels(label, options.labels);
    this.#shape = shape(label, this.primaryKey, options, this.#vectors);
    this.#id = tableId(this.definition);
  }

  /** Makes a key of the table, as its rows and the ends of its edges have it. @throws ValueError */
  encodeKey(value: unknown): KeyValue {
    return this.#shape.encodeKey(value);
  }

  /** Declares one node: it is in the graph, with these values and labels, as long as a file says so. @throws RowError */
  declareRecord(row: Row, options?: RecordOptions): Declaration {
    const { key, values, text, version } = encodeRow(this.#shape, row);
    const labels = rowLabels(this.label, this.#labels, options?.labels);
    const table = this.#id;
    return {
      table,
      row: keyedRow(table, key),
      fingerprint: fingerprintOf(text, undefined, version, labels),
      key,
      values,
      ...(labels !== undefined && { labels }),
      version,
    };
  }

  /**
   * Declares that a node is absent: it leaves no row, and takes away those of other declarations with a lower version, in this file and in
   * others. So a stream of changes can be dropped as it is; when the file goes, what it took away is back. A node that edges
   * touch is left as a stub.
   *
   * @throws RowError without a version, where the table has `versionBy`
   */
  declareAbsent(row: AbsentRow<Row, PrimaryKey>): Declaration {
    const { key, text, version } = encodeAbsent(this.#shape, row);
    const [table, values] = [this.#id, { [this.primaryKey]: key }];
    const fingerprint = fingerprintOf(fieldText(this.primaryKey, text), undefined, version);
    return { table, row: keyedRow(table, key), fingerprint, key, values, version };
  }

  /** Declares a vector index on a column: one a column, the server has no more. @throws DefinitionError */
  vectorIndex(options: VectorIndexOptions<Row>): this {
    const what = `vector index on ${this.label}`;
    checkOptions(options, indexChecks, what);
    const field = identifier(options.field, `${what}: field`);
    const { metric, quantization } = options;
    const column = this.#shape.columns?.find(({ name }) => name === field);
    if (column === undefined && this.#shape.columns !== null) {
      throw new DefinitionError(`${what}: the schema has no column ${field}`);
    }
    const dimension = this.#dimensionOf(column?.type, options.dimension, what);
    if (metric === undefined) throw new DefinitionError(`${what} needs a metric: 'cosine' or 'euclidean'`);
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
    this.#vectors.set(field, { dimension, metric });
    this.#indexes.push({ name, field, dimension, metric, ...(quantization !== undefined && { quantization }) });
    this.#definition = undefined;
    return this;
  }

  /** Checks that what an index and its column's type say of the dimension agree. */
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
    return dimension;
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
      ...this.#said,
      columns: columnsOf(this.#shape),
      versionBy: this.#shape.versionBy,
      vectorIndexes: [...this.#indexes].sort((a, b) => (a.name < b.name ? -1 : 1)),
      ...(this.#labels.length > 0 && { labels: this.#labels }),
    };
    return this.#definition;
  }
}
