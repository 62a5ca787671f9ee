import type { Declaration } from '../../definition/declaration.ts';
import type { ValueForm } from '../../values/column-type.ts';
import { quoted } from '../../values/identifier.ts';
import type { KeyValue } from '../../values/value.ts';
import { byConversions, overwrite, sendProperties, setConverted } from './row-properties.ts';
import { KEY, SentRows } from './sent-rows.ts';
import { inChunks, type Statement } from './statement.ts';

/** What must be known of a node table to write its rows. */
export interface NodeTableShape {
  readonly id: string;
  readonly label: string;
  readonly primaryKey: string;
  /** Columns of the schema; null: no schema, a row's properties are replaced whole. */
  readonly columns: readonly string[] | null;
  /** Extra labels that a row may have. Default: none. */
  readonly labels?: readonly string[];
  /** The table of another scope that claims the label, if there is one: then no row is this table's to delete. */
  readonly claimant?: Claimant | undefined;
}

/** A table of another scope that claims what this one only writes to. */
export interface Claimant {
  /** Columns that its rows may have; null: any. */
  readonly columns: readonly string[] | null;
  /** Extra labels that its rows may have. */
  readonly labels: readonly string[];
}

/**
 * Marks the nodes that a scope made although another scope claims their label, as long as that scope doesn't declare them: they
 * are not undeclared to it, and the scope that made them may delete them.
 */
export const GUEST = '_GraphdropGuest';

/** Writes nodes that files declare. */
export function upsertNodes(table: NodeTableShape, declarations: readonly Declaration[], form: ValueForm): Statement[] {
  const { labels = [] } = table;
  const [isNew, isOurs] = table.claimant === undefined ? ['', ` REMOVE n:${GUEST}`] : [` ON CREATE SET n:${GUEST}`, ''];
  const merge = `MERGE (n:${quoted(table.label)} {${quoted(table.primaryKey)}: ${KEY}})${isNew}`;
  return byConversions(declarations, form).flatMap(({ fields, members }) => {
    const sent = new SentRows('node');
    const assign = `SET n ${assignment(table)} ${sendProperties(sent, table, fields)}`;
    const given = `${overwrite(sent, 'n', assign, members)}${isOurs}${setLabels(sent, labels, table.claimant)}`;
    const set = `${given}${setConverted(sent, 'Node', 'n', fields)}`;
    return inChunks({
      text: `UNWIND $rows AS r ${merge} ${set} RETURN count(DISTINCT ${KEY}) AS n`,
      rows: sent.of(members),
      result: 'rows',
      counts: 'nodesUpserted',
      table: table.id,
    });
  });
}

/**
 * Sends which extra labels each row has.
 *
 * @returns Cypher that gives a node `n` these, and takes the others away: those that a claimant's rows may have only from nodes that
 *   it doesn't declare
 */
function setLabels(sent: SentRows, labels: readonly string[], claimant: Claimant | undefined): string {
  if (labels.length === 0) return '';
  const has = sent.add(({ labels: own = [] }) => labels.map(label => own.includes(label)));
  const theirs = labels.filter(label => claimant?.labels.includes(label));
  const ours = labels.filter(label => !theirs.includes(label));
  const only = (condition: string, change: string) =>
    ` FOREACH (_ IN CASE WHEN ${condition} THEN [1] ELSE [] END |${change})`;
  const fromGuests = theirs.length === 0 ? '' : only(`n:${GUEST}`, removeLabels('n', theirs));
  const sets = labels.map((label, index) => only(`${has}[${index}]`, ` SET n:${quoted(label)}`));
  return `${removeLabels('n', ours)}${fromGuests}${sets.join('')}`;
}

/** Returns Cypher that takes labels from a node; nothing where there are none. */
export function removeLabels(entity: string, labels: readonly string[] = []): string {
  return labels.length === 0 ? '' : ` REMOVE ${entity}${labels.map(label => `:${quoted(label)}`).join('')}`;
}

/** Returns the operator that gives a row its properties: without a schema it loses all others, unless they may be foreign. */
export function assignment({ columns, claimant }: Pick<NodeTableShape, 'columns' | 'claimant'>): '=' | '+=' {
  return columns === null && claimant === undefined ? '=' : '+=';
}

/** Makes endpoints of edges where they are absent. The result tells which were. */
export function ensureEndpoints(table: NodeTableShape, keys: readonly KeyValue[]): Statement[] {
  const pattern = `(n:${quoted(table.label)} {${quoted(table.primaryKey)}: k})`;
  const absent = `UNWIND $rows AS k OPTIONAL MATCH ${pattern} WITH k, n WHERE n IS NULL`;
  return inChunks({
    text: `${absent} MERGE (m:${quoted(table.label)} {${quoted(table.primaryKey)}: k}) RETURN collect(k) AS n`,
    absent: `${absent} RETURN collect(k) AS n`,
    rows: keys,
    result: 'made',
    counts: 'stubsMade',
    table: table.id,
  });
}

/** Deletes nodes that no file declares any more, or leaves bare stubs where an edge touches them, foreign ones too. */
export function deleteNodes(table: NodeTableShape, keys: readonly KeyValue[]): Statement[] {
  const key = quoted(table.primaryKey);
  return inChunks({
    text:
      `UNWIND $rows AS k MATCH (n:${quoted(table.label)} {${key}: k}) WITH k, n, EXISTS { (n)--() } AS touched ` +
      `FOREACH (_ IN CASE WHEN touched THEN [1] ELSE [] END | ${makeBare(table, 'k')}) ` +
      'FOREACH (_ IN CASE WHEN touched THEN [] ELSE [1] END | DELETE n) RETURN count(DISTINCT k) AS n',
    rows: keys,
    result: 'rows',
    counts: 'nodesDeleted',
    table: table.id,
  });
}

/**
 * Takes the table's label from nodes that have other labels too: they are other tables' rows or foreign, and stay as those. Not
 * from endpoints of managed edges.
 *
 * @param edges patterns of managed edges that begin or end at a node of the table
 */
export function removeLabel(
  table: NodeTableShape,
  keys: readonly KeyValue[],
  edges: readonly ManagedEdge[],
): Statement[] {
  const label = quoted(table.label);
  const needed = edges.map(({ type, to, from }) =>
    to === undefined ? `(n)<-[:${quoted(type)}]-(:${quoted(from)})` : `(n)-[:${quoted(type)}]->(:${quoted(to)})`,
  );
  const { labels: extra = [] } = table;
  const others = ['size(labels(n)) > 1', ...extra.map(name => `CASE WHEN n:${quoted(name)} THEN 1 ELSE 0 END`)];
  const conditions = [others.join(' + '), ...needed.map(pattern => `NOT EXISTS { ${pattern} }`)];
  return inChunks({
    text:
      `UNWIND $rows AS k MATCH (n:${label} {${quoted(table.primaryKey)}: k}) WHERE ${conditions.join(' AND ')} ` +
      `REMOVE n:${label} RETURN count(*) AS n`,
    rows: keys,
    result: 'changed',
    counts: 'nodesDeleted',
    table: table.id,
  });
}

/** A relationship type at a node, by the label of the other node. */
export type ManagedEdge = { readonly type: string } & (
  | { readonly to: string; readonly from?: undefined }
  | { readonly from: string; readonly to?: undefined }
);

/**
 * Deletes of a label that another scope claims the nodes that it doesn't declare, as {@link deleteNodes} does. That is looked at once they are
 * locked: the other scope may be about to commit that it declares one. What locks a node is to take a label from it that only the fence has.
 */
export function deleteGuests(table: NodeTableShape, keys: readonly KeyValue[]): Statement[] {
  const guest = `(n:${quoted(table.label)}:${GUEST} {${quoted(table.primaryKey)}: k})`;
  return inChunks({
    text:
      `UNWIND $rows AS k MATCH ${guest} REMOVE n:_Graphdrop ` +
      `WITH k, n WHERE n:${GUEST} WITH k, n, EXISTS { (n)--() } AS touched ` +
      `FOREACH (_ IN CASE WHEN touched THEN [1] ELSE [] END | ${makeBare(table, 'k')} REMOVE n:${GUEST}) ` +
      'FOREACH (_ IN CASE WHEN touched THEN [] ELSE [1] END | DELETE n) RETURN count(DISTINCT k) AS n',
    rows: keys,
    result: 'changed',
    counts: 'nodesDeleted',
    table: table.id,
  });
}

/** Returns Cypher that leaves a node `n` with its key and its table's label alone, and what graphdrop doesn't write. @param key Cypher for the key */
export function makeBare(
  { primaryKey, columns, labels }: Pick<NodeTableShape, 'primaryKey' | 'columns' | 'labels'>,
  key: string,
): string {
  const remove = removeLabels('n', labels);
  if (columns === null) return `SET n = {${quoted(primaryKey)}: ${key}}${remove}`;
  // The key too: by hand it may have got the type of another equal one, 1.0 in place of 1.
  const others = columns.filter(column => column !== primaryKey).map(column => `${quoted(column)}: null`);
  return `SET n += {${[...others, `${quoted(primaryKey)}: ${key}`].join(', ')}}${remove}`;
}

/** Deletes stubs that lost an edge, if no edge is left. */
export function removeStubs(table: NodeTableShape, keys: readonly KeyValue[]): Statement[] {
  return inChunks({
    text: `UNWIND $rows AS k MATCH (n:${quoted(table.label)} {${quoted(table.primaryKey)}: k}) WHERE NOT n:${GUEST} AND NOT EXISTS { (n)--() } DELETE n RETURN count(*) AS n`,
    rows: keys,
    result: 'changed',
    counts: 'stubsRemoved',
    table: table.id,
  });
}
