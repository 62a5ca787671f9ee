/**
 * The fence's list of `system` tables that the graph may have rows of, each with all columns that any row may have. A table is
 * listed before its first row and until after its last. So every copy of the database says it of itself, also one so old that
 * the tracked state has forgotten it.
 */
import { type AppliedTable, combined, extraLabels, settled } from '../../definition/applied-table.ts';
import { type GraphDefinition, type TableDefinition, tableId, tablePattern } from '../../definition/definition.ts';
import type { GraphDatabase } from '../graph-database.ts';
import { FENCE } from './fence.ts';
import { type OwnFence, setInFence } from './own-fence.ts';

/** Adds the definition's tables to the list. @throws StaleFenceError */
export async function noteTables(graph: GraphDatabase, fence: OwnFence, definition: GraphDefinition): Promise<void> {
  const set = 'f.tables = [t IN coalesce(f.tables, []) WHERE NOT t IN $tables] + $tables';
  await setInFence(graph, fence, set, { tables: entriesOf(definition.tables.map(settled)) });
}

/**
 * Notes that tables had rows when they were claimed. They count as listed only when a resync has settled and removed what no
 * file declares; until then a definition without them leaves those rows where they are.
 *
 * @throws StaleFenceError
 */
export async function noteAdopted(graph: GraphDatabase, fence: OwnFence, ids: readonly string[]): Promise<void> {
  const set = 'f.adopted = [a IN coalesce(f.adopted, []) WHERE NOT a IN $ids] + $ids';
  if (ids.length > 0) await setInFence(graph, fence, set, { ids });
}

/** Part of a SET: leaves the tables whose id is in `$ids`. */
export const KEEP_NOTED =
  "f.tables = [t IN coalesce(f.tables, []) WHERE split(t, ' ')[0] IN $ids], " +
  'f.adopted = [a IN coalesce(f.adopted, []) WHERE a IN $ids]';

/** Lists the definition's tables and extra labels and those of a root that the graph is at, and no others. @throws StaleFenceError */
export async function noteExactly(
  graph: GraphDatabase,
  fence: OwnFence,
  definition: GraphDefinition,
  tracked: readonly AppliedTable[],
): Promise<void> {
  const tables = entriesOf([...definition.tables.map(settled), ...tracked]);
  const labels = labelsOf([...definition.tables, ...tracked]);
  await setInFence(graph, fence, 'f.tables = $tables, f.labels = $labels', { tables, labels });
}

/** Lists the definition's tables with its own columns and extra labels only: all rows are as it writes them. @throws StaleFenceError */
export async function noteSettled(graph: GraphDatabase, fence: OwnFence, definition: GraphDefinition): Promise<void> {
  const set =
    "f.tables = [t IN coalesce(f.tables, []) WHERE NOT split(t, ' ')[0] IN $ids] + $tables, " +
    'f.adopted = [a IN coalesce(f.adopted, []) WHERE NOT a IN $ids], f.labels = $labels';
  await setInFence(graph, fence, set, {
    labels: labelsOf(definition.tables),
    tables: entriesOf(definition.tables.map(settled)),
    ids: definition.tables.map(tableId),
  });
}

/** Reads the listed tables that the scope claims, each with the columns of all its versions; none without a fence. */
export async function notedTables(graph: GraphDatabase, scope: string): Promise<readonly AppliedTable[]> {
  const [fence] = await graph.query(
    `${FENCE}
     RETURN coalesce(f.claims, []) AS claims,
            [t IN coalesce(f.tables, []) WHERE NOT split(t, ' ')[0] IN coalesce(f.adopted, [])] AS tables`,
    { scope },
  );
  const { tables, claims } = (fence ?? { tables: [], claims: [] }) as Record<'tables' | 'claims', string[]>;
  const noted = new Map<string, AppliedTable>();
  for (const table of tablesOf(tables)) {
    // What was claimed and then given back may be another scope's.
    if (claims.includes(tablePattern(table))) noted.set(tableId(table), combined(table, noted.get(tableId(table))));
  }
  return [...noted.values()];
}

/** Decodes entries of the list: a table may have several, with the columns of different versions. */
export function tablesOf(entries: readonly string[]): AppliedTable[] {
  return entries.map(entry => JSON.parse(entry.slice(entry.indexOf(' '))) as AppliedTable);
}

/** Returns the extra labels that rows of some tables may have. */
export function labelsOf(tables: readonly (AppliedTable | TableDefinition)[]): string[] {
  return [...new Set(tables.flatMap(extraLabels))].sort();
}

/** Returns an entry for each version of each table: its id, a blank, and the table as JSON. */
function entriesOf(tables: readonly AppliedTable[]): string[] {
  const system = tables.filter(({ managedBy }) => managedBy === 'system');
  return [...new Set(system.map(table => `${tableId(table)} ${JSON.stringify(table)}`))];
}
