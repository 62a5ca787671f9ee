import { relative, sep } from 'node:path';
import type { Proposal, ProposedColumn, ProposedEdges, ProposedRelation, ProposedTable } from './propose.ts';
import type { Sample } from './sample.ts';

/** Writes the flow module of a proposal. @param folder the folder that keys are paths below */
export function flowCode(proposal: Proposal, context: string, folder: string): string {
  const { nodes, links, edges } = proposal;
  const schemas = [...nodes.map(table => nodeSchemas(table, links)), ...edges.map(edge => edgeSchemas(edge))];
  const tables = [
    ...nodes.flatMap(nodeTable),
    ...links.map(link => `const ${link.variable} = graph.relationTable(${ends(link)});`),
    ...edges.map(edgeTable),
  ];
  const sources = [
    ...nodes.map(table => nodeSource(table, links, folder)),
    ...edges.map(edge => edgeSource(edge, folder)),
  ];
  const hashes = nodes.some(({ key }) => key.length === 0) || edges.some(({ parallel }) => parallel);
  const vectors = [...nodes, ...edges].some(({ columns }) => columns.some(({ vector }) => vector !== undefined));
  return `${hashes ? "import { createHash } from 'node:crypto';\n" : ''}import { ContextKey, flow, TableSchema${vectors ? ', VectorSchema' : ''} } from 'graphdrop';
import * as z from 'zod';

// Proposed by \`graphdrop init\`: read it, and change what you know better.

${schemas.join('\n\n')}

export default flow(new ContextKey('${context}'), graph => {
${indented(tables.join('\n'))}

${indented(sources.join('\n'))}
});
${hashes ? `\n/** The key of a row that has none: equal rows are one. */\nfunction rowKey(record: object): string {\n  const text = JSON.stringify(Object.entries(record).sort(), (_, value) => (typeof value === 'bigint' ? String(value) : value));\n  return createHash('sha256').update(text).digest('base64url').slice(0, 22);\n}\n` : ''}`;
}

/** The object's key of a sampled file. */
export function objectKey({ path }: Pick<Sample, 'path'>, folder: string): string {
  return relative(folder, path).split(sep).join('/');
}

/** Name of the schema of the file's records, where it isn't that of the rows. */
function recordSchema(name: string): string {
  return `${name}Record`;
}

/** Whether rows are records as they stand. */
function isPlain(table: ProposedTable): boolean {
  return table.key.length === 1 && isSameNames(table);
}

/** Whether every column's name is that of its property. */
function isSameNames({ columns }: Pick<ProposedTable, 'columns'>): boolean {
  return columns.every(({ column, property: name }) => column.name === name);
}

/** An object literal, of a line a field if there are many. */
function objectOf(fields: readonly string[]): string {
  return fields.length <= 2 ? `{ ${fields.join(', ')} }` : `{\n${fields.map(field => `    ${field},\n`).join('')}  }`;
}

function nodeSchemas(table: ProposedTable, links: readonly ProposedRelation[]): string {
  const { label, columns, key, keyProperty, sample } = table;
  const own = links.filter(({ from }) => from === table);
  const codes = columns.map(column => {
    const link = own.find(({ toColumn }) => toColumn === column.column.name);
    return fieldCode(column, link?.to);
  });
  const by = key.length === 0 ? 'no columns are unique: its key is a hash' : `its key: ${key.join(', ')}`;
  const about = `/** ${commented(objectName(sample))}; ${commented(by)}. */\n`;
  const fields = columns.map(({ column }, n) => `${property(column.name)}: ${codes[n]}`);
  if (isPlain(table)) return `${about}const ${label} = ${objectCode(fields)};`;
  const record = recordSchema(label);
  const rows = isSameNames(table)
    ? [`...${record}.shape`]
    : columns.map(one => `${property(one.property)}: ${record}.shape${access(one.column.name)}`);
  if (key.length !== 1) rows.unshift(`${property(keyProperty)}: z.string()`);
  return `${about}const ${record} = ${objectCode(fields)};\nconst ${label} = ${objectCode(rows)};`;
}

function edgeSchemas({
  schema: name,
  sample,
  columns,
  from,
  to,
  fromColumn = '',
  toColumn,
  parallel,
}: ProposedEdges): string {
  const record = recordSchema(name);
  const keys = [
    `${property(fromColumn)}: ${keyCode(from)}`,
    `${property(toColumn)}: ${keyCode(to)}`,
    ...columns.map(column => `${property(column.column.name)}: ${fieldCode(column)}`),
  ];
  const rows = columns.map(one => `${property(one.property)}: ${record}.shape${access(one.column.name)}`);
  if (parallel) rows.unshift(`${property(edgeKey(columns))}: z.string()`);
  const joins = `${from.label} by ${fromColumn}, ${to.label} by ${toColumn}`;
  return `/** ${commented(objectName(sample))}; joins ${commented(joins)}. */\nconst ${record} = ${objectCode(keys)};\nconst ${name} = ${objectCode(rows)};`;
}

function nodeTable(table: ProposedTable): string[] {
  const { label, variable, keyProperty, columns } = table;
  const key = keyProperty === 'id' ? '' : `primaryKey: '${keyProperty}', `;
  const made = `const ${variable} = graph.nodeTable('${label}', { ${key}schema: TableSchema.from(${label}) });`;
  const indexes = columns
    .filter(({ vector }) => vector !== undefined)
    .map(({ property: field }) => `${variable}.vectorIndex({ field: '${field}', metric: 'cosine' });`);
  return [made, ...indexes];
}

function edgeTable(edge: ProposedEdges): string {
  const key = edgeKey(edge.columns);
  const primaryKey = key === 'id' ? '' : `primaryKey: '${key}', `;
  return `const ${edge.variable} = graph.relationTable(${ends(edge)}, { ${primaryKey}schema: TableSchema.from(${edge.schema}) });`;
}

function nodeSource(table: ProposedTable, links: readonly ProposedRelation[], folder: string): string {
  const { variable, label, key, keyProperty, columns } = table;
  const schema = isPlain(table) ? label : recordSchema(label);
  const own = links.filter(({ from }) => from === table);
  const id =
    key.length === 1
      ? `record${access(key[0] as string)}`
      : key.length === 0
        ? 'rowKey(record)'
        : `\`${key.map(name => `\${record${access(name)}}`).join('|')}\``;
  const mapped = isSameNames(table)
    ? ['...record']
    : columns.map(one => `${property(one.property)}: record${access(one.column.name)}`);
  const keyed = key.length === 1 ? mapped : [`${property(keyProperty)}: ${id}`, ...mapped];
  const node = `${variable}.declareRecord(${isPlain(table) ? 'record' : objectOf(keyed)})`;
  const edges = own.map(({ variable: relation, toColumn }) => {
    const value = `record${access(toColumn)}`;
    const declared = `${relation}.declareRelation({ fromId: ${id}, toId: ${value} })`;
    const { column } = columns.find(one => one.column.name === toColumn) as ProposedColumn;
    return column.complete ? declared : `...(${value} == null ? [] : [${declared}])`;
  });
  const body = edges.length === 0 ? node : `[\n  ${[node, ...edges].join(',\n  ')},\n]`;
  return `graph.source(${sourceOptions(table.sample, schema, folder)}, ${ofEach(table.sample, body)});`;
}

function edgeSource(edge: ProposedEdges, folder: string): string {
  const { variable, schema, sample, columns, fromColumn = '', toColumn, parallel } = edge;
  const properties = columns.map(one => `${property(one.property)}: record${access(one.column.name)}`);
  if (parallel) properties.unshift(`${property(edgeKey(columns))}: rowKey(record)`);
  const fields = [
    `fromId: record${access(fromColumn)}`,
    `toId: record${access(toColumn)}`,
    ...(properties.length > 0 ? [`record: ${objectOf(properties)}`] : []),
  ];
  const declared = `${variable}.declareRelation({ ${fields.join(', ')} })`;
  return `graph.source(${sourceOptions(sample, recordSchema(schema), folder)},\n  ${ofEach(sample, declared)},\n);`;
}

/** A source's function, of what one record declares. */
function ofEach({ within }: Sample, body: string): string {
  return within === undefined ? `record => ${body}` : `file => file${access(within.field)}.flatMap(record => ${body})`;
}

function sourceOptions(sample: Sample, schema: string, folder: string): string {
  const { delimiter, encoding, nullValues } = sample.options;
  const options = [
    `record: ${fileSchema(sample, schema)}`,
    ...(delimiter === undefined ? [] : [`delimiter: ${quoted(delimiter)}`]),
    ...(encoding === undefined ? [] : [`encoding: ${quoted(encoding)}`]),
    ...(nullValues === undefined ? [] : [`nullValues: [${nullValues.map(quoted).join(', ')}]`]),
  ];
  // Characters that a glob gives a meaning to are escaped.
  const glob = objectKey(sample, folder).replace(/[\\*?[\]{}()!@+|]/g, '\\$&');
  return `${quoted(glob)}, { ${options.join(', ')} }`;
}

/** The schema of the file's records: of those in an object around them the object's, which has more fields. */
function fileSchema({ within }: Sample, schema: string): string {
  if (within === undefined) return schema;
  const others = within.others.map(name => `${property(name)}: z.unknown().optional()`);
  return `z.object({ ${[`${property(within.field)}: z.array(${schema})`, ...others].join(', ')} })`;
}

/** A field as code. @param target the table whose key its values are: the key's kind counts */
function fieldCode({ column, code }: ProposedColumn, target?: ProposedTable): string {
  const own = target === undefined ? code : keyCode(target);
  const absent = column.hasNull ? '.nullish()' : '.optional()';
  return column.complete ? own : `${own}${absent}`;
}

function keyCode({ key, columns }: ProposedTable): string {
  return columns.find(({ column }) => column.name === key[0])?.code ?? 'z.string()';
}

function edgeKey(columns: readonly ProposedColumn[]): string {
  const taken = new Set(columns.map(({ property: name }) => name));
  return ['id', 'edgeId', '_key'].find(name => !taken.has(name)) ?? '_edge_key';
}

function ends({ type, from, to }: ProposedRelation): string {
  return `'${type}', ${from.variable}, ${to.variable}`;
}

function objectName({ path }: Sample): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}

function objectCode(fields: readonly string[]): string {
  return fields.length === 0 ? 'z.object({})' : `z.object({\n${fields.map(field => `  ${field},\n`).join('')}})`;
}

function property(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name);
}

function access(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `.${name}` : `[${quoted(name)}]`;
}

/** A string literal, whatever is in the text. */
function quoted(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'").replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')}'`;
}

/** Text in a comment, which it can't end. */
function commented(text: string): string {
  return text.replaceAll('*/', '* /').replace(/[\r\n\u2028\u2029]/g, ' ');
}

function indented(text: string): string {
  return text
    .split('\n')
    .map(line => (line === '' ? line : `  ${line}`))
    .join('\n');
}
