import type { Ends } from '../graph/declaration.ts';
import { quoted } from '../graph/identifier.ts';
import type { KeyValue } from '../graph/value.ts';
import type { NodeTableShape } from './node-statements.ts';
import { matchEdge, type RelationTableShape } from './relation-statements.ts';
import { nulls } from './row-properties.ts';
import type { Statement } from './statement.ts';

type Shape = NodeTableShape | RelationTableShape;

/** What goes from a row: certain columns, or all but certain ones (of a table that had no schema, so that all are ours). */
export type Clearing = { readonly gone: readonly string[] } | { readonly kept: readonly string[] };

/** Clears some rows of a table that have anything to be cleared, to be repeated until none is left. */
export function clearSome(table: Shape, clearing: Clearing, limit: number): Statement {
  const row =
    'label' in table
      ? `(e:${quoted(table.label)})`
      : `(:${quoted(table.from.label)})-[e:${quoted(table.type)}]->(:${quoted(table.to.label)})`;
  const present =
    'gone' in clearing
      ? clearing.gone.map(column => `e.${quoted(column)} IS NOT NULL`).join(' OR ')
      : 'any(name IN keys(e) WHERE NOT name IN kept)';
  const which = `e.${quoted(table.primaryKey)} IS NOT NULL AND (${present})`;
  return cleared(table, `UNWIND $rows AS kept MATCH ${row} WHERE ${which} WITH e LIMIT ${limit}`, clearing, [
    'kept' in clearing ? clearing.kept : null,
  ]);
}

/** Clears certain rows of a table. */
export function clearRows(
  table: Shape,
  clearing: Clearing,
  rows: readonly { readonly key: KeyValue; readonly ends?: Ends }[],
): Statement {
  const match =
    'label' in table ? `MATCH (e:${quoted(table.label)} {${quoted(table.primaryKey)}: r.k})` : matchEdge(table);
  return cleared(
    table,
    `UNWIND $rows AS r ${match}`,
    clearing,
    rows.map(({ key, ends }) => ({ k: key, a: ends?.from, b: ends?.to })),
  );
}

/** @param match Cypher that finds the rows, as `e` */
function cleared(table: Shape, match: string, clearing: Clearing, rows: Statement['rows']): Statement {
  const set =
    'gone' in clearing
      ? `+= ${nulls(clearing.gone)}`
      : `= e {${clearing.kept.map(name => `.${quoted(name)}`).join(', ')}}`;
  return {
    text: `${match} SET e ${set} RETURN count(*) AS n`,
    rows,
    result: 'changed',
    counts: 'none',
    table: table.id,
  };
}
