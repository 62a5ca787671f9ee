import { ContentError } from '../content-error.ts';
import { describeValue } from '../describe-value.ts';
import { firstRepeated } from '../first-repeated.ts';
import type { CsvOptions } from './csv-options.ts';
import { isNullWord } from './likely-cause.ts';
import type { RowLayout } from './row-parser.ts';

export type CsvRecord = Readonly<Partial<Record<string, string>>>;

/** Commas and line ends are in many a text, tabs in few. */
const SWALLOWED =
  "has a tab after a line end between quotes, as if it had swallowed rows: if quotes are text in this file, set the source's quote: ''";

/**
 * A record is an object of the cells by the names in the header; an empty cell is an absent field. A column without a name is `column0`, and
 * so on, by its place. Words for an absent value are noted, unless the source says which there are.
 */
export function recordByName({ nullValues, delimiter }: CsvOptions): RowLayout {
  return header => {
    const names = header.map((name, index) => (name === '' ? `column${index}` : name));
    names.forEach((name, index) => {
      if (name === '__proto__')
        throw new ContentError(`the header's column ${index + 1} is named __proto__, which is not allowed`);
    });
    const twice = firstRepeated(names);
    if (twice) {
      const place = `the header's column ${twice.index + 1}`;
      const advice = "rename one, or name the columns by the source's header and skipRows: 1";
      throw new ContentError(
        `${place} has the same name as column ${twice.first + 1}: ${describeValue(twice.name)}: ${advice}`,
      );
    }
    return (cells, note) => {
      const value: Partial<Record<string, string>> = {};
      for (let index = 0; index < names.length; index += 1) {
        const cell = cells[index];
        if (!cell) continue;
        const name = names[index] as string;
        value[name] = cell;
        const line = delimiter === '\t' ? cell.indexOf('\n') : -1;
        if (line !== -1 && cell.includes('\t', line)) note('odd-value', name, SWALLOWED);
        if (nullValues === undefined && isNullWord(cell))
          note(
            'null-word',
            name,
            `got ${cell.trim() || 'blanks'} and took ${cell.trim() ? 'it' : 'them'} for a text: ${cell.trim() ? 'nullValues' : 'trim: true'} makes such cells absent`,
          );
      }
      return value;
    };
  };
}
