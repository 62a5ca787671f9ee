import { quoted } from '../../values/identifier.ts';
import { type Claimant, type NodeTableShape, removeLabels } from './node-statements.ts';
import { findEdges, type RelationTableShape } from './relation-statements.ts';
import { nulls } from './row-properties.ts';
import { idOf, KEY, type RowId } from './sent-rows.ts';
import { inChunks, MAINTENANCE_ROWS, type Statement } from './statement.ts';

type Shape = NodeTableShape | RelationTableShape;

/** What goes from a row: certain columns, or all but certain ones (of a table that had no schema, so that all are ours); and extra labels. */
export type Clearing = ({ readonly undeclared: readonly string[] } | { readonly kept: readonly string[] }) & {
  readonly labels: readonly string[];
};

/** Clears some rows of a table that have anything to be cleared, to be repeated until none is left. */
export function clearSome(table: Shape, clearing: Clearing): Statement {
  const row =
    'label' in table
      ? `(e:${quoted(table.label)})`
      : `(:${quoted(table.from.label)})-[e:${quoted(table.type)}]->(:${quoted(table.to.label)})`;
  const columns =
    'undeclared' in clearing
      ? clearing.undeclared.map(column => `e.${quoted(column)} IS NOT NULL`)
      : ['any(name IN keys(e) WHERE NOT name IN kept)'];
  const present = [...columns, ...clearing.labels.map(label => `e:${quoted(label)}`)];
  const which = `e.${quoted(table.primaryKey)} IS NOT NULL AND (${present.join(' OR ')})`;
  return cleared(table, `UNWIND $rows AS kept MATCH ${row} WHERE ${which} WITH e LIMIT ${MAINTENANCE_ROWS}`, clearing, [
    'kept' in clearing ? clearing.kept : null,
  ]);
}

/** Clears certain rows of a table. */
export function clearRows(table: Shape, clearing: Clearing, rows: readonly RowId[]): Statement[] {
  const find =
    'label' in table
      ? `UNWIND $rows AS r MATCH (e:${quoted(table.label)} {${quoted(table.primaryKey)}: ${KEY}})`
      : findEdges(table);
  const kind = 'label' in table ? 'node' : 'edge';
  const ids = rows.map(row => idOf(kind, row));
  return inChunks(cleared(table, find, clearing, ids));
}

/** Clears all that certain rows have of this table but their keys and its label. */
export function clearToKeys(table: Shape, rows: readonly RowId[]): Statement[] {
  const labels = ('label' in table && table.labels) || [];
  const clearing = spare(
    table.columns === null
      ? { kept: [table.primaryKey], labels }
      : { undeclared: table.columns.filter(column => column !== table.primaryKey), labels },
    table.claimant,
  );
  return clearing === null ? [] : clearRows(table, clearing, rows);
}

/** Leaves out what is, or may be, of the table of another scope; null: nothing is left to be cleared. */
export function spare(clearing: Clearing, claimant: Claimant | undefined): Clearing | null {
  if ('kept' in clearing && claimant === undefined) return clearing;
  const { columns: theirs, labels: theirLabels } = claimant ?? { columns: [], labels: [] };
  const own = 'kept' in clearing || theirs === null ? [] : clearing.undeclared;
  const undeclared = own.filter(column => !theirs?.includes(column));
  const labels = clearing.labels.filter(label => !theirLabels.includes(label));
  return undeclared.length + labels.length === 0 ? null : { undeclared, labels };
}

/** @param match Cypher that finds the rows, as `e` */
function cleared(table: Shape, match: string, clearing: Clearing, rows: Statement['rows']): Statement {
  const set =
    'undeclared' in clearing
      ? `+= ${nulls(clearing.undeclared)}`
      : `= e {${clearing.kept.map(name => `.${quoted(name)}`).join(', ')}}`;
  return {
    text: `${match} SET e ${set}${removeLabels('e', clearing.labels)} RETURN count(*) AS n`,
    rows,
    result: 'changed',
    counts: 'none',
    table: table.id,
  };
}
