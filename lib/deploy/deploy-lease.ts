import { randomUUID } from 'node:crypto';
import { acquireHead, type HeadLease, type Lease, release, stampLease } from '../commit/lease.ts';
import { definitionHash, type GraphDefinition } from '../definition/definition.ts';
import type { Fence } from '../neo4j/fence/fence.ts';
import { releaseFence } from '../neo4j/fence/owning-store.ts';
import { type Stamp, stampFence } from '../neo4j/fence/stamp-fence.ts';
import type { GraphDatabase } from '../neo4j/graph-database.ts';
import { retry } from '../state/backoff.ts';
import type { ScopeHead } from '../state/scope-head.ts';
import type { DeployedScope } from './deployed-scope.ts';

/** What head and fence name as the definition while a deploy works: no worker has it, so all step aside. */
export function inDeploy(definition: GraphDefinition): string {
  return `deploy of ${definitionHash(definition)}`;
}

const LEASE_MS = 60_000;

/** A worker's transaction lasts 40 s, and the server takes some seconds more to give it up. */
const STAMP_MS = 60_000;

/**
 * Acquires the head lease and puts a definition in force. Waits for a worker that commits, but only so long: many small batches
 * and a second worker could keep a deploy waiting for ever. Overridden, the worker can still commit the batch it has proposed,
 * which the stamp waits for, and no other: its epoch is gone.
 *
 * @param recover see {@link ScopeHead.deploy}
 */
export async function acquireForDeploy(
  { state, scope, definition, waitMs = 15_000 }: Omit<DeployedScope, 'graph'>,
  inForce = definitionHash(definition),
  recover = false,
): Promise<HeadLease> {
  const item = state.head;
  const holder = randomUUID();
  const head = await acquireHead(scope, waitMs, async overdue => {
    const acquired = await item.deploy(holder, inForce, LEASE_MS, { recover, insist: overdue });
    return typeof acquired === 'string' ? 'held' : acquired; // closed or of another definition: a deploy changes that
  });
  return { item, head };
}

/**
 * Puts the definition in force (back) that another deployment has, or had. Needs no database: the next worker with it brings
 * tables, schema and claims to it, and has everything looked at.
 */
export async function handBack(deployed: Omit<DeployedScope, 'graph'>, inForce: string): Promise<void> {
  await release(await acquireForDeploy(deployed, inForce, true));
}

/** Acquires a lease for a deploy and stamps the fence. @throws ForeignFenceError when another state has the scope */
export async function acquireStamped(
  deployed: DeployedScope,
  inForce = definitionHash(deployed.definition),
): Promise<Lease> {
  return await stampForDeploy(deployed, await acquireForDeploy(deployed, inForce), inForce);
}

/** Stamps the fence with a deploy's lease, which is released on failure. @throws ForeignFenceError */
export async function stampForDeploy(
  { graph, scope, definition, deployment }: DeployedScope,
  lease: HeadLease,
  inForce = definitionHash(definition),
): Promise<Lease> {
  const { item, head } = lease;
  const stampOnce = (database: GraphDatabase, stamp: Stamp): Promise<Fence | null> =>
    whileLocked(item, stamp, async () => {
      if (deployment?.takeOver === true) await releaseFence(database, scope, head.store);
      return await stampFence(database, stamp);
    });
  return await stampLease(lease, graph, inForce, { stampOnce });
}

/** Codes of a statement that waited for a lock in vain. */
const LOCKED = /TransactionTimedOut|LockAcquisitionTimeout|LockClientStopped/;

/** Repeats work while an overridden worker's transaction may hold the fence's lock, which is 40 s at most. */
async function whileLocked<T>(item: ScopeHead, { epoch }: Stamp, work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + STAMP_MS;
  const isLocked = (error: unknown): boolean => LOCKED.test(String((error as { readonly code?: unknown }).code));
  const renewed = async (): Promise<T> => {
    await item.renew(epoch, LEASE_MS);
    return await work();
  };
  // Each try waits for the lock by itself.
  return await retry(renewed, error => isLocked(error) && Date.now() < deadline, {
    tries: Number.POSITIVE_INFINITY,
    firstWaitMs: 0,
    longestWaitMs: 0,
  });
}
