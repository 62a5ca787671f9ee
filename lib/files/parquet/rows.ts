import { FLOAT_COLUMNS, type WithFloats } from '../../values/float-columns.ts';
import { ContentError } from '../content-error.ts';
import { describeValue } from '../describe-value.ts';
import type { ColumnCursor } from './column.ts';
import { leavesOf, type ParquetField } from './schema.ts';

type Read = () => unknown;

/**
 * Puts rows together from their columns, as Dremel does
 * (https://research.google/pubs/dremel-interactive-analysis-of-web-scale-datasets/): the first column of a field tells by
 * its levels whether the field is there and how long its list goes on.
 *
 * @returns gives the next row. @throws ContentError where columns disagree
 */
export function rowReader(
  fields: readonly ParquetField[],
  cursors: ReadonlyMap<string, ColumnCursor>,
): () => Record<string, unknown> {
  const readers = fields.map(field => [field.name, reader(field, cursors)] as const);
  const all = [...cursors.values()];
  const floats = new Set(fields.filter(isFloat).map(({ name }) => name));
  return () => {
    const row: Record<string, unknown> & WithFloats = {};
    if (floats.size > 0) row[FLOAT_COLUMNS] = floats;
    for (const [name, read] of readers) row[name] = read();
    for (const cursor of all) cursor.rowTaken();
    return row;
  };
}

/** Returns whether a column, or the list that it is, has the type FLOAT, DOUBLE or FLOAT16. */
function isFloat({ kind, element, children: [inner] }: ParquetField): boolean {
  if (kind === 'leaf') return /^(FLOAT|DOUBLE)$/.test(element.type ?? '') || element.logical_type?.type === 'FLOAT16';
  return (kind === 'list' || kind === 'wrapper') && inner !== undefined && isFloat(inner);
}

function reader(field: ParquetField, cursors: ReadonlyMap<string, ColumnCursor>): Read {
  const below = leavesOf(field).flatMap(leaf => cursors.get(leaf.path) ?? []);
  const [first] = below;
  if (first === undefined) return () => null;
  const skip = () => {
    for (const cursor of below) cursor.skip();
  };
  const content = contentReader(field, first, cursors);
  const { definition, repetition } = field;
  switch (field.element.repetition_type) {
    case 'REQUIRED':
      return content;
    case 'OPTIONAL':
      return () => {
        if (first.definition >= definition) return content();
        skip();
        return null;
      };
    default:
      return () => {
        const list: unknown[] = [];
        if (first.definition < definition) skip();
        else
          do list.push(content());
          while (first.repetition === repetition);
        return list;
      };
  }
}

function contentReader(field: ParquetField, first: ColumnCursor, cursors: ReadonlyMap<string, ColumnCursor>): Read {
  if (field.kind === 'leaf') return () => first.take();
  const children = field.children.map(child => [child.name, reader(child, cursors)] as const);
  const inner = children[0]?.[1] ?? (() => null);
  switch (field.kind) {
    case 'list':
    case 'wrapper':
      return inner;
    case 'map': {
      const [key, value] = field.children[0]?.children.map(({ name }) => name) ?? [];
      return () => mapOf(inner() as Record<string, unknown>[], key ?? '', value ?? '');
    }
    default:
      return () => {
        const struct: Record<string, unknown> = {};
        for (const [name, read] of children) struct[name] = read();
        return struct;
      };
  }
}

/** A map as an object: keys that are numbers become texts, as in JSON. */
function mapOf(entries: readonly Record<string, unknown>[], key: string, value: string): Record<string, unknown> {
  const map: Record<string, unknown> = {};
  for (const entry of entries) {
    const name = entry[key];
    if (name === '__proto__')
      throw new ContentError('has a map with the key __proto__, which is not allowed: rename it');
    if (!['string', 'number', 'bigint', 'boolean'].includes(typeof name))
      throw new ContentError(`has a map with the key ${describeValue(name)}: keys are texts, numbers or booleans`);
    map[String(name)] = entry[value];
  }
  return map;
}
