import type { StandardSchemaV1 } from '@standard-schema/spec';
import { shorten } from './describe-value.ts';
import { didYouMean, plainName } from './did-you-mean.ts';
import { type SchemaShape, shapeOf } from './schema-shape.ts';

/** How a source treats columns and fields that its record schema doesn't have. */
export type UnknownColumnsOption = 'reject' | 'warn' | 'ignore';

/** What is wrong, or odd, with a field of a record that its schema takes. */
export interface Finding {
  readonly kind: string;
  /** Names from the record down, joined by `.`. */
  readonly field: string;
  readonly problem: () => string;
  /** Whether the record is refused for it, not only noted. */
  readonly refused: boolean;
}

type Fields = NonNullable<SchemaShape['fields']>;

const MAX_NAME_CHARACTERS = 200;

/**
 * Finds the values of a record that its schema has no field for, and so leaves out in silence: zod's and Valibot's objects do, others
 * can't be looked into. Empty ones (null, absent, of CSV empty cells) are none.
 *
 * Without the option a name that differs from that of an empty field by case, blanks, `_`, `-`, `.` or quotes alone is refused,
 * and others are noted.
 */
export function unknownColumns(
  schema: StandardSchemaV1,
  value: unknown,
  option?: UnknownColumnsOption,
): readonly Finding[] {
  if (option === 'ignore') return NONE;
  const shape = shapeOf(schema);
  return shape === undefined ? NONE : inValue(shape, value, '', option);
}

const NONE: readonly Finding[] = [];

function inValue(shape: SchemaShape, value: unknown, above: string, option?: UnknownColumnsOption) {
  if (typeof value !== 'object' || value === null) return NONE;
  let found: Finding[] | undefined;
  // Pushed one by one: a record may have any number, and a list made anew for each costs the square of it.
  const add = (columns: readonly Finding[]) => {
    if (columns.length === 0) return;
    found ??= [];
    for (const column of columns) found.push(column);
  };
  if (Array.isArray(value)) {
    const { element } = shape;
    if (element === undefined) return NONE;
    for (let index = 0; index < value.length; index += 1) {
      const item: unknown = value[index];
      // Most long lists are of numbers.
      if (typeof item === 'object') add(inValue(element, item, `${above}${index}.`, option));
    }
    return found ?? NONE;
  }
  const { fields } = shape;
  if (fields === undefined) return NONE;
  const record = value as Readonly<Record<string, unknown>>;
  for (const name in record) {
    const given = record[name];
    if (given === null || given === undefined) continue;
    const inner = fields.get(name);
    if (inner === undefined) add([unknown(name, record, fields, above, option)]);
    else if (typeof given === 'object') {
      const below = inner();
      if (below !== undefined) add(inValue(below, given, `${above}${name}.`, option));
    }
  }
  return found ?? NONE;
}

function unknown(
  name: string,
  record: Readonly<Record<string, unknown>>,
  fields: Fields,
  above: string,
  option?: UnknownColumnsOption,
): Finding {
  const isEmpty = (field: string) => (record[field] ?? null) === null;
  const twin = twins(fields, name).find(isEmpty);
  const refused = option === 'reject' || (option === undefined && twin !== undefined);
  return {
    kind: 'unknown-column',
    field: shorten(`${above}${name}`, MAX_NAME_CHARACTERS),
    refused,
    problem: () => {
      const meant = twin ?? didYouMean(name, [...fields.keys()].filter(isEmpty));
      const question = meant === undefined ? '' : `: did you mean ${shorten(meant)}, which is empty?`;
      const advice = refused ? " (unknownColumns: 'ignore' leaves such columns out)" : '';
      return `the record schema has no such field${question}${advice}`;
    },
  };
}

/** Names remembered of one schema: a file of JSON may have any number of them. */
const MAX_NAMES = 1000;

/** By the fields of a schema: of each unknown name the fields of the same plain name. */
const twinsOf = new WeakMap<Fields, Map<string, readonly string[]>>();

function twins(fields: Fields, name: string): readonly string[] {
  const noted = twinsOf.get(fields) ?? new Map<string, readonly string[]>();
  twinsOf.set(fields, noted);
  let found = noted.get(name);
  if (found === undefined) {
    const plain = plainName(name);
    found = [...fields.keys()].filter(field => plainName(field) === plain);
    if (noted.size < MAX_NAMES) noted.set(name, found);
  }
  return found;
}
