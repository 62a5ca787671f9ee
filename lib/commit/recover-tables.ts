import type { AppliedTable } from '../definition/applied-table.ts';
import { edgesFirst, tablePattern } from '../definition/definition.ts';
import { keepClaims, takeClaims } from '../neo4j/fence/claims.ts';
import { notedTables, noteTables } from '../neo4j/fence/noted-tables.ts';
import { applySchema } from '../neo4j/schema/apply-schema.ts';
import { removeSome } from '../neo4j/statements/remove-statements.ts';
import type { Scope } from '../scope.ts';
import type { Root } from '../state/root.ts';
import { dropTables, undeclaredBy } from './drop-tables.ts';
import { commitUntilDone } from './maintenance.ts';
import type { Ready } from './ready.ts';

/**
 * Does what a deploy does to tables and schema, for a database that was restored or wiped since, or whose last deploy was
 * taken back: no object is applied while there are rows of tables that the definition hasn't (a table with another primary
 * key would take its old nodes for new).
 *
 * @throws ClaimError if another scope has claimed a table meanwhile, SchemaError, StaleFenceError
 */
export async function recoverTables(scope: Scope, ready: Ready, root: Root): Promise<Ready> {
  const { graph } = scope.connection;
  const fence = { scope: scope.name, epoch: ready.epoch };
  const gone = undeclaredBy(scope.definition);
  // What is tracked goes first, from graph and state at once: whichever definition comes next finds them alike.
  const dropped = await dropTables(scope, ready, root, gone);
  const noted = ready.hasUntrackedRows ? await notedTables(graph, scope.name) : [];
  for (const table of edgesFirst(noted))
    if (gone(table) && !isRekeyed(table, dropped.root)) await commitUntilDone(scope, dropped.ready, removeSome(table));
  await applySchema(graph, fence, scope.definition);
  await keepClaims(graph, fence, scope.definition);
  await takeClaims(graph, fence, scope.definition);
  await noteTables(graph, fence, scope.definition);
  return dropped.ready;
}

/** Whether the graph has rows of a declared table with another key, which could be taken for this one's. */
function isRekeyed(table: AppliedTable, { tables }: Root): boolean {
  return [...tables.values()].some(state => tablePattern(state.table) === tablePattern(table));
}
