/** What a deploy does to a scope, and a teardown. */
import { undeclaredBy } from '../commit/drop-tables.ts';
import { agreedRoot, type Lease, release, withLease } from '../commit/lease.ts';
import type { AppliedTable } from '../definition/applied-table.ts';
import { definitionHash } from '../definition/definition.ts';
import { checkClaims, keepClaims, takeClaims } from '../neo4j/fence/claims.ts';
import { GIVEN_BACK, rootOf } from '../neo4j/fence/fence.ts';
import { noteAdopted, noteExactly, noteTables } from '../neo4j/fence/noted-tables.ts';
import { nameDeployment, requireOwnStore, withdrawStore } from '../neo4j/fence/owning-store.ts';
import { createFence, disownFence } from '../neo4j/fence/stamp-fence.ts';
import { readRoot } from '../state/read-root.ts';
import { EMPTY } from '../state/tree.ts';
import { MissingNodeError } from '../state/tree-nodes.ts';
import { acquireForDeploy, acquireStamped, handBack, inDeploy, stampForDeploy } from './deploy-lease.ts';
import type { DeployedScope } from './deployed-scope.ts';
import { requireKnownGraph } from './left-graph.ts';

/**
 * Looks whether this deployment may have the scope, before anything is changed.
 *
 * @throws ForeignFenceError when another state has it, LeftGraphError when none has and a new state would remove its rows
 */
export async function checkHolder({ state, scope, graph, deployment }: DeployedScope): Promise<void> {
  if (deployment?.takeOver === true) return;
  const head = await state.head.read();
  await requireOwnStore(graph, scope, head?.store ?? null);
  // In process nobody else could say it.
  if (deployment !== undefined) await requireKnownGraph(graph, scope, head);
}

/** Whether the definition is in force, as this very deployment's: then there is nothing to do, nor a database needed. */
export async function isInForce(deployed: Omit<DeployedScope, 'graph'>): Promise<boolean> {
  const { state, definition, deployment } = deployed;
  const head = await state.head.read();
  if (head === null || head.closed || head.definition !== definitionHash(definition)) return false;
  return (await state.deployments.list()).at(-1)?.id === deployment?.id;
}

/** Whether a resync is still to bring the graph back to what it should be: after a deploy that was taken back, say. */
export async function awaitsResync({ state }: Omit<DeployedScope, 'graph'>): Promise<boolean> {
  const head = await state.head.read();
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
  await noteTables(graph, { scope }, definition);
  await withLease(await acquireStamped(deployed), async lease => {
    const { stamp } = lease;
    const root = await claimTables(deployed, lease);
    const tracked = await tablesAt(deployed, lease, root);
    if (tracked !== null && !tracked.some(undeclaredBy(definition))) {
      await keepClaims(graph, stamp, definition);
      await noteExactly(graph, stamp, definition, tracked);
    }
    if (deployment !== undefined) await nameDeployment(graph, scope, stamp.store, deployment.name);
    await noteDeployment(deployed);
  });
}

/**
 * Claims the definition's tables, and sets head right.
 *
 * @returns the root that graph and state are at; null: the graph isn't what the state knows
 * @throws ClaimError
 */
export async function claimTables(deployed: DeployedScope, lease: Lease): Promise<string | null> {
  const { graph, scope, definition } = deployed;
  const { item, head, stamp, fence } = lease;
  const root = await agreedRoot(lease);
  const adopted = await checkClaims(graph, scope, definition);
  // Where there is state but no fence, the first worker is to find that out and have everything looked at again.
  const isNew = head.root === EMPTY && head.pending === null;
  if (fence === null) await createFence(graph, stamp, isNew ? EMPTY : GIVEN_BACK);
  if (adopted.length > 0) await item.requireResync(stamp.epoch, root ?? head.root);
  // Told to: what the resync then finds too much in the graph goes, however much it is.
  const isTaken = root === null && deployed.deployment?.takeOver === true;
  if (adopted.length > 0 || isTaken) await item.allowRemoval(stamp.epoch);
  await noteAdopted(graph, stamp, adopted);
  await takeClaims(graph, stamp, definition);
  return root;
}

/**
 * The tables whose rows the graph has; null: only its fence knows. Where they aren't known, or are more than the definition has,
 * the first worker removes what is too much (`recoverTables`) and gives up its claims.
 */
async function tablesAt(
  { state }: DeployedScope,
  { head }: Lease,
  root: string | null,
): Promise<AppliedTable[] | null> {
  if (root === null || head.hasUntrackedRows) return null;
  try {
    const { tables } = await readRoot(state, root);
    return [...tables.values()].map(({ table }) => table);
  } catch (error) {
    if (error instanceof MissingNodeError) return null;
    throw error;
  }
}

/** Writes down where the scope's workers find what is theirs. */
export async function noteDeployment({ state, definition, deployment }: Omit<DeployedScope, 'graph'>): Promise<void> {
  if (deployment === undefined) return;
  const { id, secretId, queueUrl } = deployment;
  await state.deployments.put(id, { secretId, queueUrl, definition: definitionHash(definition) });
}

/** Takes back what {@link noteDeployment} wrote. */
export async function forgetDeployment({ state, deployment }: Omit<DeployedScope, 'graph'>): Promise<void> {
  if (deployment !== undefined) await state.deployments.delete(deployment.id);
}

/**
 * What a deployment that goes may take along: `nothing` where another one declares the scope as well, or the graph must
 * stay, or was found and never opened by this one; `state` where another state has taken the scope over; `schema` where no row was ever written (what is there was there before: a
 * first deploy that is rolled back); else `rows` and schema.
 */
export type Leaving = 'nothing' | 'state' | 'schema' | 'rows';

/**
 * Takes a deployment's word for a scope back, and closes the scope if it was the last: who commits is stopped, and nobody
 * commits any more. Where another deployment declares the scope, nothing changes for that one; if ours was in force, the
 * other is again. Can be repeated: what it was is forgotten when nothing is left to do, else by {@link forgetState}.
 *
 * @param keep whether the graph, if it has any row, stays for the next deployment of the scope
 */
export async function withdraw(deployed: DeployedScope, keep: boolean): Promise<Leaving> {
  const leaving = await leave(deployed, keep);
  if (leaving === 'nothing') await forgetDeployment(deployed);
  return leaving;
}

async function leave(deployed: DeployedScope, keep: boolean): Promise<Leaving> {
  const { state, scope, graph, definition, deployment } = deployed;
  const all = await state.deployments.list();
  const other = all.findLast(({ id }) => id !== deployment?.id);
  if (other !== undefined) {
    const present = await state.head.read();
    // The word is given when a deploy ends: one that came to nothing, and wasn't abandoned, has none yet.
    if (all.at(-1) !== other || present?.definition === inDeploy(definition))
      await handBack(deployed, other.definition);
    return 'nothing';
  }
  const headLease = await acquireForDeploy(deployed);
  // First, so that no worker of ours takes the fence back.
  await headLease.item.close(headLease.head.epoch);
  if (await withdrawStore(graph, scope, headLease.head.store)) {
    await release(headLease);
    return keep ? 'nothing' : 'state';
  }
  return await withLease(await stampForDeploy(deployed, headLease), async ({ stamp, fence }) => {
    const empty = rootOf(fence) === EMPTY;
    // A graph that was found by a deploy that never got as far as opening the scope isn't that deploy's to take.
    const stays = keep || (deployment !== undefined && all.length === 0);
    if (stays && !empty) await disownFence(graph, stamp);
    return empty ? 'schema' : stays ? 'nothing' : 'rows';
  });
}

/**
 * Deletes the scope's tracked state. Only after {@link withdraw}, when the graph's rows are gone.
 *
 * @param until when to stop (ms since 1970); something is deleted in any case. Default: none
 * @returns whether all is gone; call again if not
 */
export async function forgetState(deployed: DeployedScope, until?: number): Promise<boolean> {
  if (!(await deployed.state.forget(until))) return false;
  await forgetDeployment(deployed);
  return true;
}
