import type { GraphElement } from '../graph/graph-element.ts';
import { ContentError, type FileFormat } from '../graph/record-reader.ts';
import { readRows } from './csv.ts';
import type { RowLayout } from './csv-rows.ts';
import { describeValue } from './describe-value.ts';
import { number, refused, type TextType, textTypes } from './typed-text.ts';

/**
 * CSV with a header as `neo4j-admin database import` takes it
 * (https://neo4j.com/docs/operations-manual/current/import/#import-tool-header-format): nodes by `:ID`, relationships by
 * `:START_ID` and `:END_ID`, types by `name:type`. The header is each file's first row. Lists, labels and vectors are
 * separated by `;`. Only for sources that say so.
 */
export const neo4jAdmin: FileFormat = {
  extensions: [],
  contentTypes: [],
  read: (bytes, options) => readRows(bytes, options, layout),
};

const LIST_DELIMITER = ';';
/** Longest column name; matching longer ones would take time that grows with their square. */
const MAX_NAME_CHARACTERS = 1000;
const COLUMN = /^(.*?)(?::([A-Za-z_]+)(\[\])?(?:\(([^()]*)\))?(?:\{(.*)\})?)?$/s;
const ROLES = ['ID', 'LABEL', 'START_ID', 'END_ID', 'TYPE', 'IGNORE'] as const;
type Role = (typeof ROLES)[number];

interface ColumnHeader {
  readonly name: string;
  readonly role: Role | undefined;
  readonly group: string | undefined;
  readonly convert: TextType;
}

const layout: RowLayout = header => {
  const columns = header.map(columnOf);
  const at = (role: Role) => {
    const places = columns.flatMap((column, index) => (column.role === role ? [index] : []));
    if (places.length > 1) throw new ContentError(`the header has several columns :${role}; one is supported`);
    return places[0];
  };
  const [id, label, start, end, type] = [at('ID'), at('LABEL'), at('START_ID'), at('END_ID'), at('TYPE')];
  const properties = columns.flatMap(({ role, name, convert }, index) =>
    role === undefined || (role === 'ID' && name !== '') ? [{ name, convert, index }] : [],
  );
  properties.forEach(({ name }, index) => {
    if (properties.findIndex(other => other.name === name) < index)
      throw new ContentError(`the header has two columns ${describeValue(name)}`);
  });
  const propertiesOf = (cells: readonly string[]) => {
    const values: Record<string, unknown> = {};
    for (const { name, convert, index } of properties) {
      const cell = cells[index];
      if (cell) values[name] = inColumn(name, () => convert(cell));
    }
    return values;
  };
  const required = (cells: readonly string[], index: number) =>
    cells[index] || refused('', `a value of ${header[index]}`);

  if (id !== undefined && start === undefined && end === undefined && type === undefined) {
    return (cells): GraphElement => ({
      kind: 'node',
      id: required(cells, id),
      labels: label === undefined ? null : (cells[label] ?? '').split(LIST_DELIMITER).filter(name => name !== ''),
      properties: propertiesOf(cells),
    });
  }
  if (start === undefined || end === undefined || id !== undefined || label !== undefined) {
    const got = columns.flatMap(({ role }) => role ?? []).join(', ');
    throw new ContentError(`the header has ${got || 'no :ID'}: nodes have :ID, relationships :START_ID and :END_ID`);
  }
  const endOf = (cells: readonly string[], index: number) => {
    const group = columns[index]?.group;
    return { id: required(cells, index), ...(group === undefined ? {} : { group }) };
  };
  return (cells): GraphElement => ({
    kind: 'relationship',
    id: null,
    type: type === undefined ? null : required(cells, type),
    start: endOf(cells, start),
    end: endOf(cells, end),
    properties: propertiesOf(cells),
  });
};

function columnOf(header: string, index: number): ColumnHeader {
  const place = `the header's column ${index + 1}`;
  if (header.length > MAX_NAME_CHARACTERS)
    throw new ContentError(`${place} has a name of more than ${MAX_NAME_CHARACTERS} characters`);
  const [, name = '', said = 'string', list, group, settings = ''] = COLUMN.exec(header) ?? [];
  const role = ROLES.find(known => known === said.toUpperCase());
  if (role === undefined || (role === 'ID' && name !== '')) {
    if (name === '') throw new ContentError(`${place}, ${describeValue(header)}, has no name`);
    if (name === '__proto__') throw new ContentError(`${place} is named __proto__, which is not allowed`);
  }
  if (role !== undefined) return { name, role, group, convert: text => text };
  const type = said.toLowerCase();
  const one = type === 'point' ? point(settings) : type === 'vector' ? vector(settings) : ownType(type);
  if (one === undefined || (list && type === 'vector'))
    throw new ContentError(`${place}, ${describeValue(header)}, has the type ${said}${list ?? ''}, which is not known`);
  const convert: TextType = list ? text => text.split(LIST_DELIMITER).map(one) : one;
  return { name, role, group, convert };
}

function ownType(type: string): TextType | undefined {
  return Object.hasOwn(textTypes, type) ? textTypes[type] : undefined;
}

function inColumn<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof ContentError ? new ContentError(`${name}: ${error.message}`) : error;
  }
}

/** `vector{coordinateType:float,dimensions:3}`: numbers. */
function vector(settings: string): TextType {
  const said = /(?:^|,)\s*dimensions?\s*:\s*(\d{1,5})\s*(?:,|$)/i.exec(settings)?.[1];
  return text => {
    const numbers = text.split(LIST_DELIMITER).map(number);
    if (said !== undefined && numbers.length !== Number(said))
      return refused(text, `${said} numbers, not ${numbers.length}`);
    return numbers;
  };
}

/** `point{crs:WGS-84}`: Cypher's map of a point, as an object; what the header says holds where the cell doesn't. */
function point(settings: string): TextType {
  const defaults = mapOf(settings);
  return text => {
    const written = /^\{(.*)\}$/s.exec(text.trim())?.[1];
    return written === undefined ? refused(text, 'a point such as {x: 1, y: 2}') : { ...defaults, ...mapOf(written) };
  };
}

function mapOf(text: string): Record<string, unknown> {
  const entries = text.split(',').filter(entry => entry.trim() !== '');
  return Object.fromEntries(
    entries.map(entry => {
      const [, key, quoted, bare = ''] = /^\s*(\w+)\s*:\s*(?:["']([^"']*)["']|([^"']*?))\s*$/.exec(entry) ?? [];
      if (key === undefined || key === '__proto__') return refused(entry, 'a key and a value');
      return [key, quoted ?? (/^[+-]?\d/.test(bare) && !/[a-z-]{2}/i.test(bare) ? number(bare) : bare)];
    }),
  );
}
