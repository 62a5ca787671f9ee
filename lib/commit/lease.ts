/**
 * The lock of a scope, for workers and deploys: acquired in head, stamped into the fence, released. A process that loses it in the
 * middle of work gets a LeaseLostError from head (scope-head.ts), or a StaleFenceError from the transaction that moves the fence
 * (fence.ts): its batch is applied as a whole, if it was committed before, or not at all. The committer then begins anew, with a
 * new lease (committer.ts).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { GraphdropError } from '../errors.ts';
import type { Fence } from '../neo4j/fence/fence.ts';
import { type Stamp, stampFence } from '../neo4j/fence/stamp-fence.ts';
import type { GraphDatabase } from '../neo4j/graph-database.ts';
import type { Scope } from '../scope.ts';
import type { Head } from '../state/head.ts';
import type { LeaseRefusal, ScopeHead } from '../state/scope-head.ts';

/** The lock of a scope, held in its head item and not yet stamped into the fence. */
export interface HeadLease {
  readonly item: ScopeHead;
  /** The head as the lease was acquired. */
  readonly head: Head;
}

/** The lock of a scope: while it lasts, no other process commits. */
export interface Lease extends HeadLease {
  /** The number of this lease, in head and fence: nothing of an earlier one can commit any more. */
  readonly epoch: number;
  readonly stamp: Stamp;
  /** The fence as the stamp found it; null: the database has none. */
  readonly fence: Fence | null;
}

/** Another worker commits, or a deploy or teardown is under way: try again later. */
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
 * Acquires a worker's lease and stamps the fence with it. Changes nothing else: see `recover` for what may have to follow. Those that
 * wait get it in the order in which they came.
 *
 * @param deadline ms since 1970 until when to wait for it; `leaseWaitMs` in any case. Default: no longer than that
 * @param onWait called each time that it is refused: there is time for something else
 * @throws ScopeBusyError when the lease can't be had, LeaseLostError, ForeignFenceError
 */
export async function acquire(scope: Scope, deadline = 0, onWait: () => void = () => {}): Promise<Lease> {
  const { head: item, name, workerId, definitionHash: definition } = scope;
  const { leaseMs, leaseWaitMs } = scope.limits;
  const since = Date.now();
  const waitMs = Number.isFinite(deadline) ? Math.max(leaseWaitMs, deadline - since) : leaseWaitMs;
  const head = await acquireHead(name, waitMs, async (overdue, waited) => {
    if (waited) onWait();
    // To look is cheaper than to try, where another holds it.
    if (waited && !overdue && !(await item.mayBeFree(workerId, since))) return 'held';
    return await item.acquire(workerId, definition, leaseMs, since);
  });
  return await stampLease({ item, head }, scope.connection.graph, definition, { observe: scope.observe });
}

/** Checks that the scope can be worked on at all, before anything is read for it. @throws ScopeBusyError */
export async function requireOpen({ head: item, name, definitionHash }: Scope): Promise<void> {
  const head = await item.read();
  if (head?.closed === true) throw new ScopeBusyError(name, 'closed');
  const inForce = head?.definition ?? definitionHash;
  if (inForce !== definitionHash) throw new ScopeBusyError(name, 'definition');
}

/** Tells whether another worker waits for the lease: who holds it gives it up between two batches. */
export async function isWaitedFor({ head: item, workerId }: Scope): Promise<boolean> {
  const head = await item.read();
  return head !== null && head.next !== null && head.next !== workerId && head.nextUntil > Date.now();
}

/**
 * Tries to acquire the head until it is had.
 *
 * @param attempt told whether the time to wait is over, and whether it was refused before
 * @throws ScopeBusyError when it is refused for good, or for longer than `waitMs`
 */
export async function acquireHead(
  scope: string,
  waitMs: number,
  attempt: (overdue: boolean, refused: boolean) => Promise<Head | LeaseRefusal>,
): Promise<Head> {
  const deadline = Date.now() + waitMs;
  for (let refused = false; ; refused = true) {
    const overdue = Date.now() >= deadline;
    const head = await attempt(overdue, refused);
    if (typeof head !== 'string') return head;
    if (head !== 'held' || overdue) throw new ScopeBusyError(scope, head);
    await sleep(30 + Math.random() * 70);
  }
}

export interface StampOptions {
  readonly observe?: (step: 'leased' | 'stamped') => void | Promise<void>;
  /** How the fence is stamped once. Default: waits for another's transaction as long as the database does. */
  readonly stampOnce?: typeof stampFence;
}

/**
 * Stamps the fence with an acquired lease. Where the state was restored to an older point than the database, head's epoch is
 * raised over the fence's. Releases the lease on failure: an unreachable database is no reason to keep others waiting.
 *
 * @throws ForeignFenceError, LeaseLostError
 */
export async function stampLease(
  { item, head }: HeadLease,
  graph: GraphDatabase,
  definition: string,
  { observe = () => {}, stampOnce = stampFence }: StampOptions = {},
): Promise<Lease> {
  const { scope } = item;
  let stamp: Stamp = { scope, epoch: head.epoch, definition, store: head.store };
  try {
    await observe('leased');
    let fence = await stampOnce(graph, stamp);
    while (fence !== null && fence.epoch > stamp.epoch) {
      stamp = { ...stamp, epoch: await item.raise(stamp.epoch, fence.epoch) };
      fence = await stampOnce(graph, stamp);
    }
    await observe('stamped');
    return { item, head, epoch: stamp.epoch, stamp, fence };
  } catch (error) {
    await item.release(stamp.epoch).catch(() => {});
    throw error;
  }
}

/**
 * Returns a function to be called while work goes on: it renews the lease when a sixth of it is over. So a lease outlasts slow
 * work, and not a worker that hangs; and what begins after a call has more of it than a transaction may take.
 *
 * @param since ms since 1970: when the lease was renewed last. Default: now
 */
export function renewalOf(
  { head, limits }: Pick<Scope, 'head' | 'limits'>,
  { epoch }: { readonly epoch: number },
  since = Date.now(),
): () => Promise<void> {
  let renewed = since;
  return async () => {
    if (Date.now() - renewed < limits.leaseMs / 6) return;
    renewed = Date.now();
    await head.renew(epoch, limits.leaseMs);
  };
}

/** Does work under a lease and releases it afterwards, whether the work succeeds or fails. */
export async function withLease<L extends HeadLease, T>(lease: L, work: (lease: L) => Promise<T>): Promise<T> {
  try {
    return await work(lease);
  } finally {
    await release(lease);
  }
}

/** Releases a lease; does nothing if another process has it by now. */
export async function release(lease: HeadLease & { readonly epoch?: number }): Promise<void> {
  await lease.item.release(lease.epoch ?? lease.head.epoch);
}

/**
 * Sets head right by the fence, which knows whether the batch that was pending committed.
 *
 * @returns the root that graph and state are at; null: the fence has none that head knows of, the database was replaced
 */
export async function agreedRoot({ item, head, epoch, fence }: Lease): Promise<string | null> {
  if (fence === null || (fence.root !== head.root && fence.root !== head.pending)) return null;
  // Pending: a predecessor died, after its commit or before.
  if (head.pending !== null) await item.accept(epoch, fence.root);
  return fence.root;
}
