import { setTimeout as sleep } from 'node:timers/promises';
import { adoptGraph } from './adopt-graph.ts';
import { applySchema } from './ddl.ts';
import { GraphdropError } from './graph/errors.ts';
import { mendTables } from './mend-tables.ts';
import { checkClaims, noteSchema, takeClaims } from './neo4j/claims.ts';
import { createFence } from './neo4j/fence.ts';
import { holdTables, noteAdopted } from './neo4j/held-tables.ts';
import type { Scope } from './scope.ts';
import { agreedRoot, type Stamped, stampAbove } from './stamp.ts';
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
  /** The graph may have rows, of whatever tables and columns the fence tells, that this root knows nothing of. */
  readonly unknown: boolean;
}

/** Another worker commits, or a deploy or teardown is under way: to be tried again later. */
export class ScopeBusyError extends GraphdropError {
  readonly code = 'SCOPE_BUSY';
  override readonly retryable = true;
  readonly reason: LeaseRefusal;

  constructor(scope: string, reason: LeaseRefusal) {
    super(`${scope}: ${REASONS[reason]}`);
    this.reason = reason;
  }
}

const REASONS: Readonly<Record<LeaseRefusal, string>> = {
  held: 'another worker is committing',
  closed: 'it was torn down',
  definition: 'its definition is not this worker’s: a deploy is under way',
};

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
  return await leaseAnd(scope, async (_scope, head, stamped) => await adopt(scope, head, stamped, false));
}

async function leaseAnd(
  scope: Scope,
  settle: (scope: Scope, head: Head, stamped: Stamped) => Promise<Lease>,
): Promise<Lease> {
  const { graph } = scope.connection;
  const head = await acquire(scope);
  let { epoch } = head;
  try {
    await scope.observe('leased');
    const first = { scope: scope.name, epoch, definition: scope.definitionHash, store: head.store };
    const stamped = await stampAbove(scope.head, graph, first);
    epoch = stamped.stamp.epoch;
    await scope.observe('stamped');
    const lease = await settle(scope, head, stamped);
    return lease.heal ? await mendTables(scope, lease, await readRoot(scope, lease.root)) : lease;
  } catch (error) {
    // What stands in the way here (an unreachable database, say) is no reason to keep others waiting.
    await scope.head.release(epoch).catch(() => {});
    throw error;
  }
}

/** Finds out by the fence what became of the batches before, and sets head right. */
async function settleRoot(scope: Scope, head: Head, stamped: Stamped): Promise<Lease> {
  const { stamp, fence } = stamped;
  const isNew = head.root === EMPTY && head.pending === null && head.resync === null;
  // Also where there is a fence: whoever made it may have died before the rest was there.
  if (isNew && (fence?.root ?? EMPTY) === EMPTY) return await begin(scope, head, stamped);
  const root = await agreedRoot(scope.head, head, stamped);
  return root === null ? await adopt(scope, head, stamped, true) : leaseOn(head, stamp.epoch, root);
}

/** Makes what the first batch needs: constraints, indexes, fence and claims. */
async function begin(scope: Scope, head: Head, stamped: Stamped): Promise<Lease> {
  const { stamp, fence } = stamped;
  const { graph } = scope.connection;
  const adopted = await checkClaims(graph, scope.name, scope.definition);
  if (adopted.length > 0) {
    if (fence === null) await createFence(graph, stamp, EMPTY);
    await noteAdopted(graph, stamp, adopted);
    return await adopt(scope, head, stamped, false);
  }
  const { own } = await applySchema(graph, stamp, scope.definition);
  if (fence === null) await createFence(graph, stamp, EMPTY);
  await takeClaims(graph, stamp, scope.definition);
  await holdTables(graph, stamp, scope.definition);
  await noteSchema(graph, stamp, own);
  return leaseOn(head, stamp.epoch, EMPTY);
}

async function adopt(scope: Scope, head: Head, { stamp, fence }: Stamped, keepRoot: boolean): Promise<Lease> {
  const { root, unknown } = await adoptGraph(scope, stamp, fence, keepRoot);
  return leaseOn({ resync: stamp.epoch, begun: null, unknown: unknown || head.unknown }, stamp.epoch, root);
}

/** Reads a root. @throws MissingNodeError */
export async function readRoot(scope: Pick<Scope, 'nodes'>, hash: string): Promise<Root> {
  if (hash === EMPTY) return EMPTY_ROOT;
  return decodeRoot((await scope.nodes.get([hash])).get(hash) ?? '');
}

async function acquire(scope: Scope): Promise<Head> {
  const { leaseMs, leaseWaitMs } = scope.limits;
  const deadline = Date.now() + leaseWaitMs;
  for (;;) {
    const head = await scope.head.acquire(scope.owner, scope.definitionHash, leaseMs);
    if (typeof head !== 'string') return head;
    if (head !== 'held' || Date.now() > deadline) throw new ScopeBusyError(scope.name, head);
    await sleep(50 + Math.random() * 200);
  }
}

function leaseOn(head: Pick<Head, 'resync' | 'begun' | 'unknown'>, epoch: number, root: string): Lease {
  const { resync, begun, unknown } = head;
  return { epoch, root, heal: resync !== null, resync, replaced: resync !== null && resync !== begun, unknown };
}
