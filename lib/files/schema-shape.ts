import type { StandardSchemaV1 } from '@standard-schema/spec';

/** What a schema says of the objects and lists that it takes. Undefined parts: it doesn't say, or keeps what it doesn't know. */
export interface SchemaShape {
  /** What each field may hold, by name; asked for when it is needed, since schemas may contain themselves. */
  readonly fields?: ReadonlyMap<string, () => SchemaShape | undefined>;
  /** What the items of a list may be. */
  readonly element?: SchemaShape;
}

/** What schemas of zod (`_zod.def`) and Valibot (the schema itself) have beyond the standard. */
interface Def {
  readonly type?: string;
  readonly shape?: Readonly<Record<string, object>>;
  readonly catchall?: object;
  readonly entries?: Readonly<Record<string, object>>;
  readonly element?: object;
  readonly item?: object;
  readonly innerType?: object;
  readonly wrapped?: object;
  readonly in?: object;
  readonly pipe?: readonly object[];
  readonly options?: readonly object[];
  readonly left?: object;
  readonly right?: object;
}

const known = new WeakMap<object, { readonly shape: SchemaShape | undefined }>();

/** Returns what a schema of zod or Valibot says of objects from which it drops unknown fields; undefined: nothing is known. */
export function shapeOf(schema: StandardSchemaV1 | object): SchemaShape | undefined {
  let noted = known.get(schema);
  if (noted === undefined) {
    noted = { shape: read(schema) };
    known.set(schema, noted);
  }
  return noted.shape;
}

function read(schema: object): SchemaShape | undefined {
  const def = (schema as { readonly _zod?: { readonly def?: Def } })._zod?.def ?? (schema as Def);
  const { type, shape, entries, catchall } = def;
  // Loose and strict objects keep or refuse what they don't know.
  const fields = catchall === undefined && type === 'object' ? (shape ?? entries) : undefined;
  if (fields !== undefined) {
    const all = Object.entries(fields);
    return { fields: new Map(all.map(([name, field]) => [name, () => shapeOf(field)])) };
  }
  const item = type === 'array' ? (def.element ?? def.item) : undefined;
  if (item !== undefined) {
    const element = shapeOf(item);
    return element === undefined ? undefined : { element };
  }
  const parts =
    type === 'union' || type === 'variant' ? def.options : type === 'intersection' ? partsOf(def) : undefined;
  if (parts !== undefined) return joined(parts.map(shapeOf));
  const inner = def.innerType ?? def.wrapped ?? def.in ?? def.pipe?.[0];
  return inner === undefined || inner === schema ? undefined : shapeOf(inner);
}

function partsOf({ left, right, options }: Def): readonly object[] | undefined {
  return left && right ? [left, right] : options;
}

/** A field that one of several schemas has is known. */
function joined(shapes: readonly (SchemaShape | undefined)[]): SchemaShape | undefined {
  const all = shapes.map(shape => shape?.fields);
  if (all.length === 0 || all.includes(undefined)) return undefined;
  return { fields: new Map(all.flatMap(fields => [...(fields ?? [])])) };
}
