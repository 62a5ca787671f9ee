import type { StandardSchemaV1 } from '@standard-schema/spec';
import { describeValue } from './describe-value.ts';
import type { Finding } from './unknown-columns.ts';

/** What a schema of zod has beyond the standard. */
interface Def {
  readonly type?: string;
  readonly coerce?: boolean;
  readonly shape?: Readonly<Record<string, Zod>>;
  readonly innerType?: Zod;
  readonly in?: Zod;
}

interface Zod {
  readonly _zod?: { readonly def?: Def };
}

/** A field that is coerced, and the empty values that are not. */
interface CoercedField {
  readonly name: string;
  readonly type: string;
  readonly isLeft: ReadonlySet<unknown>;
}

const known = new WeakMap<object, readonly CoercedField[]>();

/** Texts that don't mean true, without blanks around them. */
const FALSE: ReadonlySet<string> = new Set(['false', 'f', 'no', 'n', 'off', '0', '']);
/** A day, or a time with its offset: the only texts that mean the same date everywhere. */
const INSTANT = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d))?$/;

/** How a field says that it may be empty. */
const MAY_BE_EMPTY = "make the field .nullish(); of CSV, the source's trim: true makes blanks absent";

const isNothing = (value: unknown) => value === null || (typeof value === 'string' && value.trim() === '');

/** Whether a value is an object or array, of which no coercion makes sense; a Date is one for texts. */
function isStructure(value: unknown, type: string): boolean {
  return typeof value === 'object' && value !== null && (type === 'string' || !(value instanceof Date));
}

/** Says what a coercion makes of a value that says something else, and how it is told instead; undefined: the value is what it says. */
const MISTAKES: Readonly<Record<string, (value: unknown) => string | undefined>> = {
  boolean: value =>
    typeof value === 'string' && value !== '' && FALSE.has(value.trim().toLowerCase())
      ? 'true: use z.stringbool()'
      : undefined,
  number: value => (isNothing(value) ? `0: ${MAY_BE_EMPTY}` : undefined),
  bigint: value => (isNothing(value) ? `0: ${MAY_BE_EMPTY}` : undefined),
  string: value => (value === null || value === undefined ? `the text "${value}": ${MAY_BE_EMPTY}` : undefined),
  date: value => (value === null ? `1970-01-01: ${MAY_BE_EMPTY}` : undefined),
};

/**
 * Finds the fields of a record of which `z.coerce` makes something else than they say: true of the text `false`, 0 of blanks or null, `undefined` of
 * an absent text. Dates that are read in another way elsewhere are only noted.
 */
export function coercedFields(schema: StandardSchemaV1, value: unknown): readonly Finding[] {
  const fields = fieldsOf(schema);
  if (fields.length === 0 || typeof value !== 'object' || value === null) return NONE;
  const record = value as Readonly<Record<string, unknown>>;
  return fields.flatMap(({ name, type, isLeft }): Finding[] => {
    const given = Object.hasOwn(record, name) ? record[name] : undefined;
    if (isLeft.has(given)) return [];
    const made = isStructure(given, type) ? 'something else: say its own type' : MISTAKES[type]?.(given);
    const isUnsure = type === 'date' && typeof given === 'string' && !INSTANT.test(given);
    if (made === undefined && !isUnsure) return [];
    const problem = () =>
      made === undefined
        ? `got ${describeValue(given)}, which z.coerce.date() reads by rules of its own: use z.iso.date() or z.iso.datetime()`
        : `got ${describeValue(given)}, of which z.coerce.${type}() makes ${made}`;
    return [{ kind: made === undefined ? 'odd-value' : 'coerced', field: name, refused: made !== undefined, problem }];
  });
}

const NONE: readonly Finding[] = [];

function fieldsOf(schema: StandardSchemaV1): readonly CoercedField[] {
  let fields = known.get(schema);
  if (fields === undefined) {
    const shape = (schema as Zod)._zod?.def?.shape ?? {};
    fields = Object.entries(shape).flatMap(([name, field]) => coercionOf(name, field));
    known.set(schema, fields);
  }
  return fields;
}

function coercionOf(name: string, field: Zod): CoercedField[] {
  const isLeft = new Set<unknown>();
  let def = field._zod?.def;
  while (def !== undefined && def.coerce !== true) {
    if (def.type === 'optional' || def.type === 'default' || def.type === 'prefault') isLeft.add(undefined);
    if (def.type === 'nullable') isLeft.add(null);
    def = (def.innerType ?? def.in)?._zod?.def;
  }
  return def?.type === undefined ? [] : [{ name, type: def.type, isLeft }];
}
