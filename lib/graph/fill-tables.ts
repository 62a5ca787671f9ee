import type { Declaration } from './declaration.ts';
import { type NodeTableDefinition, tableId } from './definition.ts';
import { DefinitionError, RowError } from './errors.ts';
import type { GraphElement, GraphNode, GraphRelationship, Properties, RelationshipEnd } from './graph-element.ts';
import { identifier } from './identifier.ts';
import { NodeTable } from './node-table.ts';
import { RelationTable } from './relation-table.ts';

export type AnyNodeTable = NodeTable<never, string>;
export type AnyRelationTable = RelationTable<never, string, never, never>;

/** Which tables a file of nodes and relationships fills, and how. */
export interface FillOptions {
  /** The tables that rows may go to. Where a node has labels of several, the first of them takes it. */
  readonly tables: readonly (AnyNodeTable | AnyRelationTable)[];
  /**
   * Property that gets the list of a node's labels, sorted. graphdrop's nodes have the one label of their table: without
   * this option a node that has more than that is refused, so that none is lost in silence.
   */
  readonly labelsAs?: string;
  /**
   * What becomes a row's primary key: the file's own `id`, or, in APOC's files, the property of the primary key's name.
   * Default `id`. `properties` needs an export with the properties of start and end nodes (APOC's
   * `writeNodeProperties`); it holds when the database that was exported gives its nodes other ids.
   */
  readonly keyFrom?: 'id' | 'properties';
}

/** A source's function that puts nodes and relationships into tables; what fits none of them is a RowError. */
export function fillTables(
  { tables, labelsAs, keyFrom = 'id' }: FillOptions,
  flowNodes: readonly NodeTableDefinition[],
): (element: GraphElement) => Declaration {
  const nodes = tables.filter(table => table instanceof NodeTable);
  const relations = tables.filter(table => table instanceof RelationTable);
  if (labelsAs !== undefined) identifier(labelsAs, 'labelsAs');
  if (keyFrom !== 'id' && keyFrom !== 'properties')
    throw new DefinitionError(`keyFrom is ${JSON.stringify(keyFrom)}: give 'id' or 'properties'`);
  const fillable = tables.map(table => (table instanceof NodeTable ? table.label : table.type)).join(', ');
  // An end's label is chosen as a node's is, or edges would miss their nodes.
  const endLabels = [...nodes, ...relations.flatMap(({ definition: { from, to } }) => [from, to])].map(n => n.label);

  const undeclared = (name: string, what: string) =>
    new RowError(name, '*', `is no ${what} of this source, which may fill ${fillable}`);

  const node = ({ id, labels, properties }: GraphNode): Declaration => {
    const table = labels === null ? only(nodes) : nodes.find(({ label }) => labels.includes(label));
    if (table === undefined) {
      if (labels === null)
        throw new RowError('*', ':LABEL', `the file has no labels, and the source may fill ${fillable}`);
      throw undeclared(labels.join(':') || 'a node without labels', 'node table');
    }
    const more = (labels ?? []).filter(label => label !== table.label);
    if (more.length > 0 && labelsAs === undefined) {
      const advice = 'say by the labelsAs option which property the labels go to';
      throw new RowError(
        table.label,
        '*',
        `the node ${id} is ${more.join(', ')} too, and a row has one label: ${advice}`,
      );
    }
    const row = keyed(
      table.label,
      table.primaryKey,
      id,
      properties,
      keyFrom,
      typeOf(table.definition, table.primaryKey),
    );
    if (labelsAs !== undefined) row[labelsAs] = [...new Set(labels ?? [table.label])].sort();
    return table.declareRecord(row as never);
  };

  const endKey = (type: string, which: string, end: RelationshipEnd, label: string, key: string): unknown => {
    if (keyFrom === 'id') {
      const definition = flowNodes.find(table => table.label === label);
      return typed(type, which, end.id, definition && typeOf(definition, key));
    }
    if (end.properties && Object.hasOwn(end.properties, key)) return end.properties[key];
    const problem = `the end ${end.id} has no property ${key}: export with writeNodeProperties, or say keyFrom: 'id'`;
    throw new RowError(type, which, problem);
  };

  const relationship = ({ id, type, start, end, properties }: GraphRelationship): Declaration => {
    const named = type === null ? relations : relations.filter(table => table.type === type);
    const name = type ?? only(relations)?.type;
    if (name === undefined)
      throw new RowError('*', ':TYPE', `the file has no types, and the source may fill ${fillable}`);
    if (named.length === 0) throw undeclared(name, 'relation table');
    const fits = named.filter(
      ({ definition: { from, to } }) => mayBe(start, from.label, endLabels) && mayBe(end, to.label, endLabels),
    );
    const table = only(fits);
    if (table === undefined) {
      const pairs = named.map(({ definition: { from, to } }) => `${from.label} to ${to.label}`).join(', ');
      const got = `from ${describeEnd(start)} to ${describeEnd(end)}`;
      throw new RowError(name, '*', `an edge ${got} fits ${fits.length} of the source's relation tables (${pairs})`);
    }
    const { primaryKey } = table;
    const { from, to } = table.definition;
    const record =
      id === null || keyFrom === 'properties'
        ? properties
        : keyed(name, primaryKey, id, properties, keyFrom, typeOf(table.definition, primaryKey));
    return table.declareRelation({
      fromId: endKey(name, 'start', start, from.label, from.primaryKey) as never,
      toId: endKey(name, 'end', end, to.label, to.primaryKey) as never,
      record: record as never,
    });
  };
  return element => (element.kind === 'node' ? node(element) : relationship(element));
}

/** The tables as a source's fingerprint has them. */
export function tableNames(tables: FillOptions['tables']): string[] {
  return tables.map(table => tableId(table.definition));
}

function only<T>(items: readonly T[]): T | undefined {
  return items.length === 1 ? items[0] : undefined;
}

function keyed(
  table: string,
  primaryKey: string,
  id: string,
  properties: Properties,
  keyFrom: 'id' | 'properties',
  type: string | undefined,
): Record<string, unknown> {
  const has = Object.hasOwn(properties, primaryKey);
  if (keyFrom === 'properties') {
    if (!has) throw new RowError(table, primaryKey, `the node ${id} has no such property, which is to be its key`);
    return { ...properties };
  }
  if (has && properties[primaryKey] !== id)
    throw new RowError(table, primaryKey, `is both a property and the primary key, which gets the file's id ${id}`);
  return { ...properties, [primaryKey]: typed(table, primaryKey, id, type) };
}

/** Ids are texts, unless the schema says that the key is a number. */
function typed(table: string, column: string, id: string, type: string | undefined): unknown {
  if (type !== 'INTEGER' && type !== 'FLOAT') return id;
  if (type === 'INTEGER' ? /^-?\d{1,19}$/.test(id) : id.trim() !== '' && Number.isFinite(Number(id)))
    return type === 'INTEGER' ? BigInt(id) : Number(id);
  throw new RowError(table, column, `got the id ${JSON.stringify(id.slice(0, 60))}, expected ${type}`);
}

function typeOf({ columns }: Pick<NodeTableDefinition, 'columns'>, name: string): string | undefined {
  return columns?.find(column => column.name === name)?.type;
}

/** Whether what a file says of a relationship's end allows a table; a group that is no label says nothing. */
function mayBe({ labels, group }: RelationshipEnd, label: string, known: readonly string[]): boolean {
  if (labels !== undefined) return known.find(one => labels.includes(one)) === label;
  return group === undefined || !known.includes(group) || group === label;
}

function describeEnd({ id, labels, group }: RelationshipEnd): string {
  return labels ? `${labels.join(':')} ${id}` : group ? `${id} in ${group}` : id;
}
