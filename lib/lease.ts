import { setTimeout as sleep } from 'node:timers/promises';
import { adoptGraph } from './adopt-graph.ts';
import { applySchema } from './ddl.ts';
import { GraphdropError } from './graph/errors.ts';
import { checkClaims, writeClaims } from './neo4j/claims.ts';
import { createFence, type Fence, stampFence } from './neo4j/fence.ts';
import type { Scope } from './scope.ts';
import type { Head, LeaseRefusal } from './state/head.ts';
import { decodeRoot, EMPTY_ROOT, type Root } from './state/root.ts';
import { EMPTY } from './state/tree.ts';

/** The right to commit for a scope, and what the graph holds. */
export interface Lease {
  readonly epoch: number;
  /** The fence's root: the truth, whatever died before. */
  readonly root: string;
  /** The graph may differ from that root (it was restored or wiped) until a resync is through. */
  readonly heal: boolean;
  /** Names the resync that must get through (see {@link Head.resync}); null: none. */
  readonly resync: number | null;
  /** It hasn't begun yet: somebody must start it. */
  readonly replaced: boolean;
}

/** Another worker commits, or a deploy or teardown is under way: to be tried again later. */
export class ScopeBusyError extends GraphdropError {
  readonly code = 'SCOPE_BUSY';
  override readonly retryable = true;
  readonly reason: LeaseRefusal;

  constructor(message: string, reason: LeaseRefusal) {
    super(message);
    this.reason = reason;
  }
}

/**
 * Becomes the scope's only committer and learns what the graph holds.
 *
 * @throws ScopeBusyError when the lease can't be had within `leaseWaitMs`, LeaseLostError, ForeignFenceError
 */
export async function takeLease(scope: Scope): Promise<Lease> {
  return await leaseAnd(scope, settleRoot);
}

/**
 * Begins the tracked state anew, when it turns out to lack nodes: everything counts as unknown, and a resync applies all
 * files again to the graph as it is.
 */
export async function abandonState(scope: Scope): Promise<Lease> {
  return await leaseAnd(scope, async (...found) => await adopt(...found, false));
}

async function leaseAnd(
  scope: Scope,
  settle: (scope: Scope, head: Head, epoch: number, fence: Fence | null) => Promise<Lease>,
): Promise<Lease> {
  const head = await acquire(scope);
  let { epoch } = head;
  try {
    await scope.observe('leased');
    let fence = await stamp(scope, head, epoch);
    while (fence !== null && fence.epoch > epoch) {
      // The state was restored to an older point than the database: go on above the fence's epoch.
      epoch = await scope.head.raise(epoch, fence.epoch);
      fence = await stamp(scope, head, epoch);
    }
    await scope.observe('stamped');
    return await settle(scope, head, epoch, fence);
  } catch (error) {
    // What stands in the way here (an unreachable database, say) is no reason to keep others waiting.
    await scope.head.release(epoch).catch(() => {});
    throw error;
  }
}

/** Finds out by the fence what became of the batches before, and sets head right. */
async function settleRoot(scope: Scope, head: Head, epoch: number, fence: Fence | null): Promise<Lease> {
  if (fence !== null && fence.root === head.root) {
    // A predecessor that died before its commit left its proposal behind.
    if (head.pending !== null) await scope.head.accept(epoch, fence.root);
    return leaseOn(head, epoch, fence.root);
  }
  if (fence !== null && fence.root === head.pending) {
    await scope.head.accept(epoch, fence.root);
    return leaseOn(head, epoch, fence.root);
  }
  if (fence === null && head.root === EMPTY && head.pending === null) {
    const { graph } = scope.connection;
    const adopts = await checkClaims(graph, scope.name, scope.definition);
    if (adopts) return await adopt(scope, head, epoch, fence, false);
    await applySchema(graph, scope.definition);
    await createFence(graph, stampOf(scope, head, epoch), EMPTY);
    await writeClaims(graph, scope.name, scope.definition);
    return leaseOn(head, epoch, EMPTY);
  }
  return await adopt(scope, head, epoch, fence, true);
}

async function adopt(scope: Scope, head: Head, epoch: number, fence: Fence | null, keepRoot: boolean): Promise<Lease> {
  const root = await adoptGraph(scope, stampOf(scope, head, epoch), fence, keepRoot);
  return leaseOn({ resync: epoch, begun: null }, epoch, root);
}

/** Reads a root. @throws MissingNodeError */
export async function readRoot(scope: Scope, hash: string): Promise<Root> {
  if (hash === EMPTY) return EMPTY_ROOT;
  return decodeRoot((await scope.nodes.get([hash])).get(hash) ?? '');
}

async function acquire(scope: Scope): Promise<Head> {
  const { leaseMs, leaseWaitMs } = scope.limits;
  const deadline = Date.now() + leaseWaitMs;
  for (;;) {
    const head = await scope.head.acquire(scope.owner, scope.definitionHash, leaseMs);
    if (typeof head !== 'string') return head;
    if (head !== 'held' || Date.now() > deadline) {
      const reason = {
        held: 'another worker is committing',
        closed: 'it was torn down',
        definition: 'its definition is not this worker’s: a deploy is under way',
      }[head];
      throw new ScopeBusyError(`${scope.name}: ${reason}`, head);
    }
    await sleep(50 + Math.random() * 200);
  }
}

async function stamp(scope: Scope, head: Head, epoch: number): Promise<Fence | null> {
  return await stampFence(scope.connection.graph, stampOf(scope, head, epoch));
}

function leaseOn({ resync, begun }: Pick<Head, 'resync' | 'begun'>, epoch: number, root: string): Lease {
  return { epoch, root, heal: resync !== null, resync, replaced: resync !== null && resync !== begun };
}

function stampOf(scope: Scope, head: Head, epoch: number) {
  return { scope: scope.name, epoch, definition: scope.definitionHash, store: head.store };
}
