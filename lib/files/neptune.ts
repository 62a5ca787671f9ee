import type { GraphElement } from '../graph/graph-element.ts';
import { ContentError, type FileFormat } from '../graph/record-reader.ts';
import { readRows } from './csv.ts';
import type { RowLayout } from './csv-rows.ts';
import { describeValue } from './describe-value.ts';
import { instant, refused, type TextType, textTypes } from './typed-text.ts';

/**
 * CSV as Amazon Neptune loads it for Gremlin
 * (https://docs.aws.amazon.com/neptune/latest/userguide/bulk-load-tutorial-format-gremlin.html): vertices by `~id` and
 * `~label`, edges by `~from` and `~to` besides, properties by `name:Type`, `name:Type[]`, `name:Type(single)`. Spaces
 * around cells are dropped, as in its examples. Only for sources that say so.
 */
export const neptune: FileFormat = {
  extensions: [],
  contentTypes: [],
  read: (bytes, options) => readRows(bytes, options, layout, true),
};

const SYSTEM = ['~id', '~label', '~from', '~to'] as const;
/** Longest column name; matching longer ones would take time that grows with their square. */
const MAX_NAME_CHARACTERS = 1000;
const COLUMN = /^((?:[^:\\]|\\.)+)(?::([A-Za-z]+)(\[\])?(?:\((single|set)\))?(\[\])?)?$/is;

const layout: RowLayout = header => {
  header.forEach((name, index) => {
    if (header.indexOf(name) < index) throw new ContentError(`the header has two columns ${describeValue(name)}`);
  });
  const [id, label, from, to] = SYSTEM.map(name => header.indexOf(name)) as [number, number, number, number];
  const columns = header.flatMap((name, index) => {
    if ((SYSTEM as readonly string[]).includes(name)) return [];
    return [{ ...columnOf(name, index), index }];
  });
  const edge = from >= 0 || to >= 0;
  if (id < 0 || (edge && (from < 0 || to < 0)))
    throw new ContentError('the header needs ~id of vertices, and ~id, ~from and ~to of edges');
  const required = (cells: readonly string[], index: number) =>
    cells[index] || refused('', `a value of ${header[index]}`);
  const propertiesOf = (cells: readonly string[]) => {
    const values: Record<string, unknown> = {};
    for (const { name, convert, index } of columns) {
      const cell = cells[index];
      if (cell) values[name] = convert(cell);
    }
    return values;
  };
  // Without a label Gremlin supplies these.
  const labelOf = (cells: readonly string[]) => (label < 0 ? '' : cells[label]) || (edge ? 'edge' : 'vertex');
  return (cells): GraphElement => {
    const properties = propertiesOf(cells);
    if (!edge) return { kind: 'node', id: required(cells, id), labels: partsOf(labelOf(cells)), properties };
    return {
      kind: 'relationship',
      id: required(cells, id),
      type: labelOf(cells),
      start: { id: required(cells, from) },
      end: { id: required(cells, to) },
      properties,
    };
  };
};

function columnOf(header: string, index: number): { name: string; convert: TextType } {
  const place = `the header's column ${index + 1}, ${describeValue(header)},`;
  if (header.length > MAX_NAME_CHARACTERS)
    throw new ContentError(`${place} has a name of more than ${MAX_NAME_CHARACTERS} characters`);
  const [, written, type = 'String', list, , lateList] = COLUMN.exec(header) ?? [];
  if (written === undefined || written.startsWith('~'))
    throw new ContentError(`${place} is neither ${SYSTEM.join(', ')} nor name:Type`);
  const name = written.replace(/\\(.)/gs, '$1');
  if (name === '__proto__') throw new ContentError(`${place} is not allowed`);
  const one = typeOf(type.toLowerCase());
  if (one === undefined) throw new ContentError(`${place} has the type ${type}, which is not known`);
  const convert = (text: string) => {
    try {
      return list || lateList ? partsOf(text).map(one) : one(text);
    } catch (error) {
      throw error instanceof ContentError ? new ContentError(`${name}: ${error.message}`) : error;
    }
  };
  return { name, convert };
}

function typeOf(type: string): TextType | undefined {
  if (type === 'bool') return textTypes.boolean;
  if (type === 'date' || type === 'datetime') return instant;
  const known = ['string', 'boolean', 'byte', 'short', 'int', 'long', 'float', 'double'];
  return known.includes(type) ? textTypes[type] : undefined;
}

/** Splits at `;`, which `\;` is not; empty parts are none. */
function partsOf(text: string): string[] {
  const parts = text.match(/(?:\\.|[^;\\])+|\\$/gs) ?? [];
  return parts.map(part => part.replaceAll('\\;', ';'));
}
