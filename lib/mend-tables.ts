import { applySchema } from './ddl.ts';
import { dropTables, undeclaredBy } from './drop-tables.ts';
import type { AppliedTable } from './graph/applied-table.ts';
import { edgesFirst, tablePattern } from './graph/definition.ts';
import type { Lease } from './lease.ts';
import { commitUntilDone } from './maintain.ts';
import { keepClaims, takeClaims } from './neo4j/claims.ts';
import { heldTables, holdTables } from './neo4j/held-tables.ts';
import { removeSome } from './neo4j/remove-statements.ts';
import type { Scope } from './scope.ts';
import type { Root } from './state/root.ts';

/** Rows of each kind of statement that one transaction removes. */
const ROWS_PER_TRANSACTION = 10_000;

/**
 * Does what a deploy does to tables and schema, for a database that was restored or wiped since, or whose last deploy was
 * taken back: no object is applied while there are rows of tables that the definition hasn't (a table with another primary
 * key would take its old nodes for new).
 *
 * @throws ClaimError if another scope has claimed a table meanwhile, SchemaError, StaleFenceError
 */
export async function mendTables(scope: Scope, lease: Lease, root: Root): Promise<Lease> {
  const { graph } = scope.connection;
  const fence = { scope: scope.name, epoch: lease.epoch };
  const gone = undeclaredBy(scope.definition);
  // What is tracked goes first, from graph and state at once: whichever definition comes next finds them alike.
  const dropped = await dropTables(scope, lease, root, gone);
  const held = lease.unknown ? await heldTables(graph, scope.name) : [];
  for (const table of edgesFirst(held))
    if (gone(table) && !isRekeyed(table, dropped.root))
      await commitUntilDone(scope, dropped.lease, removeSome(table, ROWS_PER_TRANSACTION));
  await applySchema(graph, fence, scope.definition);
  await keepClaims(graph, fence, scope.definition);
  await takeClaims(graph, fence, scope.definition);
  await holdTables(graph, fence, scope.definition);
  return dropped.lease;
}

/** Whether the graph has rows of a declared table with another key, which could be taken for this one's. */
function isRekeyed(table: AppliedTable, { tables }: Root): boolean {
  return [...tables.values()].some(state => tablePattern(state.table) === tablePattern(table));
}
