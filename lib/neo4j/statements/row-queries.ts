import type { EndpointDefinition } from '../../definition/definition.ts';
import { quoted } from '../../values/identifier.ts';
import type { KeyValue } from '../../values/value.ts';
import type { MapQuery } from '../fence/read-at-root.ts';
import type { Parameters } from '../graph-database.ts';
import { GUEST, type NodeTableShape } from './node-statements.ts';
import type { RelationTableShape } from './relation-statements.ts';

/**
 * Kinds of keys, in the order in which a table is gone through. Comparisons in Cypher don't cross them, so that each is
 * gone through by itself: as a range of the key's index, which is ordered.
 */
export const KEY_KINDS = ['boolean', 'number', 'string'] as const;
export type KeyKind = (typeof KEY_KINDS)[number];

/** Lower bound of each kind. NaN, which equals nothing, is of none. */
const LEAST: Readonly<Record<KeyKind, string>> = { boolean: 'false', number: '-1.0 / 0.0', string: "''" };

/** Reads the next keys of a kind that the graph has in a table, in order. */
export function nextKeys(
  table: NodeTableShape | RelationTableShape,
  kind: KeyKind,
  after: KeyValue | null,
  limit: number,
): { readonly text: string; readonly parameters: Parameters } {
  const key = `r.${quoted(table.primaryKey)}`;
  const range = after === null ? `${key} >= ${LEAST[kind]}` : `${key} > $after`;
  const [row, index] =
    'label' in table
      ? [`(r:${quoted(table.label)})`, `r:${quoted(table.label)}`]
      : [`()-[r:${quoted(table.type)}]->()`, `r:${quoted(table.type)}`];
  return {
    text: `MATCH ${row} USING INDEX ${index}(${quoted(table.primaryKey)}) WHERE ${range} WITH DISTINCT ${key} AS key ORDER BY key LIMIT $limit RETURN key`,
    parameters: { after, limit: BigInt(limit) },
  };
}

/**
 * A row as it is stored. Of `r` itself the planner gives the key that was looked for, not the one that was found: 1 where 1.0 is
 * stored, which equals it.
 */
const STORED = 'head([r])';

/**
 * Reads rows by key: `key`, `properties` (all), of an edge `from`, `to` and `pair` (its two nodes), of a node `touched` (an edge
 * touches it, a foreign one too), `bare` (it has nothing that graphdrop writes but its key), `guest` (see {@link GUEST}) and, where the
 * table has any, `labels` (its extra labels).
 *
 * @param indexed whether graphdrop made the index on the key
 * @param whole false: without the properties
 */
export function rowsByKey(
  table: NodeTableShape | RelationTableShape,
  indexed: boolean,
  keys: readonly KeyValue[],
  whole: boolean,
): MapQuery {
  const key = quoted(table.primaryKey);
  const others = table.columns?.filter(column => column !== table.primaryKey).map(quoted);
  const extra = ('label' in table && table.labels) || [];
  const bare = all([
    ...(others === undefined ? ['size(keys(r)) = 1'] : others.map(name => `r.${name} IS NULL`)),
    ...extra.map(name => `NOT r:${quoted(name)}`),
  ]);
  const columns = [`key: ${STORED}.${key}`, ...(whole ? [`properties: properties(${STORED})`] : [])];
  const parameters = { keys };
  const hint = (entity: string) => (indexed ? ` USING INDEX SEEK r:${entity}(${key})` : '');
  if ('label' in table) {
    const label = quoted(table.label);
    columns.push('touched: EXISTS { (r)--() }', `bare: ${bare}`, `guest: '${GUEST}' IN labels(r)`);
    if (extra.length > 0) columns.push('labels: [l IN labels(r) WHERE l IN $labels]');
    return {
      text: `MATCH (r:${label})${hint(label)} WHERE r.${key} IN $keys RETURN {${columns}}`,
      parameters: extra.length > 0 ? { keys, labels: extra } : parameters,
    };
  }
  const { from, to } = table;
  const type = quoted(table.type);
  columns.push(
    `from: a.${quoted(from.primaryKey)}`,
    `to: b.${quoted(to.primaryKey)}`,
    'pair: [elementId(a), elementId(b)]',
  );
  return {
    text: `MATCH (a:${quoted(from.label)})-[r:${type}]->(b:${quoted(to.label)})${hint(type)} WHERE r.${key} IN $keys RETURN {${columns}}`,
    parameters,
  };
}

/**
 * Reads some edges of a table that touch a node, in no order: `key`, `from`, `to`.
 *
 * @param end at which of an edge's ends the node is
 * @param limit most edges that are read: a node may have millions
 */
export function edgesOfNode(
  { type, from, to, primaryKey }: RelationTableShape,
  end: 'from' | 'to',
  key: KeyValue,
  limit: number,
): MapQuery {
  const place = end === 'from' ? `a.${quoted(from.primaryKey)}` : `b.${quoted(to.primaryKey)}`;
  const columns = `key: r.${quoted(primaryKey)}, from: a.${quoted(from.primaryKey)}, to: b.${quoted(to.primaryKey)}`;
  return {
    text: `MATCH (a:${quoted(from.label)})-[r:${quoted(type)}]->(b:${quoted(to.label)}) WHERE ${place} = $key WITH a, r, b LIMIT $limit RETURN {${columns}}`,
    parameters: { key, limit: BigInt(limit) },
  };
}

/** Counts the edges that touch the nodes with some keys, foreign ones too: `key`, `degree`. */
export function degreesOfNodes(
  { label, primaryKey }: Pick<NodeTableShape, 'label' | 'primaryKey'>,
  keys: readonly KeyValue[],
): MapQuery {
  const key = `n.${quoted(primaryKey)}`;
  return {
    text: `MATCH (n:${quoted(label)}) WHERE ${key} IN $keys RETURN ${key} AS key, COUNT { (n)--() } AS degree`,
    parameters: { keys },
  };
}

/** Finds those of some keys that several nodes of a label have, as `key`. */
export function nodesWithSharedKeys(
  { label, primaryKey }: Pick<NodeTableShape, 'label' | 'primaryKey'>,
  keys: readonly KeyValue[],
): MapQuery {
  const key = `n.${quoted(primaryKey)}`;
  return {
    text: `MATCH (n:${quoted(label)}) WHERE ${key} IN $keys WITH ${key} AS key, count(*) AS nodes WHERE nodes > 1 RETURN key`,
    parameters: { keys },
  };
}

/**
 * Matches, as `r`, what in a system table no key can tell: a row without a key or with one that no row has (a list, NaN, -0.0,
 * which an index tells from 0), and an edge to or from such a node. Looks at all rows.
 */
export function unkeyedRows(table: NodeTableShape | RelationTableShape): string {
  const keyed = (name: string, key: string, indexed = true) => {
    const property = `${name}.${quoted(key)}`;
    const isKey = `coalesce(${KEY_KINDS.map(kind => `${property} >= ${LEAST[kind]}`).join(' OR ')}, false)`;
    return indexed
      ? `(${isKey} AND CASE WHEN ${property} = 0 THEN toString(${property}) <> '-0.0' ELSE true END)`
      : isKey;
  };
  if ('label' in table) return `MATCH (r:${quoted(table.label)}) WHERE NOT ${keyed('r', table.primaryKey)}`;
  const { type, from, to, primaryKey } = table;
  const keyedEnd = (name: string, end: EndpointDefinition) => keyed(name, end.primaryKey, end.managedBy === 'system');
  const ends = [keyed('r', primaryKey), keyedEnd('a', from), keyedEnd('b', to)];
  return `MATCH (a:${quoted(from.label)})-[r:${quoted(type)}]->(b:${quoted(to.label)}) WHERE NOT (${all(ends)})`;
}

function all(conditions: readonly string[]): string {
  return conditions.length === 0 ? 'true' : conditions.join(' AND ');
}
