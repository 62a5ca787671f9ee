import { RowError } from '../errors.ts';
import type {
  GraphElement,
  GraphNode,
  GraphRelationship,
  Properties,
  RelationshipEnd,
} from '../files/graph/graph-element.ts';
import { identifier } from '../values/identifier.ts';
import type { Declaration } from './declaration.ts';
import { tableId } from './definition.ts';
import { NodeTable } from './node-table.ts';
import { RelationTable } from './relation-table.ts';

export type AnyNodeTable = NodeTable<never, string>;
export type AnyRelationTable = RelationTable<never, string, never, never>;

/** Which tables a file of nodes and relationships fills, and how. */
export interface FillOptions {
  /** The tables that rows may go to. Where a node has labels of several, the first of them takes it. */
  readonly tables: readonly (AnyNodeTable | AnyRelationTable)[];
  /**
   * Property that gets the list of a node's labels, sorted. A node has the label of its table and those of the table's `labels` that the
   * file says: without this option one that has more than that is refused, so that none is lost in silence.
   */
  readonly labelsAs?: string;
  /**
   * What becomes a row's primary key: the file's own `id`, or, in APOC's files, the property of the primary key's name.
   * Default `id`. `properties` needs an export with the properties of start and end nodes (APOC's
   * `writeNodeProperties`); it holds when the database that was exported gives its nodes other ids.
   */
  readonly keyFrom?: 'id' | 'properties';
}

/** Returns a source's function that puts nodes and relationships into tables; what fits none of them is a RowError. */
export function fillTables({ tables, labelsAs, keyFrom = 'id' }: FillOptions): (element: GraphElement) => Declaration {
  const nodes = tables.filter(table => table instanceof NodeTable);
  const relations = tables.filter(table => table instanceof RelationTable);
  if (labelsAs !== undefined) identifier(labelsAs, 'labelsAs');
  const fillable = tables.map(table => (table instanceof NodeTable ? table.label : table.type)).join(', ');
  // An end's label is chosen as a node's is, or edges would miss their nodes.
  const endLabels = [...nodes, ...relations.flatMap(({ definition: { from, to } }) => [from, to])].map(n => n.label);

  const undeclared = (name: string, what: string) =>
    new RowError(name, '*', `is no ${what} of this source, which may fill ${fillable}`);

  const typedKeys = new Set(nodes.filter(hasIntegerKey));

  const node = ({ id, idType, labels, properties }: GraphNode): Declaration => {
    const table = labels === null ? only(nodes) : nodes.find(({ label }) => labels.includes(label));
    if (table === undefined) {
      if (labels === null)
        throw new RowError('*', ':LABEL', `the file has no labels, and the source may fill ${fillable}`);
      throw undeclared(labels.join(':') || 'a node without labels', 'node table');
    }
    if (idType !== undefined && !typedKeys.has(table)) {
      const problem = `the header says id-type ${idType}: give the table a schema whose key is INTEGER, or leave it out to have texts`;
      throw new RowError(table.label, table.primaryKey, problem);
    }
    const { labels: extra = [] } = table.definition;
    const more = (labels ?? []).filter(label => label !== table.label && !extra.includes(label));
    if (more.length > 0 && labelsAs === undefined) {
      const advice = "add that to the node table's labels, or say by labelsAs which property the labels go to";
      const known =
        extra.length === 0 ? 'the table names no extra label' : `the table's labels are ${extra.join(', ')}`;
      throw new RowError(table.label, '*', `the node ${id} is ${more.join(', ')} too, and ${known}: ${advice}`);
    }
    const row = keyed(table.label, table.primaryKey, id, properties, keyFrom);
    if (labelsAs !== undefined) row[labelsAs] = [...new Set(labels ?? [table.label])].sort();
    return table.declareRecord(row as never, { labels: labels?.filter(label => extra.includes(label)) });
  };

  const endKey = (type: string, which: string, end: RelationshipEnd, key: string): unknown => {
    if (keyFrom === 'id') return end.id;
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
      id === null || keyFrom === 'properties' ? properties : keyed(name, primaryKey, id, properties, keyFrom);
    return table.declareRelation({
      fromId: endKey(name, 'start', start, from.primaryKey) as never,
      toId: endKey(name, 'end', end, to.primaryKey) as never,
      record: record as never,
    });
  };
  return element => (element.kind === 'node' ? node(element) : relationship(element));
}

function hasIntegerKey({ definition: { columns, primaryKey } }: AnyNodeTable): boolean {
  return columns?.find(({ name }) => name === primaryKey)?.type === 'INTEGER';
}

/** Returns the tables as a source's fingerprint has them. */
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
): Record<string, unknown> {
  const has = Object.hasOwn(properties, primaryKey);
  if (keyFrom === 'properties') {
    if (!has) throw new RowError(table, primaryKey, `the node ${id} has no such property, but it is the table's key`);
    return { ...properties };
  }
  if (has && properties[primaryKey] !== id)
    throw new RowError(table, primaryKey, `is both a property and the primary key, which gets the file's id ${id}`);
  return { ...properties, [primaryKey]: id };
}

/** Whether what a file says of a relationship's end allows a table; a group that is no label says nothing. */
function mayBe({ labels, group }: RelationshipEnd, label: string, known: readonly string[]): boolean {
  if (labels !== undefined) return known.find(one => labels.includes(one)) === label;
  return group === undefined || !known.includes(group) || group === label;
}

function describeEnd({ id, labels, group }: RelationshipEnd): string {
  return labels ? `${labels.join(':')} ${id}` : group ? `${id} in ${group}` : id;
}
