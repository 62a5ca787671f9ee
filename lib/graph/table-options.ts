import type { ManagedBy } from './definition.ts';
import { DefinitionError } from './errors.ts';
import { identifier } from './identifier.ts';
import type { RowShape } from './row-encoder.ts';
import type { TableSchema } from './table-schema.ts';
import type { KeyValue } from './value.ts';

/** What a table says besides its name. */
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

/** The type of a table's key: the schema's, or any key value where that says none. */
export type KeyOf<Row extends object, PrimaryKey extends string> = PrimaryKey extends keyof Row
  ? unknown extends Row[PrimaryKey]
    ? KeyValue
    : Extract<Row[PrimaryKey], KeyValue>
  : KeyValue;

export const TABLE_OPTIONS = ['primaryKey', 'schema', 'managedBy', 'adopt', 'versionBy'];

/** The primary key's column, checked. @param addable whether the schema may leave it out */
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

export function managedBy(options: { managedBy?: ManagedBy }, what: string): ManagedBy {
  const value = options.managedBy ?? 'system';
  if (value !== 'system' && value !== 'user') {
    throw new DefinitionError(`${what}: got managedBy ${JSON.stringify(value)}, expected 'system' or 'user'`);
  }
  return value;
}

/** What a table's rows are encoded by. */
export function shape<Row extends object>(
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

/** Columns as the definition shows them. */
export function columnsOf({ columns }: RowShape) {
  return columns?.map(({ name, type, nullable }) => ({ name, type, nullable })) ?? null;
}
