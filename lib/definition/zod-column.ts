import type { DateTime, Duration, LocalDateTime, LocalTime, Date as NeoDate } from 'neo4j-driver';
import * as z from 'zod';
import { DefinitionError } from '../errors.ts';
import { columnType, typeAskedBy, typeOf, typeOfClass } from '../values/column-types.ts';
import type { VectorSchema } from '../values/types/vector.ts';
import type { Part } from '../values/value.ts';
import { type ColumnDef, inColumn } from './column.ts';

/** What a field's metadata (zod's `.meta()`) may say of its column. */
export interface ColumnMeta {
  /** Type of the column, instead of the one that follows from the schema. Part of the definition's fingerprint. */
  readonly neo4jType?: string | VectorSchema;
  /** As `encoder` of a ColumnDef. */
  readonly neo4jEncoder?: (value: unknown) => unknown;
}

/** What a row of a zod object's columns may hold: what the schema gives, and the other forms that its column takes. */
export type RowOf<S extends z.ZodObject> = {
  [Name in keyof z.output<S>]: z.output<S>[Name] | OtherForms<S['shape'][Name & keyof S['shape']]>;
};

/** The driver's own values: zod knows dates, times and durations as texts only. */
interface DriverValues {
  readonly date: NeoDate<Part>;
  readonly time: LocalTime<Part>;
  readonly datetime: DateTime<Part> | LocalDateTime<Part> | Date;
  readonly duration: Duration<Part>;
}

type OtherForms<F> = F extends { readonly _zod: { readonly def: infer Def } }
  ? Def extends { readonly innerType: infer Inner }
    ? OtherForms<Inner>
    : Def extends { readonly type: 'pipe'; readonly out: infer Out }
      ? OtherForms<Out>
      : Def extends { readonly type: 'date' }
        ? DateTime<Part> | string
        : Def extends { readonly format: infer Format extends keyof DriverValues }
          ? DriverValues[Format]
          : never
  : never;

type Field = z.core.$ZodTypes;

/** Returns the column of a field of a zod object. @throws DefinitionError where its type can't be told or stored */
export function zodColumn(name: string, schema: z.core.$ZodType): ColumnDef {
  const field = schema as Field;
  const encoder = metaOf(field).neo4jEncoder;
  const type = inColumn(name, () => typeName(field, new Set()));
  if (type === NULL) throw new DefinitionError(`column ${name} can only be null; leave it out`);
  return { type, nullable: isNullable(field), ...(encoder !== undefined && { encoder }) };
}

/** No column's type, but part of a union's. */
const NULL = 'NULL';

/** Returns the metadata of the field itself, or of the one it wraps. */
function metaOf(field: Field): ColumnMeta {
  const own = (z.globalRegistry.get(field) ?? {}) as ColumnMeta;
  const inner = wrapped(field);
  return inner === undefined ? own : { ...metaOf(inner), ...own };
}

function wrapped({ _zod: { def } }: Field): Field | undefined {
  switch (def.type) {
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'nonoptional':
    case 'readonly':
    case 'catch':
      return def.innerType as Field;
    case 'pipe':
      return def.out as Field;
    default:
      return undefined;
  }
}

function isNullable(field: Field, seen: ReadonlySet<Field> = new Set()): boolean {
  const { def } = field._zod;
  if (['optional', 'nullable', 'null', 'undefined', 'any', 'unknown'].includes(def.type)) return true;
  if (def.type === 'literal') return def.values.some(value => value === null || value === undefined);
  if (def.type === 'union') return def.options.some(option => isNullable(option as Field, seen));
  if (def.type === 'lazy') return !seen.has(field) && isNullable(def.getter() as Field, new Set([...seen, field]));
  const inner = wrapped(field);
  if (inner === undefined) return false;
  // What these take away is undefined alone.
  if (['default', 'prefault', 'nonoptional'].includes(def.type) && inner._zod.def.type === 'optional') {
    return isNullable(inner._zod.def.innerType as Field, seen);
  }
  return isNullable(inner, seen);
}

/** @param seen lazy schemas on the way here: one that comes back to itself can only be JSON */
function typeName(field: Field, seen: ReadonlySet<Field>): string {
  const { neo4jType } = metaOf(field);
  if (neo4jType !== undefined) return String(neo4jType);
  const inner = wrapped(field);
  if (inner !== undefined) return typeName(inner, seen);
  const { def, bag } = field._zod;
  switch (def.type) {
    case 'enum':
    case 'literal':
      return commonType([...(field._zod.values ?? [])]);
    case 'array':
      return listOf([def.element as Field], seen);
    case 'tuple':
      return listOf([...def.items, ...(def.rest === null ? [] : [def.rest])] as Field[], seen);
    case 'intersection':
      return oneOf([typeName(def.left as Field, seen), typeName(def.right as Field, seen)]);
    case 'union':
      return oneOf(def.options.map(option => typeName(option as Field, seen)));
    case 'lazy':
      return seen.has(field) ? 'JSON' : typeName(def.getter() as Field, new Set([...seen, field]));
    case 'null':
    case 'undefined':
      return NULL;
    case 'custom':
      return classType((bag as { Class?: unknown }).Class);
  }
  const asked = typeAskedBy({ kind: def.type, formats: formatsOf(field) });
  if (asked === undefined) throw cantMap(def.type === 'transform' ? 'the outcome of a transform' : `zod's ${def.type}`);
  return asked.name;
}

/** Returns a field's formats: `z.iso.date()` has one of its own, `z.string().date()` a check. */
function formatsOf({ _zod: { def } }: Field) {
  const parts: readonly unknown[] = [def, ...(def.checks ?? []).map(check => check._zod.def)];
  return parts as readonly { readonly format?: string; readonly local?: boolean }[];
}

function commonType(values: readonly unknown[]): string {
  return oneOf(values.filter(value => value !== null && value !== undefined).map(literalType));
}

function literalType(value: unknown): string {
  return ['string', 'number', 'bigint', 'boolean'].includes(typeof value)
    ? typeOf(columnType('ANY').encode(value)).name
    : 'ANY';
}

function oneOf(types: readonly string[]): string {
  const distinct = new Set(types.filter(type => type !== NULL));
  const [only = NULL] = distinct;
  return distinct.size > 1 ? 'ANY' : only;
}

/** Neo4j has no lists of lists, of bytes or of objects as properties: such a column is kept as JSON text. */
function listOf(elements: readonly Field[], seen: ReadonlySet<Field>): string {
  const element = oneOf(elements.map(each => typeName(each, seen)));
  if (/^(JSON|ANY|LIST|VECTOR|NULL)/.test(element)) return 'JSON';
  if (elements.some(element => isNullable(element))) {
    throw new DefinitionError('no list in Neo4j can hold null: make its elements not nullable, or neo4jType JSON');
  }
  if (element === 'BYTES') throw cantMap('a list of bytes');
  return `LIST<${element}>`;
}

/** Returns the type that `z.instanceof(Class)` asks for. */
function classType(of: unknown): string {
  if (typeof of !== 'function') throw cantMap('a custom schema');
  const type = typeOfClass(of as never);
  if (type?.name === 'VECTOR' || of === Float64Array) {
    throw new DefinitionError('a vector needs its dimension: add .meta({ neo4jType: new VectorSchema(dimension) })');
  }
  if (type === undefined) throw cantMap(`an instance of ${of.name}`);
  return type.name;
}

function cantMap(what: string): DefinitionError {
  return new DefinitionError(
    `${what} has no type that Neo4j could store: say one by .meta({ neo4jType: 'STRING' }), with neo4jEncoder if values need one`,
  );
}
