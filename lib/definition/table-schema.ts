import type { z } from 'zod';
import { DefinitionError } from '../errors.ts';
import { render } from '../values/value.ts';
import { type Column, type ColumnDef, makeColumn } from './column.ts';
import { type RowOf, zodColumn } from './zod-column.ts';

/** The columns of a table. `Row` is what `declareRecord` takes. */
export class TableSchema<Row extends object = Record<string, unknown>> {
  /** Sorted by name. */
  readonly columns: readonly Column[];
  /** Only for the compiler: carries the row's type. */
  declare readonly row?: Row;

  private constructor(columns: readonly Column[]) {
    this.columns = [...columns].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /**
   * The columns of a zod object, by the type of each field: see docs/types.md. Optional and nullable fields are nullable
   * columns. A field's metadata may say another type or an encoder: {@link ColumnMeta}. Refinements (`min`, `regex`) are not
   * checked here: they belong to the source's record schema.
   *
   * @throws DefinitionError that names the column whose type can't be told or stored
   */
  static from<S extends z.ZodObject>(schema: S): TableSchema<RowOf<S>> {
    const shape: unknown = schema?.shape;
    if (typeof shape !== 'object' || shape === null)
      throw new DefinitionError(`TableSchema.from got ${render(schema)}: give a zod object, z.object({ ... })`);
    const fields = Object.entries(schema.shape);
    return new TableSchema(fields.map(([name, field]) => makeColumn(name, zodColumn(name, field as z.core.$ZodType))));
  }

  /**
   * Columns given one by one, for rows whose type is only known at run time.
   *
   * @throws DefinitionError for no columns, a name or a type that can't be
   */
  static of<Row extends object = Record<string, unknown>>(columns: Record<string, ColumnDef>): TableSchema<Row> {
    if (typeof columns !== 'object' || columns === null || Object.keys(columns).length === 0)
      throw new DefinitionError('TableSchema.of got no columns; name at least the key');
    return new TableSchema(Object.entries(columns).map(([name, def]) => makeColumn(name, def)));
  }
}
