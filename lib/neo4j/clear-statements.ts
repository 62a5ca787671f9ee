import type { Ends } from '../graph/declaration.ts';
import { quoted } from '../graph/identifier.ts';
import type { KeyValue } from '../graph/value.ts';
import type { NodeTableShape } from './node-statements.ts';
import { matchEdge, type RelationTableShape } from './relation-statements.ts';
import { nulls } from './row-properties.ts';
import type { Statement } from './statement.ts';

type Shape = NodeTableShape | RelationTableShape;

/** Clears columns from some rows of a table that have any of them, to be repeated until none is left. */
export function clearSome(table: Shape, columns: readonly string[], limit: number): Statement {
  const row =
    'label' in table
      ? `(r:${quoted(table.label)})`
      : `(:${quoted(table.from.label)})-[r:${quoted(table.type)}]->(:${quoted(table.to.label)})`;
  const present = columns.map(column => `r.${quoted(column)} IS NOT NULL`).join(' OR ');
  const which = `r.${quoted(table.primaryKey)} IS NOT NULL AND (${present})`;
  return cleared(
    table,
    `UNWIND $rows AS limit MATCH ${row} WHERE ${which} WITH r LIMIT ${limit} SET r += ${nulls(columns)}`,
    [limit],
  );
}

/** Clears columns from certain rows of a table. */
export function clearRows(
  table: Shape,
  columns: readonly string[],
  rows: readonly { readonly key: KeyValue; readonly ends?: Ends }[],
): Statement {
  const [entity, match] =
    'label' in table
      ? ['n', `MATCH (n:${quoted(table.label)} {${quoted(table.primaryKey)}: r.k})`]
      : ['e', matchEdge(table)];
  return cleared(
    table,
    `UNWIND $rows AS r ${match} SET ${entity} += ${nulls(columns)}`,
    rows.map(({ key, ends }) => ({ k: key, a: ends?.from, b: ends?.to })),
  );
}

function cleared(table: Shape, text: string, rows: Statement['rows']): Statement {
  return { text: `${text} RETURN count(*) AS n`, rows, result: 'changed', counts: 'none', table: table.id };
}
