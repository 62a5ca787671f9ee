import { quoted } from '../graph/identifier.ts';
import type { KeyValue } from '../graph/value.ts';
import type { Parameters } from './graph-database.ts';
import type { NodeTableShape } from './node-statements.ts';
import type { MapQuery } from './read-at-root.ts';
import type { RelationTableShape } from './relation-statements.ts';

/**
 * Kinds of keys, in the order in which a table is gone through. Comparisons in Cypher don't cross them, so that each is
 * gone through by itself: as a range of the key's index, which is ordered.
 */
export const KEY_KINDS = ['boolean', 'number', 'string'] as const;
export type KeyKind = (typeof KEY_KINDS)[number];

/** Lower bound of each kind. NaN, which equals nothing, is of none. */
const LEAST: Readonly<Record<KeyKind, string>> = { boolean: 'false', number: '-1.0 / 0.0', string: "''" };

/** The next keys of a kind that the graph has in a table, in order. */
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
 * A row's properties as they are stored. Of `r` itself the planner gives the key that was looked for, not the one that was
 * found: 1 where 1.0 is stored, which equals it.
 */
const STORED = 'properties(head([r]))';

/**
 * Rows by key: `key`, `properties` (all), of an edge `from` and `to`, of a node `touched` (an edge
 * touches it, anyone's) and `bare` (it has nothing that graphdrop writes but its key).
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
  const bare = others === undefined ? 'size(keys(r)) = 1' : all(others.map(name => `r.${name} IS NULL`));
  const columns = [`key: r.${key}`, ...(whole ? [`properties: ${STORED}`] : [])];
  const parameters = { keys };
  const hint = (entity: string) => (indexed ? ` USING INDEX SEEK r:${entity}(${key})` : '');
  if ('label' in table) {
    const label = quoted(table.label);
    columns.push('touched: EXISTS { (r)--() }', `bare: ${bare}`);
    return { text: `MATCH (r:${label})${hint(label)} WHERE r.${key} IN $keys RETURN {${columns}}`, parameters };
  }
  const { from, to } = table;
  const type = quoted(table.type);
  columns.push(`from: a.${quoted(from.primaryKey)}`, `to: b.${quoted(to.primaryKey)}`);
  return {
    text: `MATCH (a:${quoted(from.label)})-[r:${type}]->(b:${quoted(to.label)})${hint(type)} WHERE r.${key} IN $keys RETURN {${columns}}`,
    parameters,
  };
}

/**
 * Matches, as `r`, what in a table no key can tell: a row without a key or with one of a type that no key has (a list, NaN),
 * and an edge to or from such a node. Looks at all rows.
 */
export function unkeyedRows(table: NodeTableShape | RelationTableShape): string {
  const keyed = (name: string, key: string) => {
    const property = `${name}.${quoted(key)}`;
    return `coalesce(${KEY_KINDS.map(kind => `${property} >= ${LEAST[kind]}`).join(' OR ')}, false)`;
  };
  if ('label' in table) return `MATCH (r:${quoted(table.label)}) WHERE NOT ${keyed('r', table.primaryKey)}`;
  const { type, from, to, primaryKey } = table;
  const ends = [keyed('r', primaryKey), keyed('a', from.primaryKey), keyed('b', to.primaryKey)];
  return `MATCH (a:${quoted(from.label)})-[r:${quoted(type)}]->(b:${quoted(to.label)}) WHERE NOT (${all(ends)})`;
}

function all(conditions: readonly string[]): string {
  return conditions.length === 0 ? 'true' : conditions.join(' AND ');
}
