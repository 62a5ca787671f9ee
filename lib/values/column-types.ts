/** The types of columns, each a module of lib/values/types, and how they are looked up. */
import { DefinitionError } from '../errors.ts';
import type { ColumnType, HeaderType, StorableType, StoredType, ZodField } from './column-type.ts';
import { markOf, prototypesOf } from './driver-class.ts';
import { booleanType } from './types/boolean.ts';
import { bytesType } from './types/bytes.ts';
import { dateType } from './types/date.ts';
import { durationType } from './types/duration.ts';
import { floatType } from './types/float.ts';
import { integerType } from './types/integer.ts';
import { jsonType } from './types/json.ts';
import { listType, storedList } from './types/list.ts';
import { localDateTimeType } from './types/local-datetime.ts';
import { localTimeType } from './types/local-time.ts';
import { pointType } from './types/point.ts';
import { stringType } from './types/string.ts';
import { anyVectorType, vectorDimension, vectorType } from './types/vector.ts';
import { zonedDateTimeType } from './types/zoned-datetime.ts';
import { zonedTimeType } from './types/zoned-time.ts';
import { fail, type Value } from './value.ts';

/** Encodes by the value's own class: as documented of `ANY` in docs/types.md. */
const anyType: ColumnType = {
  name: 'ANY',
  encode: encodeAny,
  listable: true,
  asked: ({ kind }) => kind === 'any' || kind === 'unknown',
};

/** Every type that has one name. To add one: a module in types/, and its name here. What a zod field asks for is the first that takes it: special ones before general ones. */
const TYPES: readonly ColumnType[] = [
  booleanType,
  integerType,
  floatType,
  bytesType,
  dateType,
  localTimeType,
  zonedTimeType,
  localDateTimeType,
  zonedDateTimeType,
  durationType,
  stringType,
  pointType,
  jsonType,
  anyType,
];

const BY_NAME: ReadonlyMap<string, ColumnType> = new Map(TYPES.map(type => [type.name, type]));

/** A list of any one type, as lists are stored and compared whatever their column says. */
const anyListType: StorableType<readonly Value[]> = {
  ...listType(anyType, typeOf),
  name: 'LIST',
  stored: storedList(value => typeOf(value).stored),
};

/** Types by the prototype of their values, or by the mark that the prototype of another copy of the driver has. */
const BY_CLASS: ReadonlyMap<unknown, ColumnType> = new Map(
  [...TYPES, anyVectorType].flatMap(type =>
    (type.classes ?? []).flatMap(({ prototype }): [unknown, ColumnType][] => {
      const mark = markOf(prototype);
      return [[prototype, type], ...(mark === undefined ? [] : [[mark, type] as [unknown, ColumnType]])];
    }),
  ),
);

/**
 * Returns the type of a name: those of docs/types.md, `VECTOR<FLOAT32>(n)`, and `LIST<...>` of one that a property can hold lists of.
 *
 * @throws DefinitionError for any other name
 */
export function columnType(name: string): ColumnType {
  const known = BY_NAME.get(name);
  if (known !== undefined) return known;
  const dimension = vectorDimension(name);
  if (dimension !== undefined) return vectorType(dimension);
  const element = /^LIST<(.+)>$/.exec(name)?.[1];
  if (element !== undefined) return listType(columnType(element), typeOf);
  throw new DefinitionError(
    `column type ${JSON.stringify(name)} is not known; use ${[...BY_NAME.keys()].join(', ')}, VECTOR<FLOAT32>(n), or LIST<...> of one`,
  );
}

/** Returns the type that a field of a zod object asks for by itself. */
export function typeAskedBy(field: ZodField): ColumnType | undefined {
  return TYPES.find(type => type.asked?.(field));
}

/** Returns the type of a class's instances; undefined: no column can hold them. */
export function typeOfClass({ prototype }: { readonly prototype: object }): ColumnType | undefined {
  return typeOfPrototypes([prototype, ...prototypesOf(prototype)]);
}

/** Returns the type of an object by its class; undefined: it is of none. */
export function typeOfObject(value: object): ColumnType | undefined {
  return BY_CLASS.get(Object.getPrototypeOf(value)) ?? typeOfPrototypes(prototypesOf(value));
}

function typeOfPrototypes(prototypes: Iterable<object>): ColumnType | undefined {
  for (const prototype of prototypes) {
    const mark = markOf(prototype);
    const type = BY_CLASS.get(prototype) ?? (mark === undefined ? undefined : BY_CLASS.get(mark));
    if (type !== undefined) return type;
  }
  return undefined;
}

/** Returns the type that a value of normal form is stored as. */
export function typeOf(value: Value): StorableType {
  switch (typeof value) {
    case 'boolean':
      return booleanType;
    case 'bigint':
      return integerType;
    case 'number':
      return floatType;
    case 'string':
      return stringType;
  }
  return Array.isArray(value) ? anyListType : (typeOfObject(value) as StorableType);
}

/** Returns the canonical text of a value: equal texts if and only if Neo4j would store equal values of equal types. */
export function valueText(value: Value): string {
  return typeOf(value).stored.text(value);
}

function encodeAny(value: unknown): Value {
  switch (typeof value) {
    case 'number':
      return Number.isSafeInteger(value) && !Object.is(value, -0) ? BigInt(value) : value;
    case 'boolean':
    case 'bigint':
    case 'string':
      return typeOf(value).encode(value);
  }
  if (typeof value !== 'object' || value === null) return fail(value, 'a value that Neo4j can store');
  if (Array.isArray(value)) return anyListType.encode(value);
  return (typeOfObject(value) ?? jsonType).encode(value);
}

/** Types by the names that headers of exports have for them. */
export const headerTypes: ReadonlyMap<string, HeaderType> = new Map(
  TYPES.flatMap(({ headers = {} }) => Object.entries(headers)),
);

/** Types by the `$type` that the Query API's answers have. */
export const queryApiTypes: ReadonlyMap<string, StoredType> = new Map(
  storables().flatMap(({ stored }) =>
    (stored.queryApi?.types ?? []).map((type): [string, StoredType] => [type, stored]),
  ),
);

/** Reads a text of Jolt as the driver would give the value; undefined: no type has it. */
export function readJolt(sigil: string, text: string): unknown {
  for (const { stored } of JOLT.get(sigil) ?? []) {
    const value = stored.jolt?.read(text);
    if (value !== undefined) return value;
  }
  return undefined;
}

const JOLT: ReadonlyMap<string | undefined, readonly StorableType[]> = Map.groupBy(
  storables(),
  ({ stored }) => stored.jolt?.sigil,
);

function storables(): StorableType[] {
  return [...TYPES, anyVectorType].filter((type): type is StorableType => type.stored !== undefined);
}
