import { type Declaration, type Ends, endsRow, fingerprintOf, keyedRow } from './declaration.ts';
import type {
  EndpointDefinition,
  ManagedBy,
  NodeTableDefinition,
  RelationTableDefinition,
  VectorIndexDefinition,
  VectorMetric,
} from './definition.ts';
import { tableId } from './definition.ts';
import { DefinitionError, RowError } from './errors.ts';
import { identifier, refuseUnknownOptions } from './identifier.ts';
import { encodeKey, encodeRow, type RowShape } from './row-encoder.ts';
import type { TableSchema } from './table-schema.ts';
import { type KeyValue, MAX_KEY_BYTES } from './value.ts';

export interface TableOptions<Row extends object, PrimaryKey extends string> {
  /** Property that holds the key. Default `id`. */
  readonly primaryKey?: PrimaryKey;
  /** The columns; without it rows are written as they come and replaced whole. */
  readonly schema?: TableSchema<Row>;
  /** Who owns constraints and label. Default `system`: graphdrop. */
  readonly managedBy?: ManagedBy;
  /**
   * Whether rows that are in the database already when graphdrop first sees the table may be taken over; those that no
   * file declares are removed. Default false: the deploy fails instead.
   */
  readonly adopt?: boolean;
  /** Column whose highest value wins when several objects declare one row. Default: the greatest object key wins. */
  readonly versionBy?: keyof Row & string;
}

export interface VectorIndexOptions<Row extends object> {
  /** The column that holds the vector: finite numbers, stored as float32. */
  readonly field: keyof Row & string;
  readonly dimension: number;
  readonly metric: VectorMetric;
  /** Logical name. Default `vec_<label>__<field>`. */
  readonly name?: string;
}

/** The type of a table's key: the schema's, or any key value where there is no schema. */
export type KeyOf<Row extends object, PrimaryKey extends string> = PrimaryKey extends keyof Row
  ? Row[PrimaryKey]
  : KeyValue;

const TABLE_OPTIONS = ['primaryKey', 'schema', 'managedBy', 'adopt', 'versionBy'];

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

  /** Declares a vector index on a column. Two indexes on one column need different names and one dimension. */
  vectorIndex(options: VectorIndexOptions<Row>): this {
    const what = `vector index on ${this.label}`;
    refuseUnknownOptions(options, ['field', 'dimension', 'metric', 'name'], what);
    const field = identifier(options.field, `${what}: field`);
    const { dimension, metric } = options;
    if (this.#shape.columns?.every(column => column.name !== field)) {
      throw new DefinitionError(`${what}: the schema has no column ${field}`);
    }
    if (!Number.isInteger(dimension) || dimension < 1 || dimension > 4096) {
      throw new DefinitionError(`${what}: got dimension ${dimension}, expected an integer from 1 to 4096`);
    }
    if (metric !== 'cosine' && metric !== 'euclidean') {
      throw new DefinitionError(`${what}: got metric ${JSON.stringify(metric)}, expected 'cosine' or 'euclidean'`);
    }
    const name = identifier(options.name ?? `vec_${this.label}__${field}`, `${what}: name`);
    if (this.#indexes.some(index => index.name === name))
      throw new DefinitionError(`${what}: ${name} is declared twice`);
    if ((this.#vectors.get(field) ?? dimension) !== dimension) {
      throw new DefinitionError(`${what}: ${field} can't have two dimensions`);
    }
    this.#vectors.set(field, dimension);
    this.#indexes.push({ name, field, dimension, metric });
    this.#definition = undefined;
    return this;
  }

  #definition: NodeTableDefinition | undefined;

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

/** What {@link RelationTable.declareRelation} takes. */
export interface RelationRecord<Row extends object, PrimaryKey extends string, From, To> {
  /** Key of the node the edge starts at; a node that no file declares is made as a stub. */
  readonly fromId: From;
  readonly toId: To;
  /** Properties. With the primary key in it the edge has that key, else it is told by its endpoints. */
  readonly record?: Omit<Row, PrimaryKey> & Partial<Pick<Row, PrimaryKey & keyof Row>>;
}

/** A relationship type between two node tables. The triple is its identity: one type may join several pairs. */
export class RelationTable<
  Row extends object = Record<string, unknown>,
  PrimaryKey extends string = 'id',
  From = KeyValue,
  To = KeyValue,
> {
  readonly definition: RelationTableDefinition;
  readonly #shape: RowShape;
  readonly #id: string;

  constructor(
    type: string,
    from: NodeTable<never, string>,
    to: NodeTable<never, string>,
    options: TableOptions<Row, PrimaryKey>,
  ) {
    const what = `relation table ${type}`;
    identifier(type, 'relation table type');
    refuseUnknownOptions(options, TABLE_OPTIONS, what);
    const primaryKey = keyColumn(options, what, true);
    this.#shape = shape(type, primaryKey, options, new Map());
    this.definition = {
      kind: 'relation',
      type,
      from: endOf(from.definition),
      to: endOf(to.definition),
      primaryKey,
      managedBy: managedBy(options, what),
      adopt: options.adopt === true,
      columns: columnsOf(this.#shape),
      versionBy: this.#shape.versionBy,
    };
    this.#id = tableId(this.definition);
  }

  /** Declares one edge. @throws RowError */
  declareRelation(relation: RelationRecord<Row, PrimaryKey, From, To>): Declaration {
    const { type, from, to, primaryKey } = this.definition;
    const ends: Ends = {
      from: encodeKey(type, 'fromId', relation.fromId),
      to: encodeKey(type, 'toId', relation.toId),
    };
    const derived = `${from.label}_${ends.from}_${to.label}_${ends.to}`;
    const given = (relation.record ?? {}) as Readonly<Record<string, unknown>>;
    const own = Object.hasOwn(given, primaryKey) ? (given[primaryKey] ?? derived) : derived;
    if (own === derived && Buffer.byteLength(derived) > MAX_KEY_BYTES) {
      throw new RowError(
        type,
        primaryKey,
        `the key derived from the endpoints is over ${MAX_KEY_BYTES} bytes; give one`,
      );
    }
    const { key, values, texts, version } = encodeRow(this.#shape, { ...given, [primaryKey]: own });
    const table = this.#id;
    const row = key === derived ? endsRow(table, ends) : keyedRow(table, key);
    return { table, row, fingerprint: fingerprintOf(texts, ends, version), key, ends, values, version };
  }
}

function keyColumn<Row extends object>(options: TableOptions<Row, string>, what: string, addable = false): string {
  const primaryKey = identifier(options.primaryKey ?? 'id', `${what}: primaryKey`);
  const columns = options.schema?.columns;
  const column = columns?.find(({ name }) => name === primaryKey);
  if (columns !== undefined && column === undefined && !addable) {
    throw new DefinitionError(
      `${what}: primaryKey ${primaryKey} is no column of the schema, which has ${columns.map(c => c.name).join(', ')}`,
    );
  }
  return primaryKey;
}

function managedBy(options: { managedBy?: ManagedBy }, what: string): ManagedBy {
  const value = options.managedBy ?? 'system';
  if (value !== 'system' && value !== 'user') {
    throw new DefinitionError(`${what}: got managedBy ${JSON.stringify(value)}, expected 'system' or 'user'`);
  }
  return value;
}

function shape<Row extends object>(
  table: string,
  primaryKey: string,
  options: TableOptions<Row, string>,
  vectors: ReadonlyMap<string, number>,
): RowShape {
  let columns = options.schema?.columns ?? null;
  if (columns?.every(({ name }) => name !== primaryKey)) {
    // An edge's key may be left to be derived, so its schema need not name it.
    const key = { name: primaryKey, type: 'STRING', nullable: false, encode: (value: unknown) => value as string };
    columns = [...columns, key].sort((a, b) => (a.name < b.name ? -1 : 1));
  }
  const versionBy = options.versionBy === undefined ? null : identifier(options.versionBy, `${table}: versionBy`);
  if (versionBy !== null && columns?.every(({ name }) => name !== versionBy)) {
    throw new DefinitionError(`${table}: versionBy ${versionBy} is no column of the schema`);
  }
  return { table, primaryKey, columns, versionBy, vectors };
}

function endOf({ label, primaryKey, managedBy: manager }: NodeTableDefinition): EndpointDefinition {
  return { label, primaryKey, managedBy: manager };
}

function columnsOf({ columns }: RowShape) {
  return columns?.map(({ name, type, nullable }) => ({ name, type, nullable })) ?? null;
}
