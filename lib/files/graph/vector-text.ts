import { ContentError } from '../content-error.ts';
import { refused, type TextType, textType } from './typed-text.ts';

/** Whatever the delimiter of lists is: the importer has another option for it. */
const DELIMITER = ';';

/**
 * Returns the type of cells under `vector{coordinateType:float,dimensions:3}`. Vectors of `float` are float32 vectors; those of other
 * coordinates, for which graphdrop has no vectors, lists of their numbers.
 *
 * @throws ContentError without a line for other coordinates
 */
export function vectorText({ coordinatetype = 'double', dimensions }: Readonly<Record<string, unknown>>): TextType {
  const one = ['byte', 'short', 'int', 'long', 'float', 'double'].includes(String(coordinatetype).toLowerCase())
    ? textType(String(coordinatetype))
    : undefined;
  if (one === undefined) throw new ContentError(`has the coordinateType ${coordinatetype}, which is not known`);
  return (text, note) => {
    const numbers = text.split(DELIMITER).map(number => one(number, note));
    if (dimensions !== undefined && numbers.length !== Number(dimensions))
      return refused(text, `${dimensions} numbers, not ${numbers.length}`);
    if (String(coordinatetype).toLowerCase() !== 'float') return numbers;
    const vector = Float32Array.from(numbers as number[]);
    return vector.every(Number.isFinite) ? vector : refused(text, 'finite numbers of 32 bits');
  };
}
