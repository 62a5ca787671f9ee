import type { Class } from './driver-class.ts';
import { type Value, ValueError } from './value.ts';

/**
 * What a connection takes as values of a row: `bolt6` everything, and vectors of its own (half the bytes of a list); `typed`
 * everything, vectors as lists; `json` only what plain JSON has.
 */
export type ValueForm = 'bolt6' | 'typed' | 'json';

/**
 * One type of column: what it takes, how it is encoded, stored, read back and compared. To add a type, write a module beside the
 * others in lib/values/types and list it in lib/values/column-types.ts (docs/contributing/column-type.md).
 */
export interface ColumnType<V extends Value = Value> {
  /** Name in a column's definition: Neo4j's own, where it has the type. */
  readonly name: string;
  /** Turns any form that a flow may give into the normal form. @throws ValueError */
  encode(value: unknown): V;
  /** Whether a property can hold a list of it. */
  readonly listable: boolean;
  /** Classes whose instances are of this type, without a schema and for `z.instanceof`. */
  readonly classes?: readonly Class[];
  /** Returns whether a field of a zod object asks for this type; the first type of the table that says so gets it. */
  asked?(field: ZodField): boolean;
  /** Types that headers of neo4j-admin's and Neptune's files name, in lower case. */
  readonly headers?: Readonly<Record<string, HeaderType>>;
  /** How values of the normal form are kept. Left out where they are another type's, as JSON's texts are. */
  readonly stored?: StoredType<V>;
}

/** A type with a normal form of its own. */
export interface StorableType<V extends Value = Value> extends ColumnType<V> {
  readonly stored: StoredType<V>;
}

/** What a field of a zod object says of its own type. */
export interface ZodField {
  /** Zod's name of the schema: `string`, `number`, ... */
  readonly kind: string;
  /** Formats of the schema and its checks; `local` is of datetimes. */
  readonly formats: readonly { readonly format?: string; readonly local?: boolean }[];
}

/** How a cell under a header that names a type is read. */
export interface HeaderType {
  /** What the text should have been, for the message. */
  readonly expected: string;
  /** Reads a cell's text; undefined: it has no value of the type. */
  read(text: string, settings: HeaderSettings): unknown;
  /** Says what is odd about a text that is taken nevertheless; undefined: nothing. */
  odd?(text: string): string | undefined;
}

/** What a header says in braces after its type, by name in lower case: `timezone`, `crs`. */
export type HeaderSettings = Readonly<Record<string, unknown>>;

/** Returns a header's type whose cells are of the forms that a column's encoder takes. */
export function headerType(expected: string, encode: (text: string, settings: HeaderSettings) => unknown): HeaderType {
  return {
    expected,
    read(text, settings) {
      try {
        return encode(text.trim(), settings);
      } catch (error) {
        if (error instanceof ValueError) return undefined;
        throw error;
      }
    },
  };
}

/** How Neo4j keeps values of one normal form, and what each transport writes and reads for them. */
export interface StoredType<V extends Value = Value> {
  /** What `typeof` says of the normal form; objects are told by `classes`. */
  readonly form: 'boolean' | 'bigint' | 'number' | 'string' | 'object';
  /** Returns the canonical text: equal if and only if Neo4j would store equal values of equal types. */
  text(value: V): string;
  /** Returns canonical texts of other values that may be read back as this one. */
  alike?(value: V): readonly string[];
  /** Returns whether Neo4j holds another value, of another text, for equal: it doesn't store one over the other. */
  hasEquals?(value: V): boolean;
  /** Returns what the elements of a list must share, where the type's name doesn't tell enough. */
  kind?(value: V): string;
  /** Returns what the driver takes; left out: the value itself. */
  toBolt?(value: V): unknown;
  /** Returns the value of a property as the driver gives it; left out: it is the value. */
  fromBolt?(property: object): V;
  /** Left out of lists, which every transport has as lists. */
  readonly queryApi?: {
    /** Values of `$type` in answers that are of this type. */
    readonly types: readonly string[];
    /** Writes typed JSON: `{"$type": ..., "_value": ...}`. @throws RangeError for what can't be sent exactly */
    write(value: V): string;
    /** Reads `_value` as the driver would give it with `useBigInt`. */
    read(content: unknown): unknown;
  };
  /** How the query function's answers have it, as the server's HTTP API does; left out: as JSON has it. */
  readonly answer?: {
    /** `type` of the value's entry in `meta`. */
    readonly meta: string;
    json(value: V): string;
  };
  readonly jolt?: {
    readonly sigil: string;
    /** Reads the text as the driver would give it; undefined: it is of another type with this sigil. */
    read(text: string): unknown;
  };
  /** Says how a value goes beside a row's other properties; undefined: among them, as it is. */
  conversion?(value: V, form: ValueForm): Conversion | Unsendable | undefined;
}

/** How a value that can't be among a row's properties as it is, or must not, is sent beside them and set by Cypher. */
export interface Conversion {
  /** Equal for values that one statement can set. */
  readonly id: string;
  /** Returns what is sent. */
  send(value: Value): unknown;
  /** Returns whether a value that needs no conversion stays as it is: null for most, so that rows with and without share a statement. */
  takes(value: Value | null): boolean;
  /** Returns Cypher for the value, given what was sent; null: a procedure stores it. */
  readonly cypher: ((sent: string) => string) | null;
}

/** Why a connection has no form for a value. */
export interface Unsendable {
  readonly unsendable: string;
}

/** Returns a conversion by a Cypher function of a text or a map. */
export function byFunction<V extends Value>(name: string, send: (value: V) => unknown): Conversion {
  return {
    id: name,
    send: send as Conversion['send'],
    takes: value => value === null,
    cypher: sent => `${name}(${sent})`,
  };
}

/** Writes typed JSON of a type whose content is text. */
export function typedJson(type: string, content: string): string {
  return `{"$type":"${type}","_value":${JSON.stringify(content)}}`;
}

/**
 * Returns the formats of a type for which the Query API and Jolt have the same text.
 *
 * @param type the Query API's `$type`
 * @param read reads a text as the driver would give the value; undefined: it is another type's
 */
export function sharedText<V extends Value>(
  type: string,
  sigil: string,
  read: (text: string) => unknown,
  write: (value: V) => string = String,
): Required<Pick<StoredType<V>, 'queryApi' | 'jolt'>> {
  return {
    queryApi: {
      types: [type],
      write: value => typedJson(type, write(value)),
      read: content => readWhole(read, content as string, type),
    },
    jolt: { sigil, read },
  };
}

/** Reads a text. @throws RangeError if it is of another type than the server says */
export function readWhole(read: (text: string) => unknown, text: string, type: string): unknown {
  const value = read(text);
  if (value === undefined) throw new RangeError(`got ${text} from the database, expected a ${type}`);
  return value;
}
