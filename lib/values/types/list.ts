import { DefinitionError } from '../../errors.ts';
import type { ColumnType, Conversion, StorableType, StoredType } from '../column-type.ts';
import { fail, type Value, ValueError } from '../value.ts';
import { floatType } from './float.ts';
import { anyVectorType } from './vector.ts';

/**
 * Returns the type of a column of lists, all of whose elements are of one type; integers and floats together are floats.
 *
 * @param stored the type that a value of normal form is stored as
 * @throws DefinitionError for a type that no property can hold lists of
 */
export function listType(element: ColumnType, stored: (value: Value) => StorableType): ColumnType<readonly Value[]> {
  const name = `LIST<${element.name}>`;
  if (!element.listable) throw new DefinitionError(`no property can hold a ${name}; use JSON`);
  return {
    name,
    encode: value => (Array.isArray(value) ? encodeList(value, element, stored) : fail(value, 'a list')),
    listable: false,
  };
}

function encodeList(
  values: readonly unknown[],
  element: ColumnType,
  stored: (value: Value) => StorableType,
): readonly Value[] {
  const encoded = Array.from(values, (value, index) => {
    if (value === null || value === undefined) throw new ValueError(`got null at ${index}, which no list can hold`);
    return element.encode(value);
  });
  const types = new Map<string, StorableType>();
  for (const value of encoded) {
    const type = stored(value);
    types.set(type.stored.kind?.(value) ?? type.name, type);
  }
  if (types.size === 2 && types.has('INTEGER') && types.has('FLOAT')) return encoded.map(floatType.encode);
  if (types.size > 1) throw new ValueError(`got a list of ${[...types.keys()].join(' and ')}, expected one type`);
  for (const [name, { listable }] of types) {
    if (!listable) throw new ValueError(`got a list of ${name}, which no property can hold`);
  }
  return encoded;
}

/** Returns how lists are kept, given how their elements are. */
export function storedList(stored: (value: Value) => StoredType): StoredType<readonly Value[]> {
  return {
    form: 'object',
    text: values => `[${values.map(value => stored(value).text(value)).join(',')}]`,
    // Of a vector the server gives back no more than its numbers.
    alike: values =>
      values.length > 0 && values.every(isFloat32) ? [anyVectorType.stored.text(Float32Array.from(values))] : [],
    toBolt: values => values.map(value => stored(value).toBolt?.(value) ?? value),
    conversion(values, form) {
      const found = values.map(value => stored(value).conversion?.(value, form)).find(each => each !== undefined);
      return found === undefined || 'unsendable' in found ? found : ofEach(found);
    },
  };
}

function ofEach({ id, send, takes, cypher }: Conversion): Conversion {
  return {
    id: `${id}[]`,
    send: value => (value as readonly Value[]).map(send),
    takes: value => value === null || (Array.isArray(value) && value.every(takes)),
    cypher: sent => `[x IN ${sent} | ${cypher?.('x')}]`,
  };
}

/** Tells a float32 by its digits: all of them, or (by tx/commit) no more than it takes to tell it from others. */
function isFloat32(value: Value): value is number {
  return typeof value === 'number' && (Object.is(Math.fround(value), value) || Number(value.toPrecision(9)) === value);
}
