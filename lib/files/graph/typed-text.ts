import type { HeaderSettings, HeaderType } from '../../values/column-type.ts';
import { headerTypes } from '../../values/column-types.ts';
import { ContentError } from '../content-error.ts';
import { describeValue } from '../describe-value.ts';

/** Says what is odd about a cell that is taken nevertheless. */
export type NoteCell = (problem: string) => void;

/** Makes a value of a cell's text. @throws ContentError without a line */
export type TextType = (text: string, note: NoteCell) => unknown;

const NONE: HeaderSettings = {};

/**
 * Returns the type of cells under a header that names it, as neo4j-admin and Neptune do; undefined: it isn't known.
 *
 * @param settings what the header says in braces
 */
export function textType(name: string, settings = NONE): TextType | undefined {
  const type = headerTypes.get(name.toLowerCase());
  return type && ((text, note) => readCell(type, text, settings, note));
}

function readCell(type: HeaderType, text: string, settings: HeaderSettings, note: NoteCell): unknown {
  const value = type.read(text, settings);
  if (value === undefined) return refused(text, type.expected);
  const odd = type.odd?.(text);
  if (odd !== undefined) note(`got ${describeValue(text)}, which ${odd}`);
  return value;
}

export function refused(text: string, expected: string): never {
  throw new ContentError(`got ${describeValue(text)}, expected ${expected}`);
}
