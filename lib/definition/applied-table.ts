import type { TableDefinition } from './definition.ts';

/** What must be known of a table to change or delete its rows without the flow that made them. */
export type AppliedTable = TableDefinition extends infer T ? Applied<T> : never;
type Applied<T> = T extends TableDefinition
  ? Omit<T, 'columns' | 'versionBy' | 'vectorIndexes' | 'adopt' | 'maxProperties' | 'onDuplicate' | 'keyNormalize'> & {
      readonly columns: readonly string[] | null;
    }
  : never;

/** Returns a table all of whose rows are as this definition writes them. */
export function settled(table: TableDefinition): AppliedTable {
  const columns = table.columns?.map(({ name }) => name) ?? null;
  if (table.kind === 'node') {
    const { kind, label, primaryKey, managedBy, labels } = table;
    return { kind, label, primaryKey, managedBy, columns, ...(labels && { labels }) };
  }
  const { kind, type, from, to, primaryKey, managedBy } = table;
  return { kind, type, from, to, primaryKey, managedBy, columns };
}

/** Returns the extra labels that a table's rows may have. */
export function extraLabels(table: AppliedTable | TableDefinition): readonly string[] {
  return (table.kind === 'node' && table.labels) || [];
}

/**
 * Returns a table as a batch leaves it: some of its rows may still be as an earlier definition wrote them. The columns and extra labels
 * of both are known until all rows are settled, so that each row that is written loses those it no longer has; null (a schema has
 * come to a table without) stays, so that rows are replaced whole.
 */
export function applied(table: TableDefinition, before: AppliedTable | undefined): AppliedTable {
  const now = settled(table);
  return now.columns === null ? withLabels(now, before) : combined(now, before);
}

/** Returns a table whose rows may be of either version; columns null: they may have any property. */
export function combined(table: AppliedTable, before: AppliedTable | undefined): AppliedTable {
  if (before === undefined) return table;
  const columns = table.columns === null || before.columns === null ? null : united(table.columns, before.columns);
  return { ...withLabels(table, before), columns };
}

function withLabels(table: AppliedTable, before: AppliedTable | undefined): AppliedTable {
  const labels = before === undefined ? [] : united(extraLabels(table), extraLabels(before));
  return table.kind === 'relation' || labels.length === 0 ? table : { ...table, labels };
}

function united(names: readonly string[], others: readonly string[]): string[] {
  return [...new Set([...names, ...others])].sort();
}
