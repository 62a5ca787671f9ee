/** What a deploy does to a scope, and a teardown. */
import { undeclaredBy } from './drop-tables.ts';
import type { AppliedTable } from './graph/applied-table.ts';
import { definitionHash } from './graph/definition.ts';
import { readRoot } from './lease.ts';
import { checkClaims, keepClaims, takeClaims } from './neo4j/claims.ts';
import { createFence, disownFence, GIVEN_BACK, rootOf } from './neo4j/fence.ts';
import { holdExactly, holdTables, noteAdopted } from './neo4j/held-tables.ts';
import { nameHolder, requireHolder, withdrawHolder } from './neo4j/holders.ts';
import { type DeployedScope, handBack, inDeploy, lead, type Seized, seize, stampLed } from './seize.ts';
import { agreedRoot } from './stamp.ts';
import { ContextItems } from './state/contexts.ts';
import { forgetScope } from './state/forget.ts';
import { HeadItem } from './state/head.ts';
import { databaseOf } from './state/items.ts';
import { MissingNodeError, NodeTable } from './state/node-table.ts';
import { EMPTY } from './state/tree.ts';

export type { DeployedScope, Deployment } from './seize.ts';

/**
 * Looks whether this deployment may have the scope, before anything is changed.
 *
 * @throws ForeignFenceError when another state has it
 */
export async function checkHolder({ dynamo, table, scope, graph, deployment }: DeployedScope): Promise<void> {
  if (deployment?.takeOver === true) return;
  const head = await new HeadItem(dynamo, table, scope).read();
  await requireHolder(graph, scope, head?.store ?? null);
}

/** Whether the definition is in force, as this very deployment's: then there is nothing to do, nor a database needed. */
export async function isInForce(deployed: Omit<DeployedScope, 'graph'>): Promise<boolean> {
  const { dynamo, table, scope, definition, deployment } = deployed;
  const head = await new HeadItem(dynamo, table, scope).read();
  if (head === null || head.closed || head.definition !== definitionHash(definition)) return false;
  return (await deploymentsOf(deployed)).at(-1)?.deployment === deployment?.id;
}

/** Whether a resync is still to bring the graph back to what it should be: after a deploy that was taken back, say. */
export async function isToBeMended({ dynamo, table, scope }: Omit<DeployedScope, 'graph'>): Promise<boolean> {
  const head = await new HeadItem(dynamo, table, scope).read();
  return (head?.resync ?? null) !== null;
}

/**
 * Puts the definition in force and opens the scope: workers with another one step aside from now on, also those that are
 * in the middle of a batch (the fence has the new epoch). The schema must be there already, and the rows of tables that the
 * definition doesn't have must be gone.
 *
 * @throws ForeignFenceError when another state has the scope
 */
export async function openScope(deployed: DeployedScope): Promise<void> {
  const { graph, scope, definition, deployment } = deployed;
  // From the stamp on there may be rows of them.
  await holdTables(graph, { scope }, definition);
  const seized = await seize(deployed);
  const { item, stamp } = seized;
  try {
    const root = await claimTables(deployed, seized);
    const tracked = await tablesAt(deployed, seized, root);
    if (tracked !== null && !tracked.some(undeclaredBy(definition))) {
      await keepClaims(graph, stamp, definition);
      await holdExactly(graph, stamp, definition, tracked);
    }
    if (deployment !== undefined) await nameHolder(graph, scope, stamp.store, deployment.name);
    await noteDeployment(deployed);
  } finally {
    await item.release(stamp.epoch);
  }
}

/**
 * Claims the definition's tables, and sets head right.
 *
 * @returns the root that graph and state are at; null: the graph isn't what the state knows
 * @throws ClaimError
 */
export async function claimTables(
  deployed: DeployedScope,
  { item, head, stamp, fence }: Seized,
): Promise<string | null> {
  const { graph, scope, definition } = deployed;
  const root = await agreedRoot(item, head, { stamp, fence });
  const adopted = await checkClaims(graph, scope, definition);
  // Where there is state but no fence, the first worker is to find that out and have everything looked at again.
  const isNew = head.root === EMPTY && head.pending === null;
  if (fence === null) await createFence(graph, stamp, isNew ? EMPTY : GIVEN_BACK);
  if (adopted.length > 0) await item.adopt(stamp.epoch, root ?? head.root);
  await noteAdopted(graph, stamp, adopted);
  await takeClaims(graph, stamp, definition);
  return root;
}

/**
 * The tables whose rows the graph has; null: only its fence knows. Where they aren't known, or are more than the definition has,
 * the first worker removes what is too much (`mendTables`) and gives up its claims.
 */
async function tablesAt(
  { dynamo, table, scope }: DeployedScope,
  { head }: Seized,
  root: string | null,
): Promise<AppliedTable[] | null> {
  if (root === null || head.unknown) return null;
  try {
    const { tables } = await readRoot({ nodes: new NodeTable(dynamo, table, scope) }, root);
    return [...tables.values()].map(state => state.table);
  } catch (error) {
    if (error instanceof MissingNodeError) return null;
    throw error;
  }
}

/** Writes down where the scope's workers find what is theirs. */
export async function noteDeployment({
  dynamo,
  table,
  scope,
  definition,
  deployment,
}: Omit<DeployedScope, 'graph'>): Promise<void> {
  if (deployment === undefined) return;
  const { id, secretId, queueUrl } = deployment;
  await new ContextItems(dynamo, table).put(definition.context, id, {
    secretId,
    queueUrl,
    database: databaseOf(scope),
    definition: definitionHash(definition),
  });
}

/** Takes back what {@link noteDeployment} wrote. */
export async function forgetDeployment({
  dynamo,
  table,
  scope,
  deployment,
}: Omit<DeployedScope, 'graph'>): Promise<void> {
  if (deployment !== undefined) await new ContextItems(dynamo, table).delete(scope, deployment.id);
}

/**
 * What a deployment that goes may take along: `nothing` where another one declares the scope as well, or the graph is to be
 * kept, or was found and never opened by this one; `schema` where no row was ever written (what is there was there before: a
 * first deploy that is rolled back); else `rows` and schema.
 */
export type Leaving = 'nothing' | 'schema' | 'rows';

/**
 * Takes a deployment's word for a scope back, and closes the scope if it was the last: who commits is stopped, and nobody
 * commits any more. Where another deployment declares the scope, nothing changes for that one; if ours was in force, the
 * other is again. Can be repeated: what it was is forgotten when nothing is left to do, else by {@link forgetState}.
 *
 * @param keep whether the graph, if it has any row, stays for whoever deploys the scope next
 */
export async function withdraw(deployed: DeployedScope, keep: boolean): Promise<Leaving> {
  const leaving = await leave(deployed, keep);
  if (leaving === 'nothing') await forgetDeployment(deployed);
  return leaving;
}

async function leave(deployed: DeployedScope, keep: boolean): Promise<Leaving> {
  const { dynamo, table, scope, graph, definition, deployment } = deployed;
  const all = await deploymentsOf(deployed);
  const other = all.findLast(entry => entry.deployment !== deployment?.id);
  if (other !== undefined) {
    const present = await new HeadItem(dynamo, table, scope).read();
    // The word is given when a deploy ends: one that came to nothing, and wasn't abandoned, has none yet.
    if (all.at(-1) !== other || present?.definition === inDeploy(definition))
      await handBack(deployed, other.definition);
    return 'nothing';
  }
  const led = await lead(deployed);
  // First, so that no worker of ours takes the fence back.
  await led.item.close(led.head.epoch);
  if (await withdrawHolder(graph, scope, led.head.store)) {
    await led.item.release(led.head.epoch);
    if (!keep) await forgetScope(dynamo, table, scope);
    return 'nothing';
  }
  const { item, stamp, fence } = await stampLed(deployed, led);
  const empty = rootOf(fence) === EMPTY;
  // A graph that was found by a deploy that never got as far as opening the scope isn't that deploy's to take.
  const stays = keep || (deployment !== undefined && all.length === 0);
  if (stays && !empty) await disownFence(graph, stamp);
  await item.release(stamp.epoch);
  return empty ? 'schema' : stays ? 'nothing' : 'rows';
}

/** Deletes the scope's tracked state. Only after {@link withdraw}, when the graph's rows are gone. */
export async function forgetState(deployed: DeployedScope): Promise<void> {
  const { dynamo, table, scope } = deployed;
  await forgetScope(dynamo, table, scope);
  await forgetDeployment(deployed);
}

async function deploymentsOf({
  dynamo,
  table,
  scope,
  definition,
}: Omit<DeployedScope, 'graph'>): ReturnType<ContextItems['deployments']> {
  return await new ContextItems(dynamo, table).deployments(definition.context, databaseOf(scope));
}
