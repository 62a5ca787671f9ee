import { ContentError } from '../content-error.ts';
import type { RowLayout } from '../csv/row-parser.ts';
import { describeValue } from '../describe-value.ts';

/** Returns a layout that refuses rows with a value in a column that the header doesn't name; such columns may be empty. */
export function namedColumns(layout: RowLayout): RowLayout {
  return header => {
    const rowOf = layout(header);
    const unnamed = header.flatMap((name, index) => (name === '' ? [index] : []));
    if (unnamed.length === 0) return rowOf;
    return (cells, note) => {
      const filled = unnamed.find(index => cells[index]);
      if (filled === undefined) return rowOf(cells, note);
      throw new ContentError(
        `got ${describeValue(cells[filled])} in column ${filled + 1}, which the header doesn't name: name it, :IGNORE if it is no property`,
      );
    };
  };
}
