import type { z } from 'zod';
import { type Column, type ColumnDef, makeColumn } from './column.ts';
import { DefinitionError } from './errors.ts';

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
   * The columns of a zod object: strings, numbers (`z.int()` is INTEGER, `z.number()` FLOAT), bigints, booleans, dates, enums,
   * literals, arrays, `Uint8Array`; objects and records are stored as JSON text, anything else by the value itself.
   * Optional and nullable fields are nullable columns. Refinements (`min`, `regex`) are not checked here: they belong
   * to the source's record schema.
   */
  static from<S extends z.ZodObject>(schema: S): TableSchema<z.output<S>> {
    return new TableSchema(
      Object.entries(schema.shape).map(([name, field]) => makeColumn(name, columnOf(field as z.core.$ZodType))),
    );
  }

  /** Columns given one by one, for rows whose type is only known at run time. */
  static of<Row extends object = Record<string, unknown>>(columns: Record<string, ColumnDef>): TableSchema<Row> {
    if (Object.keys(columns).length === 0)
      throw new DefinitionError('TableSchema.of got no columns; name at least the key');
    return new TableSchema(Object.entries(columns).map(([name, def]) => makeColumn(name, def)));
  }
}

function columnOf(field: z.core.$ZodType): ColumnDef & { nullable: boolean } {
  const def = (field as z.core.$ZodTypes)._zod.def;
  const plain = (type: string) => ({ type, nullable: false });
  switch (def.type) {
    case 'optional':
    case 'nullable':
      return { ...columnOf(def.innerType), nullable: true };
    case 'default':
    case 'prefault':
    case 'nonoptional':
    case 'readonly':
    case 'catch':
      return columnOf(def.innerType);
    case 'pipe':
      return columnOf(def.out);
    case 'string':
    case 'template_literal':
      return plain('STRING');
    case 'number':
      return plain(isInteger(field as z.core.$ZodNumber) ? 'INTEGER' : 'FLOAT');
    case 'bigint':
      return plain('INTEGER');
    case 'boolean':
      return plain('BOOLEAN');
    case 'date':
      return plain('ZONED DATETIME');
    case 'enum':
      return plain(commonType(Object.values(def.entries)));
    case 'literal':
      return plain(commonType(def.values));
    case 'array':
      return plain(listOf(columnOf(def.element).type));
    case 'object':
    case 'record':
    case 'map':
      return plain('JSON');
    case 'union': {
      const options = def.options.map(columnOf);
      const types = new Set(options.map(option => option.type));
      types.delete('NULL');
      const [only = 'ANY'] = types;
      return { type: types.size === 1 ? only : 'ANY', nullable: options.some(option => option.nullable) };
    }
    case 'null':
    case 'undefined':
    case 'void':
      return { type: 'NULL', nullable: true };
    default:
      return plain('ANY');
  }
}

/** `z.int()` is a format of its own, `.int()` a check of a number. */
function isInteger({ _zod: { def } }: z.core.$ZodNumber): boolean {
  const formats = [def, ...(def.checks ?? []).map(check => check._zod.def)].map(
    part => (part as { format?: string }).format,
  );
  return formats.some(format => format?.includes('int'));
}

function commonType(values: readonly unknown[]): string {
  if (values.every(value => typeof value === 'string')) return 'STRING';
  if (values.every(value => Number.isInteger(value) || typeof value === 'bigint')) return 'INTEGER';
  return 'ANY';
}

/** Neo4j has no lists of lists and no lists of objects as properties: such a column is kept as JSON text. */
function listOf(element: string): string {
  return element === 'JSON' || element === 'ANY' || element.startsWith('LIST') ? 'JSON' : `LIST<${element}>`;
}
