import type { SchemaElement } from 'hyparquet';
import { ContentError } from '../content-error.ts';
import { describeValue } from '../describe-value.ts';
import { firstRepeated } from '../first-repeated.ts';

/** A field of a Parquet schema (https://parquet.apache.org/docs/file-format/types/). */
export interface ParquetField {
  readonly name: string;
  /** Names from the top, joined as in the file's column paths. */
  readonly path: string;
  readonly element: SchemaElement;
  readonly children: readonly ParquetField[];
  /** `leaf`: has values; `wrapper`: the repeated group of a list, which is no part of the record. */
  readonly kind: 'leaf' | 'struct' | 'list' | 'map' | 'wrapper';
  /** Definition level from which on the field is there, and its repetition level. */
  readonly definition: number;
  readonly repetition: number;
}

/** Separates names in {@link ParquetField.path}: names may have dots, and no name can have this. */
const SEPARATOR = '\0';

export function columnPath(names: readonly string[]): string {
  return names.join(SEPARATOR);
}

/** Limits of a schema. */
export interface SchemaLimits {
  readonly maxColumns: number;
  readonly maxDepth: number;
}

/** Returns the top-level fields of a schema. @throws ContentError for one that means nothing, or goes beyond a limit */
export function schemaFields(elements: readonly SchemaElement[], limits: SchemaLimits): ParquetField[] {
  let next = 1;
  let leaves = 0;

  const fieldsOf = (parent: SchemaElement, names: readonly string[], definition: number, repetition: number) => {
    const count = parent.num_children;
    if (typeof count !== 'number' || count < 1 || count > elements.length - next)
      throw new ContentError(`has a schema in which ${describeValue(parent.name)} has ${describeValue(count)} fields`);
    const fields = Array.from({ length: count }, () => fieldOf(names, definition, repetition));
    const twice = firstRepeated(fields.map(({ name }) => name));
    if (twice) throw new ContentError(`has a schema with two fields ${describeValue(twice.name)} in one place`);
    return fields;
  };
  const fieldOf = (above: readonly string[], definitionAbove: number, repetitionAbove: number): ParquetField => {
    const element = elements[next];
    next += 1;
    if (element === undefined) throw new ContentError('has a schema that ends too early');
    const { name, repetition_type: repeat } = element;
    if (typeof name !== 'string' || name === '' || name === '__proto__' || name.includes(SEPARATOR))
      throw new ContentError(`has a schema with a field named ${describeValue(name)}, which is not allowed`);
    if (repeat === undefined) throw new ContentError(`has a schema in which ${describeValue(name)} has no repetition`);
    if (above.length >= limits.maxDepth)
      throw new ContentError(`has a schema nested more than ${limits.maxDepth} deep (maxDepth)`);
    const names = [...above, name];
    const definition = definitionAbove + (repeat === 'REQUIRED' ? 0 : 1);
    const repetition = repetitionAbove + (repeat === 'REPEATED' ? 1 : 0);
    const field = { name, path: columnPath(names), element, definition, repetition };
    if (element.type !== undefined) {
      leaves += 1;
      if (leaves > limits.maxColumns) throw new ContentError(`has more than ${limits.maxColumns} columns (maxColumns)`);
      return { ...field, children: [], kind: 'leaf' };
    }
    const children = fieldsOf(element, names, definition, repetition);
    return withKind({ ...field, children, kind: 'struct' });
  };

  const root = elements[0];
  if (root === undefined) throw new ContentError('has no schema');
  const fields = fieldsOf(root, [], 0, 0);
  if (next !== elements.length) throw new ContentError('has a schema with more fields than it has room for');
  return fields;
}

/** Returns all columns of a field, in order. */
export function leavesOf(field: ParquetField): ParquetField[] {
  return field.kind === 'leaf' ? [field] : field.children.flatMap(leavesOf);
}

function withKind(field: ParquetField): ParquetField {
  const { element, children, name } = field;
  const { converted_type: converted, logical_type: logical } = element;
  if (logical?.type === 'VARIANT')
    throw new ContentError(`has the VARIANT column ${describeValue(name)}, not supported`);
  const [inner] = children;
  if (inner === undefined || children.length > 1 || inner.element.repetition_type !== 'REPEATED') return field;
  if (converted === 'LIST' || logical?.type === 'LIST') {
    // https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#lists, with its rules for older writers
    const isElement =
      inner.children.length !== 1 ||
      inner.kind !== 'struct' ||
      inner.name === 'array' ||
      inner.name === `${name}_tuple`;
    return { ...field, kind: 'list', children: [isElement ? inner : { ...inner, kind: 'wrapper' }] };
  }
  const isMap = converted === 'MAP' || converted === 'MAP_KEY_VALUE' || logical?.type === 'MAP';
  return isMap && inner.children.length === 2 ? { ...field, kind: 'map' } : field;
}
