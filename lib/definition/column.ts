import { DefinitionError } from '../errors.ts';
import { columnType } from '../values/column-types.ts';
import { identifier } from '../values/identifier.ts';
import { checkOptions, flag, type OptionChecks } from '../values/options.ts';
import { VectorSchema } from '../values/types/vector.ts';
import type { Value } from '../values/value.ts';

/** Turns a non-null value of the row into what Neo4j stores. @throws ValueError when the value has another type */
export type Encoder = (value: unknown) => Value;

/** A column as a user may give it. */
export interface ColumnDef {
  /** Neo4j type name, e.g. `STRING`, `INTEGER`, `LIST<FLOAT>`, or a `VectorSchema`: see docs/types.md. */
  readonly type: string | VectorSchema;
  /** Whether the value may be null or absent. Default true. */
  readonly nullable?: boolean;
  /**
   * Applied to non-null values. Its result is stored by the column's type; for JSON, and types that graphdrop doesn't know, by
   * its own (text stays text). With an encoder the type may be any text: it is metadata.
   */
  readonly encoder?: (value: unknown) => unknown;
}

/** A column ready for use. */
export interface Column {
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
  readonly encode: Encoder;
  /** Whether the flow gave an encoder of its own. */
  readonly hasEncoder: boolean;
}

const columnChecks: OptionChecks<ColumnDef> = {
  type: {
    expected: 'the name of a type, or a VectorSchema',
    accepts: value => typeof value === 'string' || value instanceof VectorSchema,
  },
  nullable: flag,
  encoder: { expected: 'a function of a value', accepts: value => typeof value === 'function' },
};

/** Checks a column's name and options and finds its encoder. @throws DefinitionError */
export function makeColumn(name: string, def: ColumnDef): Column {
  checkOptions(def, columnChecks, `column ${name}`);
  if (def.type === undefined) throw new DefinitionError(`column ${name} needs a type such as STRING`);
  const type = String(def.type);
  const own = def.encoder;
  const hasEncoder = own !== undefined;
  const column = { name: identifier(name, 'column'), type, nullable: def.nullable ?? true, hasEncoder };
  if (own === undefined) return { ...column, encode: inColumn(name, () => columnType(type).encode) };
  const { encode } = columnType(type !== 'JSON' && isKnown(type) ? type : 'ANY');
  return { ...column, encode: value => encode(own(value)) };
}

/** Adds the column's name to a mistake in its definition. */
export function inColumn<T>(name: string, define: () => T): T {
  try {
    return define();
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    throw new DefinitionError(`column ${name}: ${error.message}`, { cause: error });
  }
}

function isKnown(type: string): boolean {
  try {
    columnType(type);
    return true;
  } catch {
    return false;
  }
}
