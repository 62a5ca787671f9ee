import { type Declaration, derivedKey, type Ends, edgeRow, fingerprintOf } from './declaration.ts';
import {
  type EndpointDefinition,
  type NodeTableDefinition,
  type RelationTableDefinition,
  tableId,
} from './definition.ts';
import { RowError } from './errors.ts';
import { identifier, refuseUnknownOptions } from './identifier.ts';
import type { NodeTable } from './node-table.ts';
import { encodeKey, encodeRow, type RowShape } from './row-encoder.ts';
import { columnsOf, keyColumn, managedBy, shape, TABLE_OPTIONS, type TableOptions } from './table-options.ts';
import { type KeyValue, MAX_KEY_BYTES } from './value.ts';

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

  constructor(
    type: string,
    from: NodeTable<never, string>,
    to: NodeTable<never, string>,
    options: TableOptions<Row, PrimaryKey>,
  ) {
    const what = `relation table ${type}`;
    this.type = identifier(type, 'relation table type');
    refuseUnknownOptions(options, TABLE_OPTIONS, what);
    this.primaryKey = keyColumn(options, what, true) as PrimaryKey;
    this.#shape = shape(type, this.primaryKey, options, new Map());
    this.definition = {
      kind: 'relation',
      type,
      from: endOf(from.definition),
      to: endOf(to.definition),
      primaryKey: this.primaryKey,
      managedBy: managedBy(options, what),
      adopt: options.adopt === true,
      columns: columnsOf(this.#shape),
      versionBy: this.#shape.versionBy,
    };
    this.#id = tableId(this.definition);
  }

  /** Declares one edge. @throws RowError */
  declareRelation(relation: RelationRecord<Row, PrimaryKey, From, To>): Declaration {
    const { type, primaryKey } = this;
    const { from, to } = this.definition;
    const ends: Ends = {
      from: encodeKey(type, 'fromId', relation.fromId),
      to: encodeKey(type, 'toId', relation.toId),
    };
    const derived = derivedKey(from, to, ends);
    const given: Readonly<Record<string, unknown>> = relation.record ?? {};
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
    const row = edgeRow({ table, from, to }, key, ends);
    return { table, row, fingerprint: fingerprintOf(texts, ends, version), key, ends, values, version };
  }
}

function endOf({ label, primaryKey, managedBy: manager }: NodeTableDefinition): EndpointDefinition {
  return { label, primaryKey, managedBy: manager };
}
