/**
 * Of what tables a scope's rows in the graph may be, as its fence says: `system` tables, with all columns that any row may
 * have. It is written before the first such row and taken away after the last. So every copy of the database says it of
 * itself, also one so old that the tracked state has forgotten it.
 */
import { type AppliedTable, combined, settled } from '../graph/applied-table.ts';
import { type GraphDefinition, tableId, tablePattern } from '../graph/definition.ts';
import type { GraphDatabase } from './graph-database.ts';
import { type OwnFence, setInFence } from './own-fence.ts';

/** Notes the definition's tables, besides those that are there. @throws StaleFenceError */
export async function holdTables(graph: GraphDatabase, fence: OwnFence, definition: GraphDefinition): Promise<void> {
  const set = 'f.tables = [t IN coalesce(f.tables, []) WHERE NOT t IN $tables] + $tables';
  await setInFence(graph, fence, set, { tables: entriesOf(definition.tables.map(settled)) });
}

/**
 * Notes that tables had rows when they were claimed: until a resync has settled, and what no file declares was removed, they
 * aren't held, and a definition without them leaves those rows where they are.
 *
 * @throws StaleFenceError
 */
export async function noteAdopted(graph: GraphDatabase, fence: OwnFence, ids: readonly string[]): Promise<void> {
  const set = 'f.adopted = [a IN coalesce(f.adopted, []) WHERE NOT a IN $ids] + $ids';
  if (ids.length > 0) await setInFence(graph, fence, set, { ids });
}

/** Part of a SET: leaves the tables whose id is in `$ids`. */
export const KEEP_TABLES =
  "f.tables = [t IN coalesce(f.tables, []) WHERE split(t, ' ')[0] IN $ids], " +
  'f.adopted = [a IN coalesce(f.adopted, []) WHERE a IN $ids]';

/** Notes the definition's tables and those of a root that the graph is at, and no others. @throws StaleFenceError */
export async function holdExactly(
  graph: GraphDatabase,
  fence: OwnFence,
  definition: GraphDefinition,
  tracked: readonly AppliedTable[],
): Promise<void> {
  const tables = entriesOf([...definition.tables.map(settled), ...tracked]);
  await setInFence(graph, fence, 'f.tables = $tables', { tables });
}

/** Notes that all rows of the definition's tables are as it writes them. @throws StaleFenceError */
export async function holdSettled(graph: GraphDatabase, fence: OwnFence, definition: GraphDefinition): Promise<void> {
  const set =
    "f.tables = [t IN coalesce(f.tables, []) WHERE NOT split(t, ' ')[0] IN $ids] + $tables, " +
    'f.adopted = [a IN coalesce(f.adopted, []) WHERE NOT a IN $ids]';
  await setInFence(graph, fence, set, {
    tables: entriesOf(definition.tables.map(settled)),
    ids: definition.tables.map(tableId),
  });
}

/** The tables that the scope has claimed and whose rows may be there, as their versions have it together; none without a fence. */
export async function heldTables(graph: GraphDatabase, scope: string): Promise<readonly AppliedTable[]> {
  const [fence] = await graph.query(
    `MATCH (f:_Graphdrop {scope: $scope})
     RETURN coalesce(f.claims, []) AS claims,
            [t IN coalesce(f.tables, []) WHERE NOT split(t, ' ')[0] IN coalesce(f.adopted, [])] AS tables`,
    { scope },
  );
  const { tables, claims } = (fence ?? { tables: [], claims: [] }) as Record<'tables' | 'claims', string[]>;
  const held = new Map<string, AppliedTable>();
  for (const entry of tables) {
    const table = JSON.parse(entry.slice(entry.indexOf(' '))) as AppliedTable;
    // What was claimed and then given back may be another scope's.
    if (claims.includes(tablePattern(table))) held.set(tableId(table), combined(table, held.get(tableId(table))));
  }
  return [...held.values()];
}

/** One a table, versions of a table side by side: its id, a blank, and the table as JSON. */
function entriesOf(tables: readonly AppliedTable[]): string[] {
  const system = tables.filter(({ managedBy }) => managedBy === 'system');
  return [...new Set(system.map(table => `${tableId(table)} ${JSON.stringify(table)}`))];
}
