import { applySchema } from './ddl.ts';
import { dropTables, undeclaredBy } from './drop-tables.ts';
import type { Lease } from './lease.ts';
import { keepClaims, takeClaims } from './neo4j/claims.ts';
import type { Scope } from './scope.ts';
import type { Root } from './state/root.ts';

/**
 * Does what a deploy does to tables and schema, for a database that was restored or wiped since, or whose last deploy was
 * taken back: no object is applied while there are rows of tables that the definition hasn't (a table with another primary
 * key would take its old nodes for new).
 *
 * @throws ClaimError if another scope has claimed a table meanwhile, SchemaError, StaleFenceError
 */
export async function mendTables(scope: Scope, lease: Lease, root: Root): Promise<Lease> {
  const { graph } = scope.connection;
  const dropped = await dropTables(scope, lease, root, undeclaredBy(scope.definition));
  const fence = { scope: scope.name, epoch: lease.epoch };
  await applySchema(graph, fence, scope.definition);
  await keepClaims(graph, fence, scope.definition);
  await takeClaims(graph, fence, scope.definition);
  return dropped.lease;
}
