import { ContentError } from '../content-error.ts';
import { readRows } from '../csv/read-rows.ts';
import type { RowLayout } from '../csv/row-parser.ts';
import { describeValue } from '../describe-value.ts';
import type { GraphFormat } from '../file-format.ts';
import { firstRepeated } from '../first-repeated.ts';
import { ARRAY_DELIMITER, type GraphCsvOptions, graphCsvOptions } from './graph-csv-options.ts';
import type { GraphElement } from './graph-element.ts';
import { namedColumns } from './named-columns.ts';
import { adminLayout } from './neo4j-admin.ts';
import { propertiesOf, type TypedColumn } from './properties.ts';
import { refused, type TextType, textType } from './typed-text.ts';

/**
 * CSV as Amazon Neptune loads it: for Gremlin
 * (https://docs.aws.amazon.com/neptune/latest/userguide/bulk-load-tutorial-format-gremlin.html), vertices by `~id` and
 * `~label`, edges by `~from` and `~to` too, properties by `name:Type`, `name:Type[]`, `name:Type(single)`; or for openCypher
 * (https://docs.aws.amazon.com/neptune/latest/userguide/bulk-load-tutorial-format-opencypher.html), with headers as neo4j-admin has them,
 * and `:ID` of relationships. The header tells which. Spaces around cells are dropped, as in its examples. Only for sources that say so.
 */
export const neptune: GraphFormat<GraphCsvOptions> = {
  extensions: [],
  contentTypes: [],
  options: graphCsvOptions,
  endProperties: false,
  read: (bytes, options) => {
    const [gremlin, openCypher] = [gremlinLayout(options), adminLayout(options, ALIASES)];
    const layout: RowLayout = header => (header.some(isOpenCypher) ? openCypher : gremlin)(header);
    return readRows(bytes, { trim: true, ...options }, namedColumns(layout));
  },
};

const SYSTEM = ['~id', '~label', '~from', '~to'] as const;
/** Longest column name. */
const MAX_NAME_CHARACTERS = 1000;
const COLUMN = /^((?:[^:\\]|\\.)+)(?::([A-Za-z]+)(\[\])?(?:\((single|set)\))?(\[\])?)?$/is;

/** Its dates have a time, too: midnight where they say none. */
const ALIASES = { date: 'datetime' };

const isOpenCypher = (name: string) => /^[^~]*:(ID|START_ID|END_ID)(\([^()]*\))?$/.test(name);

const gremlinLayout =
  ({ arrayDelimiter = ARRAY_DELIMITER }: GraphCsvOptions): RowLayout =>
  header => {
    const twice = firstRepeated(header.filter(name => name !== ''));
    if (twice) throw new ContentError(`the header has two columns ${describeValue(twice.name)}`);
    const [id, label, from, to] = SYSTEM.map(name => header.indexOf(name)) as [number, number, number, number];
    const columns = header.flatMap((name, index) => {
      if (name === '' || (SYSTEM as readonly string[]).includes(name)) return [];
      return [columnOf(name, index, arrayDelimiter)];
    });
    const edge = from >= 0 || to >= 0;
    if (id < 0 || (edge && (from < 0 || to < 0)))
      throw new ContentError(
        'the header needs ~id of vertices, and ~id, ~from and ~to of edges (Gremlin), or :ID, or :START_ID and :END_ID (openCypher)',
      );
    const required = (cells: readonly string[], index: number) =>
      cells[index] || refused('', `a value of ${header[index]}`);
    const properties = propertiesOf(columns);
    // Without a label Gremlin supplies these.
    const labelOf = (cells: readonly string[]) => (label < 0 ? '' : cells[label]) || (edge ? 'edge' : 'vertex');
    return (cells, note): GraphElement => {
      if (!edge) {
        const labels = partsOf(labelOf(cells), arrayDelimiter);
        return { kind: 'node', id: required(cells, id), labels, properties: properties(cells, note) };
      }
      return {
        kind: 'relationship',
        id: required(cells, id),
        type: labelOf(cells),
        start: { id: required(cells, from) },
        end: { id: required(cells, to) },
        properties: properties(cells, note),
      };
    };
  };

function columnOf(header: string, index: number, arrayDelimiter: string): TypedColumn {
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
  const convert: TextType =
    list || lateList ? (text, note) => partsOf(text, arrayDelimiter).map(part => one(part, note)) : one;
  return { name, type: type.toLowerCase(), convert, index };
}

function typeOf(type: string): TextType | undefined {
  if (type === 'date') return textType(ALIASES.date);
  const known = ['string', 'bool', 'boolean', 'byte', 'short', 'int', 'long', 'float', 'double', 'datetime'];
  return known.includes(type) ? textType(type) : undefined;
}

/** Splits at a delimiter, which is none after a backslash; empty parts are none. */
function partsOf(text: string, delimiter: string): string[] {
  const parts: string[] = [];
  let start = 0;
  for (let at = 0; at <= text.length; at += 1) {
    const escaped = text[at] === '\\';
    if (escaped) at += 1;
    if (at < text.length && (escaped || text[at] !== delimiter)) continue;
    if (at > start) parts.push(text.slice(start, at).replaceAll(`\\${delimiter}`, delimiter));
    start = at + 1;
  }
  return parts;
}
