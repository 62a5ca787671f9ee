/** The steps of a deploy. Each can be repeated: deploys are retried and rolled back. */

import type { CommittingScope } from '../commit/commit-move.ts';
import { dropTables, undeclaredBy } from '../commit/drop-tables.ts';
import { agreedRoot, type Lease, withLease } from '../commit/lease.ts';
import { readyAt } from '../commit/ready.ts';
import { GraphdropError } from '../errors.ts';
import { applySchema, dropSchema, schemaOnline } from '../neo4j/schema/apply-schema.ts';
import { DEFAULT_LIMITS } from '../scope.ts';
import { readRoot } from '../state/read-root.ts';
import { EMPTY } from '../state/tree.ts';
import { MissingNodeError } from '../state/tree-nodes.ts';
import { acquireStamped, handBack, inDeploy } from './deploy-lease.ts';
import type { DeployedScope } from './deployed-scope.ts';
import { preflight } from './preflight.ts';
import { checkHolder, claimTables, forgetState, openScope, withdraw } from './scope-ownership.ts';

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
  const { state, scope, graph, definition } = deployed;
  for (const warning of await preflight(graph, scope, definition)) deployed.warn?.(warning);
  await checkHolder(deployed);
  const present = await state.head.read();
  const before = present === null || present.closed ? null : present.definition;
  try {
    await withLease(await acquireStamped(deployed, inDeploy(definition)), lease => claimTables(deployed, lease));
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
 * Deletes the tracked rows of all tables that the definition doesn't have: exactly what files declared, no foreign rows.
 *
 * @param until ms since 1970: no transaction but the first begins later
 * @param open false: the scope is torn down, and closed again afterwards
 * @returns whether all are gone; call again if not
 */
export async function dropUndeclared(deployed: DeployedScope, until: number, open = true): Promise<boolean> {
  const { state, definition } = deployed;
  const { nodes } = state;
  const gone = undeclaredBy(definition);
  try {
    const present = await state.head.read();
    const tracked = await readRoot({ nodes }, present?.root ?? EMPTY);
    if (![...tracked.tables.values()].some(state => gone(state.table))) return true;
    return await withLease(await acquireStamped(deployed, inDeploy(definition)), async lease => {
      const { item, epoch } = lease;
      if (!open) await item.close(epoch);
      const root = await agreedRoot(lease);
      if (root === null) return true;
      const ready = readyAt({ resync: null, resyncBegun: null, hasUntrackedRows: false }, epoch, root);
      return (await dropTables(withoutFlow(deployed, lease), ready, await readRoot({ nodes }, root), gone, until)).done;
    });
  } catch (error) {
    // Like a database that was replaced: the first worker finds out that the state lacks nodes, and sees to it.
    if (error instanceof MissingNodeError) return true;
    throw error;
  }
}

/** What committing needs of a scope whose flow a deploy doesn't have. */
function withoutFlow(
  { state, scope: name, graph, stateRetentionDays = DEFAULT_LIMITS.stateRetentionDays }: DeployedScope,
  { item: head, stamp: { definition: definitionHash } }: Lease,
): CommittingScope {
  const limits = { ...DEFAULT_LIMITS, stateRetentionDays };
  return { name, definitionHash, connection: { graph }, head, nodes: state.nodes, limits, observe: () => {} };
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
