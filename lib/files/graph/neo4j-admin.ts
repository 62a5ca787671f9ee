import { ContentError } from '../content-error.ts';
import { readRows } from '../csv/read-rows.ts';
import type { RowLayout } from '../csv/row-parser.ts';
import { describeValue } from '../describe-value.ts';
import type { GraphFormat } from '../file-format.ts';
import { firstRepeated } from '../first-repeated.ts';
import { ARRAY_DELIMITER, type GraphCsvOptions, graphCsvOptions } from './graph-csv-options.ts';
import type { GraphElement } from './graph-element.ts';
import { namedColumns } from './named-columns.ts';
import { propertiesOf } from './properties.ts';
import { refused, type TextType, textType } from './typed-text.ts';
import { vectorText } from './vector-text.ts';

/**
 * CSV with a header as `neo4j-admin database import` takes it
 * (https://neo4j.com/docs/operations-manual/current/import/header-format/): nodes by `:ID`, relationships by
 * `:START_ID` and `:END_ID`, types by `name:type`. The header is each file's first row. Only for sources that say so.
 */
export const neo4jAdmin: GraphFormat<GraphCsvOptions> = {
  extensions: [],
  contentTypes: [],
  options: graphCsvOptions,
  endProperties: false,
  read: (bytes, options) => readRows(bytes, options, namedColumns(adminLayout(options))),
};

/** Longest column name. */
const MAX_NAME_CHARACTERS = 1000;
/** What follows the colon after a column's name. */
const TYPE = /^([A-Za-z_]+)(\[\])?(?:\(([^()]*)\))?(?:\{([^{}]*)\})?$/;
const ROLES = ['ID', 'LABEL', 'START_ID', 'END_ID', 'TYPE', 'IGNORE'] as const;
type Role = (typeof ROLES)[number];

interface ColumnHeader {
  readonly name: string;
  readonly role: Role | undefined;
  readonly group: string | undefined;
  /** Of ids: what the header says they are, other than texts. */
  readonly idType?: string;
  readonly type: string;
  readonly convert: TextType;
}

/**
 * Returns the layout of files with headers as neo4j-admin and Neptune's openCypher have them.
 *
 * @param aliases other names of types, in lower case
 */
export function adminLayout(
  { arrayDelimiter = ARRAY_DELIMITER }: GraphCsvOptions,
  aliases: Readonly<Record<string, string>> = {},
): RowLayout {
  return header => {
    const columns = header.map((name, index) => columnOf(name, index, arrayDelimiter, aliases));
    const at = (role: Role) => {
      const places = columns.flatMap((column, index) => (column.role === role ? [index] : []));
      if (places.length > 1) throw new ContentError(`the header has several columns :${role}; one is supported`);
      return places[0];
    };
    const [id, label, start, end, typeAt] = [at('ID'), at('LABEL'), at('START_ID'), at('END_ID'), at('TYPE')];
    const typed = columns.flatMap(({ role, name, type, convert }, index) =>
      role === undefined || (role === 'ID' && name !== '') ? [{ name, type, convert, index }] : [],
    );
    const twice = firstRepeated(typed.map(({ name }) => name));
    if (twice) throw new ContentError(`the header has two columns ${describeValue(twice.name)}`);
    const properties = propertiesOf(typed);
    const required = (cells: readonly string[], index: number) =>
      cells[index] || refused('', `a value of ${header[index]}`);

    if (id !== undefined && start === undefined && end === undefined && typeAt === undefined) {
      const idType = columns[id]?.idType;
      return (cells, note): GraphElement => ({
        kind: 'node',
        id: required(cells, id),
        ...(idType !== undefined && { idType }),
        labels: label === undefined ? null : (cells[label] ?? '').split(arrayDelimiter).filter(name => name !== ''),
        properties: properties(cells, note),
      });
    }
    if (start === undefined || end === undefined || label !== undefined) {
      const got = columns.flatMap(({ role }) => role ?? []).join(', ');
      throw new ContentError(
        `the header has ${got || 'no :ID'}: nodes have :ID, relationships :START_ID and :END_ID` +
          (got === '' ? "; where it is a file of its own, say its columns in the source's header" : ''),
      );
    }
    const endOf = (cells: readonly string[], index: number) => {
      const group = columns[index]?.group;
      return { id: required(cells, index), ...(group === undefined ? {} : { group }) };
    };
    return (cells, note): GraphElement => ({
      kind: 'relationship',
      id: id === undefined ? null : required(cells, id),
      type: typeAt === undefined ? null : required(cells, typeAt),
      start: endOf(cells, start),
      end: endOf(cells, end),
      properties: properties(cells, note),
    });
  };
}

function columnOf(
  header: string,
  index: number,
  arrayDelimiter: string,
  aliases: Readonly<Record<string, string>>,
): ColumnHeader {
  const place = `the header's column ${index + 1}`;
  if (header.length > MAX_NAME_CHARACTERS)
    throw new ContentError(`${place} has a name of more than ${MAX_NAME_CHARACTERS} characters`);
  const { name, type: written } = partsOf(header === '' ? ':IGNORE' : header);
  const [, said = 'string', list, group, settings = ''] = written;
  const role = ROLES.find(known => known === said.toUpperCase());
  if (role === undefined || (role === 'ID' && name !== '')) {
    if (name === '') throw new ContentError(`${place}, ${describeValue(header)}, has no name`);
    if (name === '__proto__') throw new ContentError(`${place} is named __proto__, which is not allowed`);
  }
  if (role !== undefined) {
    const idType = settingsIn(settings)['id-type']?.toLowerCase();
    const isTyped = idType !== undefined && idType !== 'string' && role === 'ID';
    return { name, role, group, ...(isTyped && { idType }), type: 'string', convert: text => text };
  }
  const type = (Object.hasOwn(aliases, said.toLowerCase()) && aliases[said.toLowerCase()]) || said.toLowerCase();
  const inBraces = settingsIn(settings);
  const one = type === 'vector' ? vectorText(inBraces) : textType(type, inBraces);
  if (one === undefined || (list && type === 'vector'))
    throw new ContentError(`${place}, ${describeValue(header)}, has the type ${said}${list ?? ''}, which is not known`);
  const convert: TextType = list ? (text, note) => text.split(arrayDelimiter).map(part => one(part, note)) : one;
  return { name, role, group, type: type === 'vector' ? (inBraces.coordinatetype ?? 'double') : type, convert };
}

/** Splits a header at the first colon that a type follows. */
function partsOf(header: string): { readonly name: string; readonly type: readonly (string | undefined)[] } {
  for (let colon = header.indexOf(':'); colon !== -1; colon = header.indexOf(':', colon + 1)) {
    const type = TYPE.exec(header.slice(colon + 1));
    if (type) return { name: header.slice(0, colon), type };
  }
  return { name: header, type: [] };
}

/** Takes a pair of quotes away. */
function unquoted(text: string): string {
  const isQuoted = text.length > 1 && /^["']/.test(text) && text.endsWith(text.charAt(0));
  return isQuoted ? text.slice(1, -1) : text;
}

/** Reads `crs:WGS-84, srid: 4326`: by name in lower case, with or without quotes. */
function settingsIn(text: string): Record<string, string> {
  const entries = text.split(',').map(entry => {
    const colon = entry.indexOf(':');
    const value = entry.slice(colon + 1).trim();
    return [entry.slice(0, Math.max(0, colon)).trim().toLowerCase(), unquoted(value)];
  });
  return Object.fromEntries(entries.filter(([name]) => name !== '' && name !== '__proto__'));
}
