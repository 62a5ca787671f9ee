import { RowError } from '../errors.ts';
import { identifier } from '../values/identifier.ts';
import { checkOptions } from '../values/options.ts';
import { type KeyValue, MAX_KEY_BYTES, ValueError } from '../values/value.ts';
import {
  type Declaration,
  derivedKey,
  type Ends,
  edgeRow,
  endsRow,
  fieldText,
  fingerprintOf,
  keyedRow,
} from './declaration.ts';
import {
  type EndpointDefinition,
  type NodeTableDefinition,
  type RelationTableDefinition,
  tableId,
} from './definition.ts';
import type { NodeTable } from './node-table.ts';
import { at, encodeAbsent, encodeRow, type RowShape } from './row-encoder.ts';
import { columnsOf, type KeyOf, keyColumn, saidOf, shape, type TableOptions, tableChecks } from './table-options.ts';

/** What {@link RelationTable.declareRelation} takes; without `record` only where the schema has no column that must be. */
export type RelationRecord<Row extends object, PrimaryKey extends string, From, To> = {
  /** Key of the node the edge starts at; a node that no file declares is made as a stub. */
  readonly fromId: From;
  /** Key of the node the edge ends at. */
  readonly toId: To;
} & (Record<never, never> extends Properties<Row, PrimaryKey>
  ? { readonly record?: Properties<Row, PrimaryKey> }
  : { readonly record: Properties<Row, PrimaryKey> });

/** Properties of an edge. With the primary key among them the edge has that key, else it is told by its endpoints. */
type Properties<Row extends object, PrimaryKey extends string> = Omit<Row, PrimaryKey> &
  Partial<Pick<Row, PrimaryKey & keyof Row>>;

/** What tells of an edge that it is absent: its ends or its own key, and its version. */
export type AbsentRelation<Row extends object, PrimaryKey extends string, From, To> = (
  | { readonly fromId: From; readonly toId: To }
  | { readonly [Name in PrimaryKey]: KeyOf<Row, PrimaryKey> }
) &
  Partial<Row> & { readonly version?: unknown };

/** A relationship type between two node tables. The triple is its identity: one type may join several pairs. */
export class RelationTable<
  Row extends object = Record<string, unknown>,
  PrimaryKey extends string = 'id',
  From = KeyValue,
  To = KeyValue,
> {
  readonly type: string;
  readonly primaryKey: PrimaryKey;
  /** The table as data, for the deploy. */
  readonly definition: RelationTableDefinition;
  readonly #shape: RowShape;
  readonly #id: string;
  readonly #ends: readonly [NodeTable<never, string>, NodeTable<never, string>];

  constructor(
    type: string,
    from: NodeTable<never, string>,
    to: NodeTable<never, string>,
    options: TableOptions<Row, PrimaryKey>,
  ) {
    const what = `relation table ${type}`;
    this.type = identifier(type, 'relation table type');
    checkOptions(options, tableChecks, what);
    this.primaryKey = keyColumn(options, what, true) as PrimaryKey;
    this.#shape = shape(type, this.primaryKey, options, new Map());
    this.definition = {
      kind: 'relation',
      type,
      from: endOf(from.definition),
      to: endOf(to.definition),
      primaryKey: this.primaryKey,
      managedBy: options.managedBy ?? 'system',
      adopt: options.adopt === true,
      ...saidOf(options),
      columns: columnsOf(this.#shape),
      versionBy: this.#shape.versionBy,
    };
    this.#id = tableId(this.definition);
    this.#ends = [from, to];
  }

  /**
   * Declares one edge. With the primary key in its `record` the edge is told by that key: two nodes may have several such edges, and one
   * that gets other ends moves. Without, it is told by its ends: there is one from one node to another, and its key is made of them.
   *
   * @throws RowError
   */
  declareRelation(relation: RelationRecord<Row, PrimaryKey, From, To>): Declaration {
    const { type, primaryKey } = this;
    const { from, to } = this.definition;
    const ends = this.#encodeEnds(relation);
    const derived = derivedKey(from, to, ends);
    const given: Readonly<Record<string, unknown>> = relation.record ?? {};
    const isDerived = (Object.hasOwn(given, primaryKey) ? (given[primaryKey] ?? derived) : derived) === derived;
    if (isDerived && Buffer.byteLength(derived) > MAX_KEY_BYTES) {
      throw new RowError(
        type,
        primaryKey,
        `the key derived from the endpoints is over ${MAX_KEY_BYTES} bytes; give one`,
      );
    }
    const row = isDerived ? { ...given, [primaryKey]: derived } : given;
    const { key, values, text, version } = encodeRow(this.#shape, row, isDerived ? derived : undefined);
    const table = this.#id;
    const identity = edgeRow({ table, from, to }, key, ends, derived);
    return { table, row: identity, fingerprint: fingerprintOf(text, ends, version), key, ends, values, version };
  }

  /**
   * Declares that an edge is absent, as `declareAbsent` of a node table does: by its ends, or by its own key where it has one.
   *
   * @throws RowError without a version, where the table has `versionBy`
   */
  declareAbsent(relation: AbsentRelation<Row, PrimaryKey, From, To>): Declaration {
    const { from, to } = this.definition;
    const given = relation as Readonly<Record<string, unknown>>;
    const [table, isKeyed] = [this.#id, isGiven(given[this.primaryKey])];
    const ends = isKeyed ? undefined : this.#encodeEnds(given);
    const { key, text, version } = encodeAbsent(this.#shape, given, ends && derivedKey(from, to, ends));
    const row = ends === undefined ? keyedRow(table, key) : endsRow(table, ends);
    const fingerprint = fingerprintOf(fieldText(this.primaryKey, text), ends, version);
    return { table, row, fingerprint, key, ...(ends && { ends }), values: { [this.primaryKey]: key }, version };
  }

  #encodeEnds({ fromId, toId }: { readonly fromId?: unknown; readonly toId?: unknown }): Ends {
    return {
      from: at(this.type, 'fromId', () => endKey(this.#ends[0], fromId)),
      to: at(this.type, 'toId', () => endKey(this.#ends[1], toId)),
    };
  }
}

function isGiven(value: unknown): boolean {
  return value !== null && value !== undefined;
}

function endKey(table: NodeTable<never, string>, value: unknown): KeyValue {
  try {
    return table.encodeKey(value);
  } catch (error) {
    const type = table.definition.columns?.find(({ name }) => name === table.primaryKey)?.type;
    if (type === undefined || !(error instanceof ValueError)) throw error;
    throw new ValueError(`${error.message}: ${table.label}.${table.primaryKey} is ${type}`);
  }
}

function endOf({ label, primaryKey, managedBy: manager }: NodeTableDefinition): EndpointDefinition {
  return { label, primaryKey, managedBy: manager };
}
