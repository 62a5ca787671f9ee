import { FLOAT_COLUMNS, type WithFloats } from '../../values/float-columns.ts';
import { ContentError } from '../content-error.ts';
import type { NoteValue } from '../csv/row-parser.ts';
import type { Properties } from './graph-element.ts';
import type { TextType } from './typed-text.ts';

/** A column of a header with types. */
export interface TypedColumn {
  readonly name: string;
  /** Lower case, of a list or a vector that of its elements. */
  readonly type: string;
  readonly convert: TextType;
  /** Its place in a row. */
  readonly index: number;
}

const FLOATS: readonly string[] = ['float', 'double'];

/** Returns a function that makes properties of a row's cells: an empty cell has none. @throws ContentError that names the column */
export function propertiesOf(
  columns: readonly TypedColumn[],
): (cells: readonly string[], note: NoteValue) => Properties {
  const floats = new Set(columns.filter(({ type }) => FLOATS.includes(type)).map(({ name }) => name));
  return (cells, note) => {
    const values: Record<string, unknown> & WithFloats = {};
    if (floats.size > 0) values[FLOAT_COLUMNS] = floats;
    let column = '';
    try {
      for (const { name, convert, index } of columns) {
        const cell = cells[index];
        if (!cell) continue;
        column = name;
        values[name] = convert(cell, problem => note('odd-value', name, problem));
      }
    } catch (error) {
      throw error instanceof ContentError ? new ContentError(`${column}: ${error.message}`) : error;
    }
    return values;
  };
}
