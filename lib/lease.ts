import { setTimeout as sleep } from 'node:timers/promises';
import { applySchema } from './ddl.ts';
import { GraphdropError } from './graph/errors.ts';
import { createFence, type Fence, moveFence, stampFence } from './neo4j/fence.ts';
import type { Scope } from './scope.ts';
import { childrenOf } from './state/collect.ts';
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
  /** That was found out by this very lease: somebody must start a resync. */
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
  const head = await acquire(scope);
  await scope.observe('leased');
  const { fence, epoch } = await stamp(scope, head);
  await scope.observe('stamped');
  if (fence !== null && fence.root === head.root) {
    // A predecessor that died before its commit left its proposal behind.
    if (head.pending !== null) await scope.head.accept(epoch, fence.root);
    return { epoch, root: fence.root, heal: head.resync, replaced: false };
  }
  if (fence !== null && fence.root === head.pending) {
    await scope.head.accept(epoch, fence.root);
    return { epoch, root: fence.root, heal: head.resync, replaced: false };
  }
  if (fence === null && head.root === EMPTY && head.pending === null) {
    await applySchema(scope.connection.driver, scope.connection.database, scope.definition);
    await createFence(scope.connection.driver, scope.connection.database, stampOf(scope, head, epoch), EMPTY);
    return { epoch, root: EMPTY, heal: head.resync, replaced: false };
  }
  return await adoptGraph(scope, head, epoch, fence);
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

async function stamp(scope: Scope, head: Head): Promise<{ fence: Fence | null; epoch: number }> {
  let { epoch } = head;
  for (;;) {
    const { driver, database } = scope.connection;
    const fence = await stampFence(driver, database, stampOf(scope, head, epoch));
    if (fence === null || fence.epoch <= epoch) return { fence, epoch };
    // The state was restored to an older point than the database: go on above the fence's epoch.
    epoch = await scope.head.raise(epoch, fence.epoch);
  }
}

/**
 * The database holds another root than this state led it to: it was restored, wiped or swapped. What it holds now is the
 * truth: its root, if the state still has that root's nodes, else nothing. A resync then applies the difference.
 */
async function adoptGraph(scope: Scope, head: Head, epoch: number, fence: Fence | null): Promise<Lease> {
  const { driver, database } = scope.connection;
  scope.log({ level: 'error', event: 'database-replaced', scope: scope.name, expected: head.root, found: fence?.root });
  await applySchema(driver, database, scope.definition);
  const found = fence?.root ?? EMPTY;
  const root = found !== EMPTY && (await renewNodes(scope, found)) ? found : EMPTY;
  await scope.head.adopt(epoch, root);
  if (fence === null) await createFence(driver, database, stampOf(scope, head, epoch), EMPTY);
  else if (root !== found) {
    const check = { scope: scope.name, epoch, definition: scope.definitionHash, root: found, next: root };
    await moveFence(driver, database, check);
  }
  return { epoch, root, heal: true, replaced: true };
}

/** Puts all nodes of a root again, so that no collection takes them. @returns false if some are gone already */
async function renewNodes(scope: Scope, root: string): Promise<boolean> {
  let frontier = [root];
  const seen = new Set<string>();
  while (frontier.length > 0) {
    const found = await scope.nodes.find(frontier);
    if (frontier.some(hash => !found.has(hash))) return false;
    await scope.nodes.put([...found].map(([hash, text]) => ({ hash, text })));
    const next = new Set<string>();
    for (const [hash, text] of found) {
      seen.add(hash);
      const children = hash === root ? treesOf(decodeRoot(text)) : childrenOf(text);
      for (const child of children) if (child !== EMPTY && !seen.has(child)) next.add(child);
    }
    frontier = [...next];
  }
  return true;
}

function treesOf(root: Root): string[] {
  return [root.objects, ...[...root.tables.values()].map(({ rows }) => rows)];
}

function stampOf(scope: Scope, head: Head, epoch: number) {
  return { scope: scope.name, epoch, definition: scope.definitionHash, store: head.store };
}
