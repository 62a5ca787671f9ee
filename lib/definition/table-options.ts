import { DefinitionError } from '../errors.ts';
import { columnType } from '../values/column-types.ts';
import { identifier } from '../values/identifier.ts';
import type { KeyNormalize } from '../values/key-form.ts';
import { count, flag, type OptionChecks, oneOf, text } from '../values/options.ts';
import type { KeyValue } from '../values/value.ts';
import { type ManagedBy, type OnDuplicate, propertyLimit } from './definition.ts';
import { keyEncoder } from './key-encoder.ts';
import type { RowShape } from './row-encoder.ts';
import { TableSchema } from './table-schema.ts';

/** What a table says apart from its name. */
export interface TableOptions<Row extends object, PrimaryKey extends string> {
  /** Property that holds the key. Default `id`. */
  readonly primaryKey?: PrimaryKey;
  /** The columns; without it rows are written as they come and replaced whole. */
  readonly schema?: TableSchema<Row>;
  /** Which side owns constraints and label. Default `system`: graphdrop. */
  readonly managedBy?: ManagedBy;
  /**
   * Whether rows that are in the database already when graphdrop first sees the table may be taken over; those that no
   * file declares are removed. Default false: the deploy fails instead.
   */
  readonly adopt?: boolean;
  /**
   * Without a schema: most properties of a row, and most names of properties that one file may bring to the table. Each name that
   * is new to a database holds up all of its writes for some milliseconds. Default 500.
   */
  readonly maxProperties?: number;
  /**
   * Column whose highest value wins when a row is declared several times, in one object or in several. Default, and of equal values:
   * the last in an object, and of objects that with the greatest key.
   */
  readonly versionBy?: keyof Row & string;
  /**
   * What two different values of one row in one object are, unless their `versionBy` differs: `reject`, a fault of the file;
   * `last`, the last one holds. Default `reject` for edges that have no key of their own, else `last`. What lost is counted.
   */
  readonly onDuplicate?: OnDuplicate;
  /**
   * What is done to keys that are texts, in the table's rows and at the ends of its edges: `nfc`, one form of letters with accents; `trim`,
   * no blanks around them, and nothing that can't be seen (zero-width spaces) in them; `nfc+trim`, both. Default: nothing, keys are exact.
   */
  readonly keyNormalize?: KeyNormalize;
}

/** What tells of a row that it is absent: its key, and its version by the name of the `versionBy` column, or as `version`. */
export type AbsentRow<Row extends object, PrimaryKey extends string> = {
  readonly [Name in PrimaryKey]: KeyOf<Row, PrimaryKey>;
} & Partial<Row> & { readonly version?: unknown };

/** The type of a table's key: the schema's, or any key value where that says none. */
export type KeyOf<Row extends object, PrimaryKey extends string> = PrimaryKey extends keyof Row
  ? unknown extends Row[PrimaryKey]
    ? KeyValue
    : Extract<Row[PrimaryKey], KeyValue>
  : KeyValue;

export const tableChecks: OptionChecks<TableOptions<Record<string, unknown>, string>> = {
  primaryKey: text,
  schema: {
    expected: 'a TableSchema: TableSchema.from(...) of a zod object, or TableSchema.of({ ... })',
    accepts: value => value instanceof TableSchema,
  },
  managedBy: oneOf('system', 'user'),
  adopt: flag,
  maxProperties: count(100_000),
  versionBy: text,
  onDuplicate: oneOf('reject', 'last'),
  keyNormalize: oneOf('nfc', 'trim', 'nfc+trim'),
};

/** Checks the primary key's column and returns its name. @param addable whether the schema may leave it out */
export function keyColumn<Row extends object>(
  options: TableOptions<Row, string>,
  what: string,
  addable = false,
): string {
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

/** Returns what a table's rows are encoded by. */
export function shape<Row extends object>(
  table: string,
  primaryKey: string,
  options: TableOptions<Row, string>,
  vectors: RowShape['vectors'],
): RowShape {
  let columns = options.schema?.columns ?? null;
  if (columns?.every(({ name }) => name !== primaryKey)) {
    // An edge's key may be left to be derived, so its schema need not name it.
    const key = {
      name: primaryKey,
      type: 'STRING',
      nullable: false,
      encode: columnType('STRING').encode,
      hasEncoder: false,
    };
    columns = [...columns, key].sort((a, b) => (a.name < b.name ? -1 : 1));
  }
  const versionBy = options.versionBy === undefined ? null : identifier(options.versionBy, `${table}: versionBy`);
  if (versionBy !== null && columns?.every(({ name }) => name !== versionBy)) {
    throw new DefinitionError(`${table}: versionBy ${versionBy} is no column of the schema`);
  }
  const key = columns?.find(({ name }) => name === primaryKey);
  const encodeKey = keyEncoder(key, table, options.keyNormalize);
  return { table, primaryKey, encodeKey, columns, versionBy, vectors, maxProperties: propertyLimit(options) };
}

/** Returns what a definition shows of options that have a default: nothing where they aren't said. */
export function saidOf({
  maxProperties,
  onDuplicate,
  keyNormalize,
}: Pick<TableOptions<never, never>, 'maxProperties' | 'onDuplicate' | 'keyNormalize'>) {
  return {
    ...(maxProperties !== undefined && { maxProperties }),
    ...(onDuplicate !== undefined && { onDuplicate }),
    ...(keyNormalize !== undefined && { keyNormalize }),
  };
}

/** Returns columns as the definition shows them. */
export function columnsOf({ columns }: RowShape) {
  return columns?.map(({ name, type, nullable }) => ({ name, type, nullable })) ?? null;
}
