/** The steps of a deploy. Each can be repeated: deploys are retried and rolled back. */
import { applySchema, dropSchema, schemaOnline } from './ddl.ts';
import { dropTables, undeclaredBy } from './drop-tables.ts';
import { GraphdropError } from './graph/errors.ts';
import { readRoot } from './lease.ts';
import { preflight } from './preflight.ts';
import { DEFAULT_LIMITS } from './scope.ts';
import { checkHolder, claimTables, type DeployedScope, forgetState, openScope, withdraw } from './scope-lifecycle.ts';
import { handBack, inDeploy, seize } from './seize.ts';
import { agreedRoot } from './stamp.ts';
import { HeadItem } from './state/head.ts';
import { NodeCache } from './state/node-cache.ts';
import { MissingNodeError, NodeTable } from './state/node-table.ts';
import { EMPTY } from './state/tree.ts';

/** A deploy takes longer than CloudFormation waits. */
export class DeployOverdueError extends GraphdropError {
  readonly code = 'DEPLOY_OVERDUE';
}

/** What to go back to should the deploy fail: the definition that was in force; null: the scope wasn't deployed. */
export type Before = string | null;

/**
 * Checks that the deploy can be done, has all workers step aside, claims the tables and makes those constraints and indexes
 * that rows of an earlier definition don't stand in the way of. On failure nothing of it is left.
 *
 * @throws PreflightError, ClaimError, SchemaError, DefinitionError, ForeignFenceError
 */
export async function beginDeploy(deployed: DeployedScope): Promise<Before> {
  const { dynamo, table, scope, graph, definition } = deployed;
  await preflight(graph, scope, definition);
  await checkHolder(deployed);
  const present = await new HeadItem(dynamo, table, scope).read();
  const before = present === null || present.closed ? null : present.definition;
  try {
    const seized = await seize(deployed, inDeploy(definition));
    try {
      await claimTables(deployed, seized);
    } finally {
      await seized.item.release(seized.stamp.epoch);
    }
    await applySchema(graph, { scope }, definition, 'rows stay');
    return before;
  } catch (error) {
    await abandonDeploy(deployed, before).catch(() => {}); // the first error is the one to be told
    throw error;
  }
}

/**
 * Goes on with a deploy: deletes the rows of tables that the definition no longer has, then drops their constraints and
 * indexes and makes the rest, waits for these to be populated, and opens the scope.
 *
 * @param until ms since 1970: stop then and say false; to be called again
 * @param giveUpAt ms since 1970 from which on false is an error
 * @returns whether the scope is open
 * @throws DeployOverdueError, SchemaError
 */
export async function continueDeploy(deployed: DeployedScope, until: number, giveUpAt: number): Promise<boolean> {
  const { graph, scope, definition } = deployed;
  if (!(await dropUndeclared(deployed, until))) {
    refuseOverdue(
      giveUpAt,
      `${scope}: rows of tables that are no longer declared are still being deleted`,
      FINISH_ROWS,
    );
    return false;
  }
  await applySchema(graph, { scope }, definition);
  if (!(await schemaOnline(graph, scope, definition))) {
    refuseOverdue(giveUpAt, `${scope}: the database is still populating indexes`, FINISH_INDEXES);
    return false;
  }
  await openScope(deployed);
  return true;
}

/**
 * Takes a deploy back that nobody else will: what was in force is so again, its rows, constraints and claims from the next
 * worker's lease on; a scope that wasn't deployed leaves nothing behind, or the graph that it found.
 */
export async function abandonDeploy(deployed: DeployedScope, before: Before): Promise<void> {
  if (before !== null) return await handBack(deployed, before);
  if ((await withdraw(deployed, true)) === 'nothing') return;
  await dropSchema(deployed.graph, deployed.scope);
  await forgetState(deployed);
}

/**
 * Deletes the tracked rows of all tables that the definition doesn't have: exactly what files declared, nobody else's rows.
 *
 * @param until ms since 1970: no transaction but the first begins later
 * @param open false: the scope is torn down, and closed again afterwards
 * @returns whether all are gone; call again if not
 */
export async function dropUndeclared(deployed: DeployedScope, until: number, open = true): Promise<boolean> {
  const { dynamo, table, scope, graph, definition } = deployed;
  const nodes = new NodeTable(dynamo, table, scope);
  const gone = undeclaredBy(definition);
  try {
    const present = await new HeadItem(dynamo, table, scope).read();
    const tracked = await readRoot({ nodes }, present?.root ?? EMPTY);
    if (![...tracked.tables.values()].some(state => gone(state.table))) return true;
    const { item, head, stamp, fence } = await seize(deployed, inDeploy(definition));
    try {
      if (!open) await item.close(stamp.epoch);
      const root = await agreedRoot(item, head, { stamp, fence });
      if (root === null) return true;
      const connection = { graph };
      const { definition: definitionHash, epoch } = stamp;
      const limits = DEFAULT_LIMITS;
      const maintained = { name: scope, definitionHash, connection, head: item, nodes, cache: new NodeCache(), limits };
      const lease = { epoch, root, heal: false, resync: null, replaced: false, unknown: false };
      return (await dropTables(maintained, lease, await readRoot({ nodes }, root), gone, until)).done;
    } finally {
      await item.release(stamp.epoch);
    }
  } catch (error) {
    // Like a database that was replaced: the first worker finds out that the state lacks nodes, and sees to it.
    if (error instanceof MissingNodeError) return true;
    throw error;
  }
}

const FINISH_ROWS =
  'Deploy with these tables and without their sources first, invoke the sync function with {"resync":true} until it answers ' +
  '"settled":true, then deploy without the tables';

const FINISH_INDEXES =
  'SHOW INDEXES tells how far they are. Create them by hand first, under the same names: the deploy takes over what is there';

function refuseOverdue(giveUpAt: number, what: string, remedy: string): void {
  if (Date.now() < giveUpAt) return;
  throw new DeployOverdueError(`${what}, and CloudFormation waits no longer. ${remedy}`);
}
